"""`commons advise`: the source that fits, with the reasons for and against each, for people and for programs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dagster_commons.report.findings import code, escaped
from dagster_commons.report.lines import Line, Span, cell_width, counted, cut, filled, paint, plain
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_commons.model.advice import Advice, WeighedSource

LOCATIONS_SHOWN = 3
GAP = "  "
WAY = len("submodule") + len(GAP)


def terminal(advices: Sequence[Advice], *, width: int, colour: bool) -> str:
    """A block per answer: what fits, the command, and every way with its reasons."""
    lines: list[Line] = []
    for advice in advices:
        lines += _head(advice, width)
        lines += [line for way in advice.weighed for line in _way(way, width)]
    return paint([*lines, plain(cut(_summary(advices), width))], colour=colour)


def as_json(advices: Sequence[Advice]) -> str:
    """The same as a document."""
    return encode(
        {
            "advice": [
                {
                    "module": each.module,
                    "locations": list(each.locations),
                    "source": each.current,
                    "recommended": each.recommended,
                    "command": each.command,
                    "first": each.first,
                    "weighed": [
                        {"source": way.source, "for": list(way.reasons_for), "against": list(way.reasons_against)}
                        for way in each.weighed
                    ],
                }
                for each in advices
            ]
        }
    )


def markdown(advices: Sequence[Advice]) -> str:
    """A section per answer with a table of the ways."""
    return "\n".join(_section(each) for each in advices) + f"\n{_summary(advices)}\n"


def _head(advice: Advice, width: int) -> list[Line]:
    is_moved = advice.command is not None or advice.first is not None
    verdict = f"{advice.current} → {advice.recommended}" if is_moved else f"{advice.recommended}, as it is"
    left = cut(f"{advice.module}{GAP}{_named(advice.locations)}", width - cell_width(verdict) - len(": "))
    lines: list[Line] = [(Span(f"{left}: "), Span(verdict, "warning" if is_moved else "plain"))]
    if advice.first is not None:
        told = filled(f"first: {advice.first}".split(), width - len(GAP))
        lines.extend(plain(cut(GAP + line, width)) for line in told)
    if advice.command is not None:  # never cut: it is there to be copied
        lines.extend(plain(GAP + line) for line in _command_lines(advice.command, width - len(GAP)))
    return lines


def _command_lines(command: str, room: int) -> list[str]:
    """The command, continued as a shell takes it where a line cannot hold it."""
    lines = filled(command.split(" "), room - len(" \\"))
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def _way(way: WeighedSource, width: int) -> list[Line]:
    reasons = [("+ ", each) for each in way.reasons_for] + [("- ", each) for each in way.reasons_against]
    room = width - len(GAP) - WAY - len("+ ")
    texts = [
        (mark if number == 0 else GAP) + line
        for mark, reason in reasons or [("", "nothing speaks for it or against it")]
        for number, line in enumerate(filled(reason.split(), room))
    ]
    names = itertools.chain((way.source,), itertools.repeat(""))
    return [plain(cut(f"{GAP}{name:<{WAY}}{text}", width)) for name, text in zip(names, texts, strict=False)]


def _named(locations: tuple[str, ...]) -> str:
    rest = len(locations) - LOCATIONS_SHOWN
    return ", ".join(locations[:LOCATIONS_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _section(advice: Advice) -> str:
    is_moved = advice.command is not None or advice.first is not None
    verdict = f"{advice.current} → {advice.recommended}" if is_moved else f"{advice.recommended}, as it is"
    head = f"### {advice.module} in {escaped(', '.join(advice.locations))}: {verdict}\n\n"
    first = f"First: {escaped(advice.first)}\n\n" if advice.first is not None else ""
    command = f"{code(advice.command)}\n\n" if advice.command is not None else ""
    rows = (f"| {way.source} | {_cell(way.reasons_for)} | {_cell(way.reasons_against)} |\n" for way in advice.weighed)
    return f"{head}{first}{command}| source | for | against |\n|---|---|---|\n{''.join(rows)}"


def _cell(reasons: tuple[str, ...]) -> str:
    return "<br>".join(map(escaped, reasons))


def _summary(advices: Sequence[Advice]) -> str:
    if not advices:
        return "no code location uses a shared module"
    modules = len({each.module for each in advices})
    locations = {location for each in advices for location in each.locations}
    moved = sum(len(each.locations) for each in advices if each.command is not None or each.first is not None)
    uses = sum(len(each.locations) for each in advices)
    looked_at = f"{counted(modules, 'shared module')} · {counted(len(locations), 'location')}"
    return f"{looked_at} · {moved} of {counted(uses, 'use')} would change"
