"""`commons diff` as a comment on a pull request: one line per location, details collapsed, never too long to post."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from dagster_commons.model.verdicts import Broken, Changed, Unchanged, Unverifiable
from dagster_commons.report import changes
from dagster_commons.report.lines import ELLIPSIS, counted, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dagster_commons.model.definitions import Change
    from dagster_commons.model.verdicts import DiffReport, LocationVerdict, Verdict

MARK = "<!-- dagster-commons diff -->"  # by which the comment is found again, to be replaced
LARGEST = 60_000  # bytes; GitHub takes 65,536 characters
LARGEST_TABLE = 20_000
LARGEST_BODIES = 8_000
LARGEST_DETAILS = 30_000  # of all locations together, unless that gives each too little
SMALLEST_DETAILS = 2_000
LONGEST_CELL = 160
LIMITS = (
    "Same definitions is not same data: what a function's body does is not seen by loading definitions, "
    "so a changed body is named."
)


def markdown(report: DiffReport) -> str:
    """The comment, at most `LARGEST` bytes; what is left out is counted."""
    ordered = sorted(report.verdicts, key=_urgency)
    page = _Page(LARGEST - 2_000)  # the foot and the counts of what is left out always fit
    page.add(f"{MARK}\n### Definitions: {span(report.before)} → {span(report.after)}\n\n")
    page.add(f"{changes.summary(ordered)}\n\n")
    if ordered:
        page.add("| location | verdict | |\n|---|---|---|\n")
        page.add_counted(map(_row, ordered), LARGEST_TABLE, _rows_left_out(ordered))
        page.add("\n")
    share = max(SMALLEST_DETAILS, LARGEST_DETAILS // max(1, len(ordered)))
    blocks = [each for each in (_bodies(ordered), *(_details(each, share) for each in ordered)) if each]
    page.add_counted(blocks, LARGEST, lambda shown: f"{ELLIPSIS}and {len(blocks) - shown} more with details\n\n")
    said = [*report.notes, *_acceptances(report)]
    page.add_counted((f"- {escaped(each)}\n" for each in said), LARGEST, lambda shown: _more(len(said) - shown))
    return f"{page.text()}\n{LIMITS}\n"


def verdict_table(verdicts: Iterable[LocationVerdict]) -> str:
    """One row per location, for reports that have a head of their own."""
    return "| location | verdict | |\n|---|---|---|\n" + "".join(map(_row, sorted(verdicts, key=_urgency)))


def code(text: str) -> str:
    """`text` as code in a cell of a table, cut where it is long."""
    return span(text).replace("|", "\\|")


def span(text: str) -> str:
    """`text` as code outside of tables, cut where it is long."""
    text = _short(text) or " "
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def escaped(text: str) -> str:
    """`text` as prose in a cell of a table, cut where it is long; nothing in it is markup or mentions anybody."""
    text = _plain_html(text)
    for character in "\\|*_`[]~#":
        text = text.replace(character, f"\\{character}")
    return text


class _Page:
    """Text that grows up to a number of bytes."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._parts: list[str] = []

    def add(self, part: str) -> bool:
        """Append `part` if there is room for all of it."""
        size = len(part.encode())
        if size > self._room:
            return False
        self._room -= size
        self._parts.append(part)
        return True

    def add_counted(self, parts: Iterable[str], most: int, left_out: Callable[[int], str]) -> None:
        """Append parts as long as they fit into `most` bytes; `left_out` says of how many shown what is missing."""
        shown, used, is_cut = 0, 0, False
        for part in parts:
            used += len(part.encode())
            is_cut = used > most or not self.add(part)
            if is_cut:
                break
            shown += 1
        if is_cut:
            self._parts.append(left_out(shown))

    def text(self) -> str:
        return "".join(self._parts)


def _urgency(each: LocationVerdict) -> tuple[int, int, str]:
    """What was not compared stands before what changes little: it must not be what is cut."""
    place, name = changes.rank(each)
    return (0 if changes.standing(each.verdict) in {"broken", "breaking"} else 1), _first(each.verdict, place), name


def _first(verdict: Verdict, place: int) -> int:
    return -1 if isinstance(verdict, Unverifiable) else place


