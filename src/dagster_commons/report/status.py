"""`commons status`: the matrix of shared modules and code locations, for people and for programs."""

from __future__ import annotations

import itertools
import shlex
from typing import TYPE_CHECKING

from dagster_commons.analysis.lag import lags
from dagster_commons.model.paths import relative
from dagster_commons.model.sources import GitSource, IndexSource, MemberSource, PathSource, SubmoduleSource, source_kind
from dagster_commons.report import deployed, findings, matrix
from dagster_commons.report.lines import (
    ELLIPSIS,
    Line,
    Span,
    Tone,
    cell_width,
    counted,
    cut,
    filled,
    pad,
    paint,
    plain,
    printable,
)
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dagster_commons.analysis.lag import ModuleLag, UseLag
    from dagster_commons.model.deployment import Deployment
    from dagster_commons.model.sources import Source
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace

LONGEST_UNCUT_TABLE = 24  # rows; above it rows that read the same are counted
ROWS_SHOWN_OF_EACH = 3
NOT_LOADABLE_SHOWN = 5
WIDEST_LOCATION = 32
GAP = "  "


def terminal(
    workspace: Workspace,
    *,
    width: int,
    colour: bool,
    modules: Sequence[str] = (),
    is_detailed: bool = False,
    unfinished: str | None = None,
    deployment: Deployment | None = None,
) -> str:
    """The matrix, at most `width` columns wide.

    `modules` are the names of what could be wired in where `workspace` has no module in use;
    `is_detailed` shows every row and why a lock is stale or unknown; `unfinished` describes a run that did not end;
    what `deployment` runs has a column of its own.
    """
    tables = [(lag, _rows(lag, is_detailed=is_detailed)) for lag in lags(workspace, deployment)]
    blocks = ((*_module_block(lag, rows, workspace.root, width), plain("")) for lag, rows in tables)
    is_cut = any(row.more for _, rows in tables for row in rows)
    return paint(
        (
            *itertools.chain.from_iterable(blocks),
            *_footer(workspace, width, modules, is_cut=is_cut),
            *(() if deployment is None else (plain(""), *deployed.lines(deployment, workspace, width))),
            *_unfinished(unfinished, width),
        ),
        colour=colour,
    )


def as_json(workspace: Workspace, *, unfinished: str | None = None, deployment: Deployment | None = None) -> str:
    """The document that CLI.md promises, with what a program may want beside it."""
    all_lags = lags(workspace, deployment)
    return encode(
        {
            "locations": [location_document(each, workspace.root) for each in _by_name(workspace.locations)],
            "modules": [
                {
                    "name": lag.module.name,
                    "version": lag.module.version,
                    "path": matrix.module_path(lag, workspace.root),
                }
                for lag in all_lags
            ],
            "uses": [
                _use_document(each, workspace.root)
                for each in sorted(
                    itertools.chain.from_iterable(lag.uses for lag in all_lags),
                    key=lambda each: (each.use.location, each.use.module, each.use.through or ""),
                )
            ],
            "findings": findings.document(workspace.findings, workspace.root),
            "unfinished": unfinished,
            "deployment": None if deployment is None else deployed.document(deployment, workspace),
        }
    )


def markdown(workspace: Workspace, *, deployment: Deployment | None = None) -> str:
    """One table per module, every row shown; for pull requests and wikis."""
    parts = [_markdown_module(lag, workspace.root) for lag in lags(workspace, deployment)]
    parts.append(_summary(workspace) + "\n")
    parts.append("".join(f"- newest unknown: {findings.escaped(each)}\n" for each in _unread(workspace)))
    if deployment is not None:
        parts.append("".join(f"- {findings.escaped(each)}\n" for each in deployed.markdown(deployment, workspace)))
    if workspace.findings:
        parts.append(findings.markdown(workspace.findings, workspace.root))
    return "\n".join(part for part in parts if part)


def location_document(location: CodeLocation, root: Path) -> dict[str, object]:
    """A code location as every JSON report writes it."""
    return {
        "name": location.name,
        "project": location.project,
        "module": location.module,
        "path": relative(location.path, root),
        "build_directory": relative(location.build_directory, root),
        "not_loadable": location.not_loadable,
    }


def _rows(lag: ModuleLag, *, is_detailed: bool) -> tuple[matrix.Row, ...]:
    rows = matrix.rows(lag, is_detailed=is_detailed)
    if is_detailed:
        return rows
    return matrix.shortened(rows, longest=LONGEST_UNCUT_TABLE, shown_of_each=ROWS_SHOWN_OF_EACH)


