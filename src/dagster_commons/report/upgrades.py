"""What `commons upgrade` did or would do, one line per code location and module."""

from __future__ import annotations

import itertools
import shlex
from typing import TYPE_CHECKING

from dagster_commons.report import findings
from dagster_commons.report import outcome as outcomes
from dagster_commons.report.changes import standing
from dagster_commons.report.diff import lines as verdict_lines
from dagster_commons.report.diff_json import verdict_documents
from dagster_commons.report.diff_markdown import verdict_table
from dagster_commons.report.lines import (
    NOTHING,
    UNKNOWN,
    Line,
    Span,
    Tone,
    cell_width,
    counted,
    cut,
    pad,
    paint,
    plain,
    printable,
)
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dagster_commons.model.own_tests import OwnTests
    from dagster_commons.model.upgrades import UpgradeLine, UpgradeReport, UpgradeState
    from dagster_commons.model.verdicts import LocationVerdict
    from dagster_commons.model.workspace import Workspace

GAP = "  "

_WORDS: dict[UpgradeState, tuple[str, Tone]] = {
    "upgraded": ("upgraded", "plain"),
    "planned": ("would be upgraded", "plain"),
    "stays": ("stays", "plain"),
    "refused": ("refused", "error"),
    "failed": ("failed", "error"),
}


def terminal(report: UpgradeReport, root: Path, *, width: int, colour: bool, repositories: Sequence[Path] = ()) -> str:
    """A table per module, the reasons that it cut, then what was written, or the command that writes it."""
    lines = [line for _, rows in _by_module(report) for line in _table(report, rows, width)]
    for each in report.lines:
        lines.extend(_whole_reason(each))
    if report.verdicts:
        lines.extend([plain(""), *verdict_lines(report.verdicts, width=width)])
    lines.extend(_tests(each) for each in report.own_tests)
    text = paint(lines, colour=colour)
    if report.applying is not None:
        movable = sum(each.state == "planned" for each in report.lines)
        return text + (f"{counted(movable, 'use')} can be upgraded: {report.applying}\n" if movable else "")
    if not report.outcome.staged.plan.steps:
        return text
    uncommitted = () if report.commits else repositories
    done = outcomes.terminal(report.outcome, root, width=width, colour=colour, repositories=uncommitted)
    return text + "\n" + done + "".join(f"{each}\n" for each in report.commits)


def as_json(report: UpgradeReport, workspace: Workspace) -> str:
    """The document of changing verbs, with every use that was asked for under `upgrades`."""
    return encode(
        {
            **outcomes.document(report.outcome, workspace),
            "verdicts": verdict_documents(report.verdicts, workspace),
            "upgrades": [_document(each) for each in report.lines],
            "own_tests": [_tests_document(each) for each in report.own_tests],
            "commits": list(report.commits),
        }
    )


def markdown(report: UpgradeReport, root: Path) -> str:
    """A table per module, then what changing verbs say."""
    parts: list[str] = []
    for module, rows in _by_module(report):
        cells = "".join(f"| {' | '.join(map(findings.escaped, _cells(report, each)))} |\n" for each in rows)
        columns = (*_columns(report), "outcome")
        head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
        parts.append(f"### {findings.escaped(module)}\n\n{head}{cells}")
    if report.verdicts:
        parts.append(verdict_table(report.verdicts))
    if report.own_tests:
        parts.append("".join(f"- {findings.escaped(f'{each.location}: {each.said}')}\n" for each in report.own_tests))
    if report.outcome.staged.plan.steps and report.applying is None:
        parts.append(outcomes.markdown(report.outcome, root))
    parts += [f"{findings.escaped(each)}\n" for each in report.commits]
    return "\n".join(parts)


def commit_message(title: str, lines: Iterable[UpgradeLine], verdicts: Iterable[LocationVerdict]) -> str:
    """The subject, and one line per code location that was upgraded, with its verdict."""
    found = {each.location: standing(each.verdict) for each in verdicts}
    body = [
        f"{each.upgrade.location}: {each.upgrade.module} {each.upgrade.in_use or '?'} → {each.upgrade.target or '?'}, "
        f"{found.get(each.upgrade.location, 'not compared')}"
        for each in lines
        if each.state == "upgraded"
    ]
    return "\n".join((f"{title[:1].upper()}{title[1:]}", "", *body)) + "\n"


