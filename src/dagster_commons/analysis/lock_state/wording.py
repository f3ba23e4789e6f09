"""Differences between requirements, in the user's words."""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_commons.analysis.lock_state.comparison import Comparison
    from dagster_commons.analysis.lock_state.types import Need, SourceKey
    from dagster_commons.tools.lockfile import Lock


def requirement_reason(
    lock: Lock, *, owner: str, speaker: str, new: Sequence[Need], old: Sequence[Need], left: Comparison
) -> str:
    """What the project `owner` requires and the lock does not, or the other way round; `speaker` names its file."""
    new_names, old_names = {need.name for need in new}, {need.name for need in old}
    if len(new_names) != len(old_names):
        return f"says {owner} needs {_counted(len(old_names))}, it needs {len(new_names)}"
    return opposed(lock, speaker, "", left)


def opposed(lock: Lock, speaker: str, setting: str, left: Comparison) -> str:
    """What one side says and the other does not; `setting` names where, if it is not plain dependencies."""
    where = f"{setting} " if setting else ""
    if not left.new:
        return f"the lock says {where}{_described(lock, left.locked)}, {speaker} does not"
    if not left.locked:
        return f"{speaker} says {where}{_described(lock, left.new)}, the lock does not"
    new, old = left.new[0], left.locked[0]
    if new.name != old.name:
        said = _described(lock, left.new), _described(lock, left.locked)
        return f"{speaker} says {where}{said[0]}, the lock {said[1]}"
    return f"{speaker} says {where}{_written(lock, new)}, the lock {_recorded(lock, new, old)}"


def _counted(number: int) -> str:
    return f"{number} package" if number == 1 else f"{number} packages"


def _described(lock: Lock, needs: Sequence[Need]) -> str:
    more = f" and {len(needs) - 1} more" if len(needs) > 1 else ""
    return _written(lock, needs[0]) + more


def _recorded(lock: Lock, new: Need, old: Need) -> str:
    """The locked version where a pin moved, else what the lock recorded."""
    is_pin = len(new.specifier) == 1 and next(iter(new.specifier)).startswith("==")
    versions = ", ".join(each for each in lock.versions(new.name) if each)
    if is_pin and new.source == old.source and versions and f"=={versions}" not in new.specifier:
        return versions
    if _written(lock, new) == _written(lock, old):
        return "under another condition"
    return _written(lock, old)


def _written(lock: Lock, need: Need) -> str:
    extras = f"[{','.join(need.extras)}]" if need.extras else ""
    source = f" from {_place(lock, need.source)}" if need.source is not None else ""
    return f"{need.name}{extras}{','.join(sorted(need.specifier, reverse=True))}{source}"


def _place(lock: Lock, source: SourceKey) -> str:
    kind, place, *more = source
    shown = place if "://" in place else os.path.relpath(place, lock.file.parent)
    reference = next((f"@{each}" for each in more[1:2] if each), "") if kind == "git" else ""
    return f"{shown}{reference}" + (f" ({kind})" if kind in ("editable", "virtual") else "")
