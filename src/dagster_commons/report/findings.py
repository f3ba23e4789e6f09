"""Findings grouped by rule: `error LOCK001  9 of 10 locks are stale`, the places below, the fix last."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.report.lines import (
    Line,
    Span,
    Tone,
    cell_width,
    counted,
    cut,
    cut_front,
    filled,
    pad,
    paint,
    plain,
)
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from dagster_commons.model.findings import Checked, Finding, Skipped

PLACES_SHOWN = 3
LINES_OF_A_MESSAGE = 3
INDENT = "  "
FIXES_OF_ALL = ("commons lock", "commons sync")  # harmless where nothing is to be mended
PROGRAMS = ("commons ", "git ", "uv ")
WIDEST_PLACE = 40


def terminal(
    findings: Iterable[Finding],
    root: Path,
    *,
    width: int,
    colour: bool,
    titles: Mapping[str, str] | None = None,
    places_shown: int | None = PLACES_SHOWN,
) -> str:
    """One block per rule, errors first; `titles` gives a rule's headline, `places_shown` None shows every place."""
    return paint(lines(findings, root, width=width, titles=titles, places_shown=places_shown), colour=colour)


def lines(
    findings: Iterable[Finding],
    root: Path,
    *,
    width: int,
    titles: Mapping[str, str] | None = None,
    places_shown: int | None = PLACES_SHOWN,
) -> tuple[Line, ...]:
    """What `terminal` paints, for reports that go on after it."""
    blocks = [
        _block(group, root, width=width, title=(titles or {}).get(group[0].rule), places_shown=places_shown)
        for group in grouped(findings, root)
    ]
    return tuple(itertools.chain.from_iterable(blocks))


def skipped_lines(skipped: Iterable[Skipped], *, width: int) -> str:
    """A paragraph per rule that could not tell."""
    return "".join(
        f"{line}\n" for each in skipped for line in filled(f"skipped {each.rule}: {each.reason}".split(), width)
    )


def as_json(checked: Checked, root: Path) -> str:
    """The document of `commons check`."""
    return encode(
        {
            "findings": document(checked.findings, root),
            "skipped": [{"rule": each.rule, "reason": each.reason} for each in checked.skipped],
        }
    )


def document(findings: Iterable[Finding], root: Path) -> list[dict[str, object]]:
    """The findings as plain values, sorted, with paths relative to `root`."""
    return [
        {
            "rule": each.rule,
            "severity": each.severity,
            "file": None if each.file is None else relative(each.file, root),
            "line": each.line,
            "subject": each.subject,
            "message": each.message,
            "fix": each.fix,
            "related": [
                {"file": relative(other.file, root), "line": other.line, "message": other.message}
                for other in each.related
            ],
        }
        for group in grouped(findings, root)
        for each in group
    ]


def markdown(findings: Iterable[Finding], root: Path) -> str:
    """A table with one row per finding; empty text when there is none."""
    rows = [each for group in grouped(findings, root) for each in group]
    if not rows:
        return ""
    head = "| rule | place | what | fix |\n|---|---|---|---|\n"
    return head + "".join(
        f"| {each.severity} {escaped(each.rule)} | {escaped(place(each, root))} | {escaped(each.message)} "
        f"| {code(each.fix)} |\n"
        for each in rows
    )


def grouped(findings: Iterable[Finding], root: Path) -> list[tuple[Finding, ...]]:
    """Findings of one severity and rule together: errors first, then by rule; within a group by place."""
    ordered = sorted(findings, key=lambda each: _order(each, root))
    return [tuple(group) for _, group in itertools.groupby(ordered, key=lambda each: (each.severity, each.rule))]


def place(finding: Finding, root: Path) -> str:
    """`FILE:LINE`, `FILE`, or the subject where no file is to blame."""
    if finding.file is None:
        return finding.subject
    name = relative(finding.file, root)
    return name if finding.line is None else f"{name}:{finding.line}"


def escaped(text: str) -> str:
    """`text` for a cell of a Markdown table."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def code(text: str | None) -> str:
    """`text` as code in a cell of a Markdown table; a dash for None."""
    return "–" if text is None else f"`{' '.join(text.split()).replace('|', chr(92) + '|')}`"  # noqa: RUF001


def _order(finding: Finding, root: Path) -> tuple[str, str, str, int, str, str]:
    file = "" if finding.file is None else relative(finding.file, root)
    return (finding.severity, finding.rule, file, finding.line or 0, finding.subject, finding.message)


def _block(
    group: tuple[Finding, ...], root: Path, *, width: int, title: str | None, places_shown: int | None
) -> list[Line]:
    first = group[0]
    head = f"{first.severity} {first.rule}  "
    headline = title or (first.message if len(group) == 1 else counted(len(group), "finding"))
    tone: Tone = "error" if first.severity == "error" else "warning"
    block: list[Line] = [(Span(head, tone), Span(cut(headline, width - len(head))))]
    shown = _shown(group, places_shown)
    rest = len(group) - len(shown)
    common_fix = first.fix if len({each.fix for each in group}) == 1 else None
    fix_below = common_fix or (_fix_of_all(group) if rest else None)
    is_told = len(group) == 1 and title is None
    rows = [row for each in shown for row in _rows_of(each, root, width=width, is_told=is_told)]
    column = max([cell_width(where) for where, _, _ in rows] + [len(f"…{rest} more") if rest else 0]) + 2
    for where, message, fix in rows:
        block.extend(_row(where, message, fix if fix_below is None or is_told else None, column, width))
    if rest or (fix_below and not is_told):
        block.extend(_row(f"…{rest} more" if rest else "", "", fix_below, column, width))
    return block


def _shown(group: tuple[Finding, ...], places_shown: int | None) -> tuple[Finding, ...]:
    """As many as fit into that many lines with what makes them worse; at least one."""
    if places_shown is None:
        return group
    count, lines_left = 0, places_shown
    while count < len(group) and (count == 0 or lines_left > len(group[count].related)):
        lines_left -= 1 + len(group[count].related)
        count += 1
    return group[:count]


def _rows_of(finding: Finding, root: Path, *, width: int, is_told: bool) -> Iterator[tuple[str, str, str | None]]:
    """Place, message and fix of a finding, then the places that make it worse."""
    widest = min(WIDEST_PLACE, width // 2)
    yield cut_front(place(finding, root), widest), "" if is_told else finding.message, finding.fix
    for each in finding.related:
        name = relative(each.file, root)
        yield cut_front(name if each.line is None else f"{name}:{each.line}", widest), each.message, None


def _fix_of_all(group: tuple[Finding, ...]) -> str | None:
    """The command that mends every code location at once, where each finding has its own form of it."""
    fixes = [each.fix or "" for each in group]
    return next((each for each in FIXES_OF_ALL if all(fix.startswith(f"{each} -l ") for fix in fixes)), None)


def _row(where: str, message: str, fix: str | None, column: int, width: int) -> list[Line]:
    """A place with what is wrong there and the fix; a command without room beside it stands below, further left."""
    room = width - column - len(INDENT)
    fix = fix or ""
    is_below = fix.startswith(PROGRAMS) and room < cell_width(fix) <= width - len(INDENT)
    texts = filled(message.split(), room, longest=LINES_OF_A_MESSAGE) + filled([] if is_below else fix.split(), room)
    first, *others = texts or [""]
    lines = [plain(f"{INDENT}{pad(where, column)}{cut(first, room)}")] if where or first else []
    lines.extend(plain(f"{INDENT}{' ' * column}{cut(text, room)}") for text in others)
    return [*lines, plain(f"{' ' * (width - cell_width(fix))}{fix}")] if is_below else lines
