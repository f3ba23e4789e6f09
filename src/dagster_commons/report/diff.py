"""`commons diff`: what changes in every location, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.verdicts import Broken, Changed, Unchanged, Unverifiable
from dagster_commons.report import changes
from dagster_commons.report.diff_json import as_json
from dagster_commons.report.lines import ELLIPSIS, Line, Span, Tone, cell_width, counted, cut, pad, paint, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_commons.model.configuration import Acceptance
    from dagster_commons.model.verdicts import DiffReport, LocationVerdict
    from dagster_commons.report.changes import Wording

__all__ = ["as_json", "lines", "terminal"]

GAP = "  "
CHANGES_SHOWN = 10  # of one location
UNCHANGED_SHOWN = 8
BODIES_SHOWN = 8
MASKED_SHOWN = 5
WIDEST = {"location": 28, "name": 32, "what": 32}
_TONES: dict[str, Tone] = {"broken": "error", "breaking": "error", "notable": "warning", "not compared": "warning"}


def terminal(report: DiffReport, *, width: int, colour: bool, is_detailed: bool = False) -> str:
    """The verdicts, at most `width` columns wide; `is_detailed` shows every change, body and masked field."""
    head = cut(f"{report.before} → {report.after}", width)
    said = [plain(cut(each, width)) for each in (*map(_unused, report.unused), *map(_expired, report.expired))]
    return paint(
        (
            *_head(head, changes.summary(report.verdicts), width),
            *lines(report.verdicts, width=width, is_detailed=is_detailed),
            *(plain(cut(note, width)) for note in report.notes),
            *said,
        ),
        colour=colour,
    )


def lines(verdicts: Sequence[LocationVerdict], *, width: int, is_detailed: bool = False) -> tuple[Line, ...]:
    """One block per location, then the bodies that changed; for reports that have a head of their own."""
    ordered = sorted(verdicts, key=changes.rank)
    alike = [each for each in ordered if isinstance(each.verdict, Unchanged)]
    left_out = [] if is_detailed or len(alike) <= UNCHANGED_SHOWN + 1 else alike[UNCHANGED_SHOWN:]
    counted_only = {each.location for each in left_out}
    column = min(max((cell_width(each.location) for each in ordered), default=0), WIDEST["location"], width // 3)
    blocks: list[Line] = []
    for each in ordered:
        if each.location not in counted_only:
            blocks.extend(_block(each, column, width, is_detailed=is_detailed))
        elif each is left_out[0]:
            blocks.append(plain(cut(_left_out(left_out), width)))
    return (*blocks, *_bodies(ordered, width, is_detailed=is_detailed))


def _head(title: str, summary: str, width: int) -> list[Line]:
    """The states and the counts; the counts are broken between two of them where they are too long."""
    told = [title]
    for number, count in enumerate(summary.split(" · ")):
        longer = f"{told[-1]}{'      ' if number == 0 else ' · '}{count}"
        if cell_width(longer) <= width and (number or cell_width(f"{title}      {summary}") <= width):
            told[-1] = longer
        else:
            told.append(cut(f"{GAP}{count}", width))
    return [plain(line) for line in told]


def _left_out(unchanged: Sequence[LocationVerdict]) -> str:
    text = f"{ELLIPSIS}and {counted(len(unchanged), 'location')} more with the same definitions"
    changed = sum(bool(changes.code_of(each.verdict)) for each in unchanged)
    return f"{text}, {changed} with changed code" if changed else text


def _block(each: LocationVerdict, column: int, width: int, *, is_detailed: bool) -> list[Line]:
    name = pad(cut(each.location, column), column) + GAP
    return [
        *_verdict_lines(each, name, width, is_detailed=is_detailed),
        *(plain(cut(f"{GAP}{note}", width)) for note in changes.notes_of(each.verdict)),
        *_masked(each, width, is_detailed=is_detailed),
    ]


def _verdict_lines(each: LocationVerdict, name: str, width: int, *, is_detailed: bool) -> list[Line]:
    match each.verdict:
        case Unchanged():
            return [_headline(name, "same definitions", _code_in_words(each, width - cell_width(name)))]
        case Changed():
            return _changed_lines(each.verdict, name, each.location, width, is_detailed=is_detailed)
        case Broken(failure=failure):
            return _told(name, "broken", changes.failure_text(failure), changes.failure_place(failure), width)
        case Unverifiable(reason=reason, failure=failure):
            command = changes.remedy(each.location, each.verdict)
            told = _told(name, "not compared", changes.redacted(reason), command, width)
            if failure is not None:
                error = f"{GAP}{changes.failure_text(failure)}"
                told.extend(_beside_or_below(error, changes.failure_place(failure), width, gap=len(GAP)))
            return told


def _headline(name: str, word: str, detail: str) -> Line:
    return (Span(name), Span(word, _TONES.get(word, "plain")), Span(detail))


def _code_in_words(each: LocationVerdict, room: int) -> str:
    """` · code of 41 assets changed (shared/io.py: ParquetIO.handle_output)`, as much of it as fits."""
    code = changes.code_of(each.verdict)
    if not code:
        return ""
    text = f" · {changes.code_text(code)}"
    more = f" and {len(code) - 1} more" if len(code) > 1 else ""
    named = f"{text} ({code[0].file}: {code[0].function}{more})"
    space = room - len("same definitions")
    return named if cell_width(named) <= space else cut(text, space)


def _changed_lines(verdict: Changed, name: str, location: str, width: int, *, is_detailed: bool) -> list[Line]:
    word = verdict.severity
    block = [_headline(name, word, f"{' ' * (len('breaking') - len(word))}{GAP}{changes.changes_text(verdict)}")]
    found = verdict.diff.changes
    shown = found if is_detailed or len(found) <= CHANGES_SHOWN + 1 else found[:CHANGES_SHOWN]
    wordings = [changes.wording(change) for change in shown]
    tones: list[Tone] = ["plain" if each.accepted else _TONES.get(each.severity, "plain") for each in shown]
    block.extend(_change_lines(wordings, tones, width))
    if len(shown) < len(found):
        more = f"{GAP}{ELLIPSIS}and {len(found) - len(shown)} more"
        block.extend(_beside_or_below(more, f"commons diff -l {location}", width, gap=len(GAP)))
    if verdict.diff.code:
        block.append(plain(cut(f"{GAP}{changes.code_text(verdict.diff.code)}", width)))
    return block


def _change_lines(wordings: Sequence[Wording], tones: Sequence[Tone], width: int) -> list[Line]:
    kinds = max(cell_width(each.kind) for each in wordings)
    names = min(max(cell_width(each.name) for each in wordings), WIDEST["name"], width // 2)
    whats = min(max(cell_width(each.what) for each in wordings), WIDEST["what"])
    told: list[Line] = []
    for each, tone in zip(wordings, tones, strict=True):
        lead = f"{GAP}{each.sign} {pad(each.kind, kinds)}{GAP}{pad(cut(each.name, names), names)}{GAP}"
        room = width - cell_width(lead)
        what = pad(cut(each.what, min(whats, room)), whats)
        beside = room - cell_width(what) - len(GAP)
        if cell_width(each.detail) <= beside:
            told.append((Span(lead), Span(what, tone), Span(f"{GAP}{each.detail}")))
            continue
        told.append((Span(lead), Span(cut(each.what, room), tone)))
        indent = len(GAP) * 2 + kinds + len(GAP)
        told.append(plain(" " * indent + cut(each.detail, width - indent)))
    return told


def _told(name: str, word: str, text: str, last: str, width: int) -> list[Line]:
    """A location's line with its reason, and what helps beside it or, where there is no room, below."""
    first = f"{name}{word}: {text}"
    if cell_width(first) + len(GAP) + cell_width(last) <= width:
        return [_headline(name, word, f": {text}{GAP if last else ''}{last}")]
    block = [_headline(name, word, cut(f": {text}", width - cell_width(name) - len(word)))]
    return [*block, plain(cut(f"{GAP}{last}", width))] if last else block


