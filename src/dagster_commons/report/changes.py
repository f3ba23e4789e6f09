"""One change of definitions in words: what happened to the object, and from which value to which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.model.verdicts import Broken, Changed, Unchanged, Unverifiable
from dagster_commons.report.lines import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.model.definitions import Change, CodeChange, Value
    from dagster_commons.model.verdicts import LoadFailure, LocationVerdict, Verdict

GONE, NEW, OTHER = "−", "+", "~"  # noqa: RUF001 - the minus sign of CLI.md

LONGEST_ALIKE = 24  # characters that two values may begin with before they are left out
_CREDENTIALS = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")
_REQUIRED = {
    (None, True): "new, required",
    (None, False): "new",
    (False, True): "required now",
    (True, False): "no longer required",
}
_ATTENTION = ("broken", "breaking", "notable", "added", "cosmetic", "code", "same definitions", "not compared")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A change in cells: `~`, `schedule`, `nightly`, `cron`, `0 3 * * * → 0 5 * * *`."""

    sign: str
    kind: str
    name: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A changed function or class over all locations."""

    place: str  # `shared/io.py:12`
    function: str
    objects: int
    kinds: str  # `41 assets`
    locations: tuple[str, ...]


def wording(change: Change) -> Wording:
    sign, what, detail = OTHER, change.field or "", _movement(change)
    match change.kind:
        case "added":
            sign, what, detail = NEW, "added", ""
        case "removed":
            sign, what, detail = GONE, "removed", change.reason
        case "renamed":
            sign, what, detail = GONE, f"renamed to {change.renamed_to}?", change.reason
        case "changed":
            what = what.removesuffix(".required") if _is_requirement(change) else what
        case "other":
            what = what.removeprefix("raw:")
    if change.accepted is not None:
        detail = f"accepted: {change.accepted}"
    return Wording(sign=sign, kind=change.object, name=change.name, what=what, detail=redacted(detail))


def value_text(value: Value) -> str:
    """A value as a person writes it; a list in brackets."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return redacted(str(value))


def redacted(text: str) -> str:
    """`text` without the user and password of any URL in it."""
    return _CREDENTIALS.sub("***", text)


def standing(verdict: Verdict) -> str:
    """The word that sums a verdict up."""
    match verdict:
        case Unchanged():
            return "same definitions"
        case Changed(severity=severity):
            return severity
        case Broken():
            return "broken"
        case Unverifiable():
            return "not compared"


def rank(each: LocationVerdict) -> tuple[int, str]:
    """What needs attention first; what was not compared stands last, where a terminal ends."""
    word = standing(each.verdict)
    if isinstance(each.verdict, Unchanged) and each.verdict.code:
        word = "code"
    return _ATTENTION.index(word), each.location


def summary(verdicts: Iterable[LocationVerdict]) -> str:
    """`3 locations reached · 1 breaking · 1 same definitions · 1 not compared`."""
    words = [standing(each.verdict) for each in verdicts]
    counts = (f"{words.count(word)} {word}" for word in _ATTENTION if word in words)
    return " · ".join((f"{counted(len(words), 'location')} reached", *counts))


def changes_text(verdict: Changed) -> str:
    """`2 changes, 1 accepted`."""
    changes = verdict.diff.changes
    accepted = sum(change.accepted is not None for change in changes)
    text = counted(len(changes), "change")
    if not accepted:
        return text
    return f"{text}, {'all' if accepted == len(changes) > 1 else accepted} accepted"


def code_text(code: tuple[CodeChange, ...]) -> str:
    """`code of 41 assets changed`, over everything that runs one of the changed functions."""
    return f"code of {_kinds({name for change in code for name in change.objects})} changed"


def code_of(verdict: Verdict) -> tuple[CodeChange, ...]:
    match verdict:
        case Unchanged():
            return verdict.code
        case Changed():
            return verdict.diff.code
        case Broken() | Unverifiable():
            return ()


def masked_of(verdict: Verdict) -> tuple[str, ...]:
    match verdict:
        case Unchanged():
            return verdict.masked
        case Changed():
            return verdict.diff.masked
        case Broken() | Unverifiable():
            return ()


def notes_of(verdict: Verdict) -> tuple[str, ...]:
    match verdict:
        case Unchanged():
            return verdict.notes
        case Changed():
            return verdict.diff.notes
        case Broken() | Unverifiable():
            return ()


def bodies(verdicts: Iterable[LocationVerdict]) -> tuple[Body, ...]:
    """Each changed function once, with all that runs it in every location; the widest reach first."""
    running: dict[tuple[str, int, str], set[tuple[str, str]]] = {}
    for each in verdicts:
        for change in code_of(each.verdict):
            place = running.setdefault((change.file, change.line, change.function), set())
            place.update((each.location, name) for name in change.objects)
    found = [
        Body(
            place=f"{file}:{line}",
            function=function,
            objects=len(objects),
            kinds=_kinds(objects),
            locations=tuple(sorted({location for location, _ in objects})),
        )
        for (file, line, function), objects in running.items()
    ]
    return tuple(sorted(found, key=lambda body: (-body.objects, body.place, body.function)))


def failure_text(failure: LoadFailure) -> str:
    """`ImportError: cannot import name 'load'`, its first line."""
    lines = redacted(failure.message).splitlines()
    return f"{failure.type}: {lines[0]}" if lines else failure.type


def failure_place(failure: LoadFailure) -> str:
    if failure.file is None:
        return ""
    return failure.file if failure.line is None else f"{failure.file}:{failure.line}"


def remedy(location: str, verdict: Verdict) -> str:
    """The command that shows more, or that lets what was not compared be compared."""
    if isinstance(verdict, Unverifiable) and verdict.reason.endswith("is not set"):
        return f"commons diff -l {location} --env-file .env"
    return f"commons diff -l {location}"


def _movement(change: Change) -> str:
    old, new = change.old, change.new
    if _is_requirement(change):
        return "gone" if new is None else _REQUIRED[(old is True if old is not None else None, new is True)]
    if isinstance(old, tuple | None) and isinstance(new, tuple | None) and (old or new):
        gone = [f"{GONE}{value_text(each)}" for each in old or () if each not in (new or ())]
        come = [f"{NEW}{value_text(each)}" for each in new or () if each not in (old or ())]
        return " ".join((*gone, *come)) or "in another order"
    return " → ".join(_told_apart(value_text(old), value_text(new)))


def _told_apart(old: str, new: str) -> tuple[str, str]:
    """Two long texts that begin alike from a word before they differ: that is what has to fit into a line."""
    differs = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
    begins = old.rfind(" ", 0, differs) + 1
    return (old, new) if begins < LONGEST_ALIKE else (f"…{old[begins:]}", f"…{new[begins:]}")


def _is_requirement(change: Change) -> bool:
    """Whether it says of a config field that it came, went, or has to be given."""
    is_told = isinstance(change.old, bool | None) and isinstance(change.new, bool | None)
    return is_told and change.kind == "changed" and (change.field or "").endswith(".required")


def _kinds(objects: Iterable[str | tuple[str, str]]) -> str:
    """`41 assets, 2 checks` of labels, be they alone or with their location."""
    kinds = [(each if isinstance(each, str) else each[1]).partition(" ")[0] for each in objects]
    return ", ".join(counted(kinds.count(kind), kind) for kind in sorted(set(kinds))) or "nothing"