def _module_block(lag: ModuleLag, rows: tuple[matrix.Row, ...], root: Path, width: int) -> list[Line]:
    if not rows:
        return _headline(lag, root, width, 0)
    widths = _column_widths(rows, width)
    command_column = sum(widths) + len(GAP) * (len(widths) + 1)
    block = _headline(lag, root, width, command_column)
    names = _column_names(rows)
    block.append(plain(GAP + GAP.join(pad(cut(name, w), w) for name, w in zip(names, widths, strict=True))))
    for row in rows:
        block.extend(_row_lines(row, widths, width))
    return block


def _headline(lag: ModuleLag, root: Path, width: int, command_column: int) -> list[Line]:
    """`shared 0.2.0  packages/shared`, and the counts above the commands, or below where there is no room."""
    path = matrix.module_path(lag, root)
    left = cut(matrix.title(lag) + ("" if path is None else f"{GAP}{path}"), width)
    counts = " · ".join(matrix.counts(lag))
    column = max(cell_width(left) + len(GAP), min(command_column, width - cell_width(counts)))
    if column + cell_width(counts) > width:
        below = filled(matrix.counts(lag), width - len(GAP), separator=" · ")
        return [plain(left), *(plain(GAP + line) for line in below)]
    return [plain(pad(left, column) + counts)]


def _column_names(rows: Sequence[matrix.Row]) -> tuple[str, ...]:
    return matrix.columns(has_running=rows[0].running is not None)


