"""Differences between requirements, in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_commons.analysis.lock_state.comparison import Comparison
    from dagster_commons.analysis.lock_state.types import Need
    from dagster_commons.tools.lockfile import Lock


def requirement_reason(
    lock: Lock, *, owner: str, speaker: str, new: Sequence[Need], old: Sequence[Need], left: Comparison
) -> str:
    """What the project `owner` requires and the lock does not, or the other way round; `speaker` names its file."""
    new_names, old_names = {need.name for need in new}, {need.name for need in old}
    if len(new_names) != len(old_names):
        return f"says {owner} needs {_counted(len(old_names))}, it needs {len(new_names)}"
    if left.new and left.locked and left.new[0].name == left.locked[0].name:
        return f"{speaker} says {_written(left.new[0])}, the lock {_recorded(lock, left.new[0], left.locked[0])}"
    return f"{speaker} says {described(left.new)}, the lock {described(left.locked)}"


def described(needs: Sequence[Need]) -> str:
    """The first of some requirements, and how many more there are."""
    if not needs:
        return "nothing of it"
    more = f" and {len(needs) - 1} more" if len(needs) > 1 else ""
    return _written(needs[0]) + more


def _counted(number: int) -> str:
    return f"{number} package" if number == 1 else f"{number} packages"


def _recorded(lock: Lock, new: Need, old: Need) -> str:
    """The locked version where a pin moved, else what the lock recorded."""
    is_pin = len(new.specifier) == 1 and next(iter(new.specifier)).startswith("==")
    if is_pin and new.source == old.source and new.specifier != old.specifier:
        return ", ".join(each for each in lock.versions(new.name) if each) or _written(old)
    if _written(new) == _written(old):
        return "the same under another condition"
    return _written(old)


def _written(need: Need) -> str:
    extras = f"[{','.join(need.extras)}]" if need.extras else ""
    source = f" from {need.source[1]}" if need.source is not None else ""
    return f"{need.name}{extras}{','.join(sorted(need.specifier))}{source}"