def _columns(report: UpgradeReport) -> tuple[str, ...]:
    return ("location", "source", "in use", "newest" if report.applying is not None else "to")


def _by_module(report: UpgradeReport) -> list[tuple[str, list[UpgradeLine]]]:
    ordered = sorted(report.lines, key=lambda each: (each.upgrade.module, each.upgrade.location))
    return [(module, list(rows)) for module, rows in itertools.groupby(ordered, key=lambda each: each.upgrade.module)]


def _table(report: UpgradeReport, rows: list[UpgradeLine], width: int) -> list[Line]:
    cells = [_cells(report, each) for each in rows]
    columns = _columns(report)
    widths = [max(cell_width(row[position]) for row in (columns, *cells)) for position in range(len(columns))]
    head = plain(cut(GAP + GAP.join(map(pad, columns, widths)).rstrip(), width))
    return [
        plain(rows[0].upgrade.module),
        head,
        *(_line(row, widths, _WORDS[each.state][1], width) for row, each in zip(cells, rows, strict=True)),
    ]


def _line(row: tuple[str, ...], widths: list[int], tone: Tone, width: int) -> Line:
    opening = GAP + GAP.join(map(pad, map(printable, row[:-1]), widths)) + GAP
    return (Span(opening), Span(cut(row[-1], max(width - cell_width(opening), 1)), tone))


def _cells(report: UpgradeReport, line: UpgradeLine) -> tuple[str, ...]:
    upgrade = line.upgrade
    return (
        upgrade.location,
        upgrade.source,
        upgrade.in_use or NOTHING,
        upgrade.target or (NOTHING if upgrade.unread is None else UNKNOWN),
        _last_cell(report, line),
    )


def _last_cell(report: UpgradeReport, line: UpgradeLine) -> str:
    """The command that moves it where it was only looked at, else what became of it and why."""
    if line.state == "planned" and report.applying is not None:
        return _command(report, line)
    if line.state == "stays":
        return line.reason or _WORDS[line.state][0]
    reason = (line.reason or "").splitlines()[:1]
    return ": ".join((_WORDS[line.state][0], *reason))


def _command(report: UpgradeReport, line: UpgradeLine) -> str:
    upgrade = line.upgrade
    together = [
        each.upgrade.location
        for each in report.lines
        if each.upgrade.plan == upgrade.plan and each.upgrade.module == upgrade.module
    ]
    names = "".join(f" -l {shlex.quote(name)}" for name in together)
    return f"commons upgrade {upgrade.module}=={upgrade.target}{names}"


def _whole_reason(line: UpgradeLine) -> list[Line]:
    if line.state not in ("refused", "failed") or line.reason is None:
        return []
    tone = _WORDS[line.state][1]
    first, *further = line.reason.splitlines()
    return [
        (Span(f"{line.upgrade.location}", tone), Span(f": {first}")),
        *(plain(f"  {each}") for each in further),
    ]


def _tests(tests: OwnTests) -> Line:
    return (Span(f"{tests.location}  "), Span(tests.said, "error" if tests.new_failures else "plain"))


def _tests_document(tests: OwnTests) -> dict[str, object]:
    return {
        "location": tests.location,
        "said": tests.said,
        "new_failures": list(tests.new_failures),
        "before": None if tests.before is None else tests.before.failing,
        "after": None if tests.after is None else tests.after.failing,
    }


def _document(line: UpgradeLine) -> dict[str, object]:
    upgrade = line.upgrade
    return {
        "location": upgrade.location,
        "module": upgrade.module,
        "source": upgrade.source,
        "in_use": upgrade.in_use,
        "target": upgrade.target,
        "target_unread": upgrade.unread if upgrade.target is None else None,
        "state": line.state,
        "reason": line.reason,
    }
