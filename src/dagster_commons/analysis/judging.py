"""From what two loads said to a verdict, and from verdicts to an exit code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard, assert_never, get_args

from dagster_commons.analysis.definitions_diff import diff, label, severity
from dagster_commons.errors import UsageError
from dagster_commons.model.definitions import SEVERITIES, Change, DefinitionsDiff, Snapshot
from dagster_commons.model.verdicts import (
    Absent,
    Broken,
    Changed,
    FailOn,
    LoadFailure,
    MissingInput,
    Unchanged,
    Unverifiable,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable

    from dagster_commons.model.configuration import Acceptance
    from dagster_commons.model.verdicts import LoadResult, LocationVerdict, Verdict

LOADS_AGAIN = "it did not load before, so what it defined is not known"
BROKEN_BEFORE = "it does not load, and did not before"
GONE = "it did not load before, and is gone now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Verdicts whose accepted changes are marked, and the acceptances that should be removed or looked at again.

    `unused` are those whose location was compared without a change of their object; `expired` those past their date.
    """

    verdicts: tuple[LocationVerdict, ...]
    unused: tuple[Acceptance, ...]
    expired: tuple[Acceptance, ...]


def judge(before: LoadResult, after: LoadResult, *, consequences: tuple[Change, ...] = ()) -> Verdict:
    """One location's verdict; `consequences` are what `workspace_diff` attached to it."""
    match before, after:
        case (LoadFailure(), Snapshot()):
            found = _repaired(before, after)
        case ((Snapshot() as old), ((Snapshot() | Absent()) as new)) | ((Absent() as old), (Snapshot() as new)):
            found = diff(_definitions(old, new), _definitions(new, old))
        case (Snapshot() | Absent(), LoadFailure()):
            return Broken(failure=after)
        case _:
            return _not_compared(before, after)
    found = replace(found, changes=(*consequences, *found.changes))
    level = severity(found)
    if level is None:
        return Unchanged(code=found.code, masked=found.masked, notes=found.notes)
    return Changed(diff=found, severity=level)


def accept(verdicts: Iterable[LocationVerdict], acceptances: Iterable[Acceptance], *, today: datetime.date) -> Accepted:
    """Mark the changes that `[[accept]]` takes knowingly; an acceptance holds up to and on its last day."""
    concerned = [each for each in acceptances if each.location is not None]
    expired = tuple(each for each in concerned if each.has_ended(today))
    valid = [each for each in concerned if each not in expired]
    used: set[Acceptance] = set()
    marked = tuple(_marked(each, valid, used) for each in verdicts)
    compared = {each.location for each in marked if isinstance(each.verdict, Changed | Unchanged)}
    unused = tuple(each for each in valid if each.location in compared and each not in used)
    return Accepted(verdicts=marked, unused=unused, expired=expired)


def is_failing(verdict: Verdict, fail_on: Collection[FailOn]) -> bool:
    """Whether `verdict` is one that `--fail-on` names; accepted changes do not count.

    `notable` names whatever is notable or worse, `any` everything but "same definitions".
    """
    match verdict:
        case Unchanged():
            return False
        case Broken():
            return bool({"broken", "any"} & {*fail_on})
        case Unverifiable():
            return bool({"unverifiable", "any"} & {*fail_on})
        case Changed():
            return any(_fails(change, fail_on) for change in verdict.diff.changes)
    assert_never(verdict)


def fail_on_from(text: str) -> tuple[FailOn, ...]:
    """What `--fail-on breaking,broken` names.

    Raises:
        UsageError: an unknown word.

    """
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    for word in words:
        if not _is_fail_on(word):
            raise UsageError(f"`{word}` is nothing to fail on", hint=f"it is any of {', '.join(get_args(FailOn))}")
    return tuple(word for word in words if _is_fail_on(word))


def _not_compared(before: LoadResult, after: LoadResult) -> Unverifiable:
    """Why there is nothing to compare, with the error of the side that did not load."""
    failure = next((each for each in (after, before) if isinstance(each, LoadFailure)), None)
    missing = next((each for each in (after, before) if isinstance(each, MissingInput)), None)
    if missing is not None:
        return Unverifiable(reason=missing.reason, failure=failure)
    if failure is None:
        return Unverifiable(reason="neither state has this location")
    reason = GONE if isinstance(after, Absent) else BROKEN_BEFORE
    return Unverifiable(reason=reason, failure=failure)


def _repaired(before: LoadFailure, after: Snapshot) -> DefinitionsDiff:
    change = Change(
        kind="changed",
        object="definitions",
        name="",
        field="load",
        old=f"{before.type}: {before.message}",
        new="loads",
        severity="notable",
        reason=LOADS_AGAIN,
        rule="loads-again",
    )
    return DefinitionsDiff(changes=(change,), masked=after.masked)


def _definitions(side: Snapshot | Absent, other: Snapshot | Absent) -> Snapshot:
    """What `side` defines: nothing, where the state does not have the location."""
    if isinstance(side, Snapshot):
        return side
    known = (other.dagster, other.python) if isinstance(other, Snapshot) else ("", "")
    return Snapshot(dagster=known[0], python=known[1], objects=(), code=())


def _marked(each: LocationVerdict, valid: Iterable[Acceptance], used: set[Acceptance]) -> LocationVerdict:
    verdict = each.verdict
    if not isinstance(verdict, Changed):
        return each
    own = {acceptance.object: acceptance for acceptance in valid if acceptance.location == each.location}
    changes: list[Change] = []
    for change in verdict.diff.changes:
        acceptance = own.get(label(change.object, change.name))
        if acceptance is not None:
            used.add(acceptance)
        changes.append(change if acceptance is None else replace(change, accepted=acceptance.because))
    return replace(each, verdict=replace(verdict, diff=replace(verdict.diff, changes=tuple(changes))))


def _fails(change: Change, fail_on: Collection[FailOn]) -> bool:
    if change.accepted is not None:
        return False
    level = SEVERITIES.index(change.severity)
    named = [word for word in SEVERITIES if word in fail_on]
    return "any" in fail_on or any(level >= SEVERITIES.index(word) for word in named)


def _is_fail_on(word: str) -> TypeGuard[FailOn]:
    return word in get_args(FailOn)