def _masked(each: LocationVerdict, width: int, *, is_detailed: bool) -> list[Line]:
    masked = changes.masked_of(each.verdict)
    if not masked:
        return []
    shown = masked if is_detailed else masked[:MASKED_SHOWN]
    more = f", {ELLIPSIS}and {len(masked) - len(shown)} more" if len(shown) < len(masked) else ""
    head = f"{GAP}not compared, for two loads of the same code differ in {'them' if masked[1:] else 'it'}:"
    return [
        plain(cut(head, width)),
        *(plain(cut(f"{GAP * 2}{place}", width)) for place in shown[:-1]),
        plain(cut(f"{GAP * 2}{shown[-1]}{more}", width)),
    ]


def _bodies(verdicts: Sequence[LocationVerdict], width: int, *, is_detailed: bool) -> list[Line]:
    """Where the changed code stands, and what runs it over all locations."""
    found = changes.bodies(verdicts)
    if not found:
        return []
    shown = found if is_detailed or len(found) <= BODIES_SHOWN + 1 else found[:BODIES_SHOWN]
    told = [plain(""), plain("changed code")]
    for body in shown:
        reach = f"{body.kinds} in {', '.join(body.locations)}"
        told.extend(_beside_or_below(f"{GAP}{body.place}{GAP}{body.function}", reach, width, gap=len(GAP), indent=4))
    if len(shown) < len(found):
        told.append(plain(f"{GAP}{ELLIPSIS}and {len(found) - len(shown)} more"))
    return told


def _beside_or_below(left: str, right: str, width: int, *, gap: int, indent: int = 2) -> list[Line]:
    left = cut(left, width)
    if not right or cell_width(left) + gap + cell_width(right) <= width:
        return [plain(f"{left}{' ' * gap}{right}")]
    return [plain(left), plain(" " * indent + cut(right, width - indent))]


def _unused(acceptance: Acceptance) -> str:
    return f"{_accepted(acceptance)} accepts nothing: remove it"


def _expired(acceptance: Acceptance) -> str:
    return f"{_accepted(acceptance)} ended on {acceptance.until}"


def _accepted(acceptance: Acceptance) -> str:
    return f"{acceptance.place}: [[accept]] of {acceptance.object} in {acceptance.location}"
