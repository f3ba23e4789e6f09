"""`commons affected`: the locations that a change reaches, for people, for a CI matrix, for Dagster+."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.report.lines import cell_width, counted, cut, pad, paint, plain
from dagster_commons.report.machine import encode
from dagster_commons.report.status import location_document

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.affected import Affected, AffectedLocation

GAP = "  "
WIDEST_LOCATION = 28


def terminal(affected: Affected, root: Path, *, width: int, colour: bool) -> str:
    """One line per location with its reasons; those that do not fit stand below."""
    found = _by_name(affected)
    column = min(max((cell_width(each.location.name) for each in found), default=0), WIDEST_LOCATION, width // 3)
    lines = [plain(cut(f"since {affected.base}: {counted(len(found), 'location')} affected", width))]
    for each in found:
        name = GAP + pad(cut(each.location.name, column), column) + GAP
        reasons = each.because or (relative(each.location.path, root),)
        together = " · ".join(reasons)
        if cell_width(name) + cell_width(together) <= width:
            lines.append(plain(name + together))
            continue
        room = width - cell_width(name)
        lines.extend(
            plain((name if number == 0 else " " * cell_width(name)) + cut(reason, room))
            for number, reason in enumerate(reasons)
        )
    return paint(lines, colour=colour)


def as_json(affected: Affected, root: Path) -> str:
    """The document of CLI.md: `locations` is what a CI matrix iterates over."""
    return encode(
        {
            "base": affected.base,
            "locations": [
                {**location_document(each.location, root), "because": list(each.because)} for each in _by_name(affected)
            ],
        }
    )


def markdown(affected: Affected) -> str:
    """A list of the locations with their reasons."""
    from dagster_commons.report.diff_markdown import escaped, span  # noqa: PLC0415 - one of four formats

    head = f"{counted(len(affected.locations), 'location')} affected since {span(affected.base)}\n\n"
    return head + "".join(
        f"- {span(each.location.name)}: {'; '.join(map(escaped, each.because))}\n" for each in _by_name(affected)
    )


def arguments(affected: Affected) -> str:
    """`--location-name sales --location-name finance`, quoted for a shell: arguments of the Dagster+ command line."""
    return " ".join(f"--location-name {shlex.quote(each.location.name)}" for each in _by_name(affected)) + "\n"


def _by_name(affected: Affected) -> list[AffectedLocation]:
    return sorted(affected.locations, key=lambda each: each.location.name)
