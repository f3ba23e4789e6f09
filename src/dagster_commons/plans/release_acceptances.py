"""Which changes of a module's API `commons.toml` accepts for a release, and which of its entries accept nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Iterator

    from dagster_commons.model.api import ApiChange
    from dagster_commons.model.configuration import Acceptance


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedChanges:
    """`idle` are the entries about the module that accept nothing, each with the reason."""

    left: tuple[ApiChange, ...]
    accepted: tuple[ApiChange, ...]
    idle: tuple[str, ...]


def accept_changes(
    changes: tuple[ApiChange, ...],
    acceptances: Iterable[Acceptance],
    *,
    packages: Collection[str],
    baseline: str,
    at_baseline: Collection[tuple[str, str, str]],
    today: datetime.date,
) -> AcceptedChanges:
    """Part the changes since `baseline`; an entry holds up to and on its last day, and for one release.

    `at_baseline` has rule, object and reason of the entries that were there at `baseline`: they were for that release.
    `packages` are the import packages of the module: entries about others are of no concern here.
    """
    valid: list[Acceptance] = []
    idle: list[str] = []
    for each in acceptances:
        if each.rule is None or each.rule.isupper() or each.object is None or not _is_about(each.object, packages):
            continue  # in capitals: a rule of `commons check`
        reason = next(_reasons_against(each, changes, baseline=baseline, at_baseline=at_baseline, today=today), None)
        if reason is None:
            valid.append(each)
        else:
            idle.append(f"{each.place}: [[accept]] {each.rule} of {each.object} accepts nothing: {reason}")
    entries = {(each.rule, each.object) for each in valid}
    accepted = tuple(each for each in changes if (each.rule, each.object) in entries)
    return AcceptedChanges(
        left=tuple(each for each in changes if each not in accepted), accepted=accepted, idle=tuple(idle)
    )


def idle_examples(acceptances: Iterable[Acceptance], unused: Collection[Acceptance], location: str) -> Iterator[str]:
    """What is said of the entries about a module's examples, `location`, that are `unused`."""
    for each in acceptances:
        if each.location == location and each in unused:
            yield f"{each.place}: [[accept]] of {each.object} in {each.location} accepts nothing: remove it"


def _is_about(name: str, packages: Collection[str]) -> bool:
    """Whether it is an import path of the module, or how a change of its metadata names it."""
    return name.partition(".")[0] in packages or name == ", ".join(packages)


def _reasons_against(
    entry: Acceptance,
    changes: Iterable[ApiChange],
    *,
    baseline: str,
    at_baseline: Collection[tuple[str, str, str]],
    today: datetime.date,
) -> Iterator[str]:
    if entry.has_ended(today):
        yield f"it ended on {entry.until}"
    if (entry.rule, entry.object, entry.because) in at_baseline:
        yield f"it was for {baseline}, remove it"
    if any(each.rule == entry.rule and each.object == entry.object for each in changes):
        return
    rules = sorted({each.rule for each in changes if each.object == entry.object})
    there = f"there it is {', '.join(rules)}" if rules else "nothing of that name"
    yield f"no such change since {baseline} ({there})"
