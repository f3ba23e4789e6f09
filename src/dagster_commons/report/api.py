"""What changed in the API of a module, and the bump that it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.report import findings
from dagster_commons.report.lines import Line, Span, Tone, cell_width, counted, cut, cut_front, filled, paint, plain
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_commons.analysis.api.rule import ApiRule
    from dagster_commons.model.api import ApiChange, RequiredBump, YamlChange

SHOWN = 30  # bodies that changed, and files that were not read, at most: JSON has all
PATHS = 4  # of one definition, at most
_TONES: dict[RequiredBump, Tone] = {"major": "error", "minor": "warning", "patch": "plain", "none": "plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiReport:
    """Two versions of a module compared; `unread` says what of either could not be extracted."""

    before: str
    after: str
    required_bump: RequiredBump
    changes: tuple[ApiChange, ...]
    yaml: tuple[YamlChange, ...] = ()  # what known consumers have to write instead
    unread: tuple[str, ...] = ()


def terminal(report: ApiReport, *, width: int, colour: bool) -> str:
    """One block per change: what, why it matters, where; then what could not be read."""
    lines: list[Line] = [
        *(plain(line) for line in filled([f"{report.before} →", report.after], width)),
        (Span("required bump: "), Span(_required(report), _TONES[report.required_bump]), Span(_counts(report))),
    ]
    bodies = [each for each in report.changes if each.rule == "body-changed"]
    for change in report.changes:
        if change.rule != "body-changed":
            lines += _block(change, width)
    lines += _bodies(bodies, width)
    lines += [line for each in report.yaml for line in _place(each, width)]
    lines += _unread(report.unread, width)
    return paint(lines, colour=colour)


def markdown(report: ApiReport) -> str:
    """The same for a pull request: a heading and a table."""
    head = f"### {findings.escaped(report.before)} → {findings.escaped(report.after)}: {_required(report)}\n"
    rows = "".join(
        f"| {each.bump} | {findings.code(each.object)} | {findings.escaped(each.message)} "
        f"| {findings.code(f'{each.file}:{each.line}')} | {each.rule} |\n"
        for each in report.changes
    )
    table = f"| bump | object | what | where | rule |\n|---|---|---|---|---|\n{rows}" if rows else ""
    places = "".join(
        f"- {findings.code(f'{each.file}:{each.line}')} {findings.escaped(f'{each.component}: {each.advice}')}\n"
        for each in report.yaml
    )
    unread = "".join(f"- not read: {findings.escaped(each)}\n" for each in report.unread)
    return "\n".join(part for part in (head, table, places, unread) if part)


def as_json(report: ApiReport) -> str:
    """The document of CLI.md, with what is to be reviewed and what could not be read."""
    return encode(
        {
            "old": report.before,
            "new": report.after,
            "required_bump": report.required_bump,
            "changes": [change_document(each) for each in report.changes],
            "yaml": [yaml_document(each) for each in report.yaml],
            "unread": list(report.unread),
        }
    )


def explained(rule: ApiRule) -> str:
    """What the rule says and an example pair."""
    review = " (to review: whether it matters cannot be proven)" if rule.is_to_review else ""
    return f"{rule.bump} {rule.id}{review}\n\n{rule.why}\n\nold\n{_example(rule.old)}\nnew\n{_example(rule.new)}"


def change_document(change: ApiChange) -> dict[str, object]:
    """One change as `commons api` and `commons release` give it."""
    return {
        "rule": change.rule,
        "object": change.object,
        "paths": list(change.paths),
        "file": change.file,
        "line": change.line,
        "bump": change.bump,
        "message": change.message,
        "review": change.is_to_review,
    }


def yaml_document(change: YamlChange) -> dict[str, object]:
    """One place in a consumer's YAML, and what to write there."""
    return {"file": change.file, "line": change.line, "component": change.component, "advice": change.advice}


def _required(report: ApiReport) -> str:
    """The bump, as far as it is known: what was not read may ask for more."""
    is_least = bool(report.unread) and report.required_bump != "major"
    return f"{report.required_bump}, or more" if is_least else report.required_bump


def _counts(report: ApiReport) -> str:
    bumps = [each.bump for each in report.changes]
    parts = [f"{bumps.count(bump)} {bump}" for bump in ("major", "minor", "patch") if bump in bumps]
    return f"  {counted(len(bumps), 'change')}{': ' if parts else ''}{', '.join(parts)}"


def _block(change: ApiChange, width: int) -> list[Line]:
    others = [each for each in change.paths if each != change.object]
    also = ["·", "as", *_separated(others)] if others else []
    review = "  to review" if change.is_to_review else ""
    place = cut_front(f"{change.file}:{change.line}", width - 8)
    return [
        (Span(f"{change.bump:5} ", _TONES[change.bump]), Span(f"{cut_front(change.object, width - 17)}{review}")),
        *(plain(f"        {line}") for line in filled(change.message.split(), width - 8)),
        *(plain(f"        {cut(line, width - 8)}") for line in filled([place, *also, f" {change.rule}"], width - 8)),
    ]


def _separated(paths: Sequence[str]) -> list[str]:
    """At most `PATHS` of them, JSON has all, with commas."""
    more = [f"…{len(paths) - PATHS} more"] if len(paths) > PATHS else []
    shown = [*paths[:PATHS], *more]
    return [*(f"{each}," for each in shown[:-1]), *shown[-1:]]


def _unread(reasons: Sequence[str], width: int) -> list[Line]:
    more = [f"…{len(reasons) - SHOWN} more"] if len(reasons) > SHOWN else []
    lines: list[Line] = []
    for each in [*reasons[:SHOWN], *more]:
        first, *others = filled(each.split(), width - 10)
        lines.append((Span("not read", "warning"), Span(f": {cut_front(first, width - 10)}")))
        lines += [plain(f"          {cut(line, width - 10)}") for line in others]
    return lines


def _bodies(changes: Sequence[ApiChange], width: int) -> list[Line]:
    if not changes:
        return []
    lines = [plain("code that changed, which no signature says")]
    lines += [plain(f"  {cut_front(f'{each.file}:{each.line}  {each.object}', width - 2)}") for each in changes[:SHOWN]]
    return [*lines, *([plain(f"  …{len(changes) - SHOWN} more")] if len(changes) > SHOWN else [])]


def _place(change: YamlChange, width: int) -> list[Line]:
    """In one line, or where it does not fit with the advice below the place."""
    place, advice = f"{change.file}:{change.line}", f"{change.component}: {change.advice}"
    if cell_width(place) + 2 + cell_width(advice) <= width:
        return [plain(f"{place}  {advice}")]
    below = filled(advice.split(), width - 8)
    return [plain(cut_front(place, width)), *(plain(f"        {cut(line, width - 8)}") for line in below)]


def _example(text: str | dict[str, str]) -> str:
    files = {"": text} if isinstance(text, str) else text
    return "".join(
        (f"  # {name}\n" if name else "") + "".join(f"  {line}\n" for line in content.splitlines())
        for name, content in files.items()
    )