def _row(each: LocationVerdict) -> str:
    word = changes.standing(each.verdict)
    told = f"**{word}**" if word in {"broken", "breaking", "not compared"} else word
    return f"| {code(each.location)} | {told} | {_in_short(each.verdict)} |\n"


def _in_short(verdict: Verdict) -> str:
    match verdict:
        case Unchanged():
            return changes.code_text(verdict.code) if verdict.code else ""
        case Changed():
            told = changes.changes_text(verdict)
            return f"{told} · {changes.code_text(verdict.diff.code)}" if verdict.diff.code else told
        case Broken(failure=failure):
            return code(changes.failure_text(failure))
        case Unverifiable(reason=reason):
            return escaped(changes.redacted(reason))


def _rows_left_out(ordered: Sequence[LocationVerdict]) -> Callable[[int], str]:
    def left_out(shown: int) -> str:
        words = [changes.standing(each.verdict) for each in ordered[shown:]]
        counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
        return f"| {ELLIPSIS}and {counted(len(words), 'location')} more | | {counts} |\n"

    return left_out


def _details(each: LocationVerdict, room: int) -> str:
    """Everything that is to be said of one location, collapsed; empty where its line says it all."""
    parts = [*_changes(each.verdict), *_failure(each.verdict), *_remarks(each.verdict)]
    if not parts:
        return ""
    rows = len(parts)
    page = _Page(room)
    page.add_counted(parts, room, lambda shown: f"\n{_more(rows - shown)}")
    return _collapsed(f"{each.location}: {changes.standing(each.verdict)}", page.text())


def _collapsed(title: str, text: str) -> str:
    return f"<details><summary>{_plain_html(title)}</summary>\n\n{text}\n</details>\n\n"


def _changes(verdict: Verdict) -> Iterator[str]:
    if not isinstance(verdict, Changed):
        return
    head = "| | object | what | |\n|---|---|---|---|\n"
    for change in verdict.diff.changes:
        yield f"{head}{_change_row(change)}"
        head = ""


def _change_row(change: Change) -> str:
    told = changes.wording(change)
    shown = code if change.kind in {"changed", "other"} else escaped
    detail = "" if not told.detail else escaped(told.detail) if change.accepted is not None else shown(told.detail)
    name = code(told.name) if told.name else ""
    return f"| {change.severity} | {told.kind} {name} | {shown(told.what)} | {detail} |\n"


def _failure(verdict: Verdict) -> Iterator[str]:
    failure = verdict.failure if isinstance(verdict, Broken | Unverifiable) else None
    if failure is not None:
        place = changes.failure_place(failure)
        yield f"{span(changes.failure_text(failure))}{f' at {span(place)}' if place else ''}\n"


def _remarks(verdict: Verdict) -> Iterator[str]:
    before = "\n" if isinstance(verdict, Changed) else ""
    for note in changes.notes_of(verdict):
        yield f"{before}{escaped(note)}\n"
        before = ""
    for place in changes.masked_of(verdict):
        yield f"{before}- not compared, it differs between two loads of the same code: {span(place)}\n"
        before = ""


def _bodies(verdicts: Iterable[LocationVerdict]) -> str:
    found = changes.bodies(verdicts)
    if not found:
        return ""
    page = _Page(LARGEST_BODIES)
    page.add("| changed code | at | runs in |\n|---|---|---|\n")
    rows = (
        f"| {code(body.function)} | {code(body.place)} | {body.kinds} in {escaped(', '.join(body.locations))} |\n"
        for body in found
    )
    page.add_counted(rows, LARGEST_BODIES, lambda shown: f"\n{_more(len(found) - shown)}")
    return _collapsed(f"changed code: {counted(len(found), 'function or class', 'functions and classes')}", page.text())


def _acceptances(report: DiffReport) -> Iterator[str]:
    for each in report.unused:
        yield f"commons.toml accepts {each.object} in {each.location}, where nothing of it changes: remove the entry"
    for each in report.expired:
        yield f"commons.toml accepted {each.object} in {each.location} until {each.until}, which is over"


def _more(number: int) -> str:
    return f"{ELLIPSIS}and {number} more\n"


def _plain_html(text: str) -> str:
    return html.escape(_short(text), quote=False).replace("@", "@\N{ZERO WIDTH NON-JOINER}")


def _short(text: str) -> str:
    text = printable(text[: LONGEST_CELL + 1])
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + ELLIPSIS