def _column_widths(rows: Sequence[matrix.Row], width: int) -> list[int]:
    """What each column needs; where that is too much, the widest gives way first."""
    cells = [_column_names(rows), *(row.cells for row in rows if not row.more)]
    widths = [max(map(cell_width, column)) for column in zip(*cells, strict=True)]
    widths[0] = min(widths[0], WIDEST_LOCATION)
    while sum(widths) + len(GAP) * len(widths) > width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row_lines(row: matrix.Row, widths: list[int], width: int) -> list[Line]:
    spans = _more_spans(row, widths) if row.more else _cell_spans(row, widths)
    used = len(GAP) * (len(widths) + 1) + sum(widths)
    command = row.command or ""
    is_beside = not command or used + cell_width(command) <= width
    lines: list[Line] = [(*spans, Span(command if is_beside else ""))]
    column = min(widths[0] + 2 * len(GAP), width // 2)
    tone: Tone = "error" if row.kind == "broken" else "warning"
    lines.extend(_below(note, column, width, tone) for note in filled(row.notes, width - column, separator=" · "))
    if not is_beside:
        lines.append(_below(command, column, width, "plain"))
    return lines


def _below(text: str, column: int, width: int, tone: Tone) -> Line:
    """`text` at `column`, or further left where it does not fit."""
    indent = max(len(GAP), min(column, width - cell_width(text)))
    return (Span(" " * indent), Span(cut(text, width - indent), tone))


def _cell_spans(row: matrix.Row, widths: list[int]) -> list[Span]:
    in_use: Tone = "error" if row.kind == "broken" else "warning" if row.is_behind else "plain"
    lock: Tone = "error" if row.is_lock_failing else "plain"
    running = () if row.running is None else (_running_tone(row),)
    tones: tuple[Tone, ...] = ("plain", "plain", in_use, *running, "plain", lock)
    spans = [Span(GAP)]
    for cell, column, tone in zip(row.cells, widths, tones, strict=True):
        spans.extend((Span(pad(cut(cell, column), column), tone), Span(GAP)))
    return spans


def _running_tone(row: matrix.Row) -> Tone:
    if row.running_state == "not-loaded":
        return "error"
    return "warning" if row.running_state in {"behind", "not-deployed"} else "plain"


def _more_spans(row: matrix.Row, widths: list[int]) -> list[Span]:
    room = sum(widths) + len(GAP) * len(widths)
    return [Span(GAP), Span(pad(cut(f"{ELLIPSIS}and {row.more} more like it", room), room))]


def _footer(workspace: Workspace, width: int, modules: Sequence[str], *, is_cut: bool) -> list[Line]:
    lines: list[Line] = []
    if not workspace.modules:
        lines.append(plain(_without_modules(workspace, modules)))
    lines.append(plain(_summary(workspace)))
    for reason in _unread(workspace):
        first, *rest = filled(f"newest unknown: {printable(reason)}".split(), width - len(GAP))
        lines.extend((plain(first), *(plain(GAP + each) for each in rest)))
    if is_cut:
        lines.append(plain("rows that read the same are counted: `commons status -l NAME` shows one"))
    not_loadable = [each for each in _by_name(workspace.locations) if each.not_loadable is not None]
    lines.extend(
        plain(f"not loadable: {each.name} ({_declaration(each, workspace.root)}): {each.not_loadable}")
        for each in not_loadable[:NOT_LOADABLE_SHOWN]
    )
    if len(not_loadable) > NOT_LOADABLE_SHOWN:
        lines.append(plain(f"{ELLIPSIS}{len(not_loadable) - NOT_LOADABLE_SHOWN} more are not loadable"))
    lines = [plain(cut(span.text, width)) for line in lines for span in line]
    if workspace.findings:
        lines.extend((plain(""), *findings.lines(workspace.findings, workspace.root, width=width)))
    return lines


def _without_modules(workspace: Workspace, modules: Sequence[str]) -> str:
    """What to do where none of the locations shown uses a module; `modules` are those that could be."""
    if not modules:
        return "no shared module yet: `commons new MODULE` scaffolds one"
    which = modules[0] if len(modules) == 1 else "MODULE"
    options = "".join(f" -l {shlex.quote(each.name)}" for each in _by_name(workspace.locations)[:1])
    return f"no shared module is used here: `commons add {which}{options}` wires one in"


def _summary(workspace: Workspace) -> str:
    using = {use.location for use in workspace.uses}
    without = sum(each.name not in using for each in workspace.locations)
    parts = [counted(len(workspace.locations), "code location"), counted(len(workspace.modules), "shared module")]
    if without and workspace.modules:
        parts.append(f"{without} without a shared module")
    return " · ".join(parts)


def _unread(workspace: Workspace) -> list[str]:
    """Why the newest version of some use is not known, each reason once."""
    return sorted({use.available_unread for use in workspace.uses if use.available_unread is not None})


def _unfinished(description: str | None, width: int) -> list[Line]:
    if description is None:
        return []
    return [plain(""), (Span("unfinished", "error"), Span(cut(f": {description}", width - len("unfinished"))))]


def _by_name(locations: Sequence[CodeLocation]) -> list[CodeLocation]:
    return sorted(locations, key=lambda each: each.name)


def _declaration(location: CodeLocation, root: Path) -> str:
    file = relative(location.declared_in, root)
    return file if location.line is None else f"{file}:{location.line}"


def _use_document(lag: UseLag, root: Path) -> dict[str, object]:
    use = lag.use
    return {
        "location": use.location,
        "module": use.module,
        "source": source_kind(use.source),
        "requirement": use.requirement,
        "locked": use.locked,
        "available": use.available,
        "available_unread": use.available_unread,
        "lock": use.lock.kind,
        "lock_reason": use.lock.reason,
        "state": sorted(use.state),
        "in_use": lag.in_use,
        "lag": lag.kind,
        "behind": lag.is_behind,
        "remedy": None if lag.remedy is None else lag.remedy.command,
        "running": None if lag.running is None else lag.running.version,
        "running_state": None if lag.running is None else lag.running.state,
        "through": use.through,
        "extra": use.extra,
        "group": use.group,
        "declared_in": _use_declaration(use, root),
        "origin": _source_document(use.source, root),
        "alternatives": [_source_document(each, root) for each in use.alternatives],
    }


def _use_declaration(use: Use, root: Path) -> dict[str, object]:
    return {"project": relative(use.project, root), "line": use.line}


def _source_document(source: Source, root: Path) -> dict[str, object]:
    kind = source_kind(source)
    match source:
        case PathSource(path=path, written=written, editable=editable):
            return {"source": kind, "path": relative(path, root), "written": written, "editable": editable}
        case SubmoduleSource(path=path, written=written, editable=editable, submodule=submodule):
            return {
                "source": kind,
                "path": relative(path, root),
                "written": written,
                "editable": editable,
                "submodule": relative(submodule, root),
            }
        case IndexSource(index=index):
            return {"source": kind, "index": index}
        case GitSource():
            return {
                "source": kind,
                "url": source.url,
                "reference_kind": source.reference_kind,
                "reference": source.reference,
                "subdirectory": source.subdirectory,
            }
        case MemberSource(path=path):
            return {"source": kind, "path": relative(path, root)}


def _markdown_module(lag: ModuleLag, root: Path) -> str:
    path = matrix.module_path(lag, root)
    place = "" if path is None else f" ({findings.code(path)})"
    head = f"### {findings.escaped(matrix.title(lag))}{place}\n\n{' · '.join(matrix.counts(lag))}\n"
    if not lag.uses:
        return head
    rows = matrix.rows(lag, is_detailed=True)
    names = _column_names(rows)
    table = f"\n| {' | '.join(names)} | mend |\n|{'---|' * (len(names) + 1)}\n"
    return head + table + "".join(map(_markdown_row, rows))


def _markdown_row(row: matrix.Row) -> str:
    cells = [findings.escaped(cell) for cell in row.cells]
    cells[-1] = "; ".join((cells[-1], *map(findings.escaped, row.notes)))
    return f"| {' | '.join(cells)} | {findings.code(row.command) if row.command else ''} |\n"
