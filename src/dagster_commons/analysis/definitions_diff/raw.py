"""The net: what differs in Dagster's own serialisation although no field that we know accounts for it."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from dagster_commons.analysis.change_rules import judged
from dagster_commons.analysis.definitions_diff.values import differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dagster_commons.analysis.definitions_diff.renames import Pair
    from dagster_commons.analysis.definitions_diff.values import Differences, Named
    from dagster_commons.model.definitions import Change, Value

# A field that only shows explains raw fields that speak of it; one that does more explains all of its object's, for
# what it could hide would not be judged worse.
_WORDS = {"kinds": "kind", "owners": "owner", "tags": "tag"}


def raw_changes(pairs: Iterable[Pair], typed: Iterable[Change]) -> Iterator[Change]:
    """One `other` change per object and first part of the raw path, for what no change in `typed` explains."""
    known: defaultdict[Named, list[Change]] = defaultdict(list)
    for change in typed:
        known[(change.object, change.name)].append(change)
    for old, new in pairs:
        explaining = known[(new.kind, new.name)]
        found = {
            path: pair
            for path, pair in differences(dict(old.raw), dict(new.raw)).items()
            if not any(_explains(change, path) for change in explaining)
        }
        for root, paths in groupby(found, key=lambda path: path.partition(".")[0]):
            field, before, after = _gathered(root, {path: found[path] for path in paths})
            yield judged("other", new.kind, new.name, field=f"raw:{field}", old=before, new=after)


def _explains(change: Change, raw_path: str) -> bool:
    if change.severity in ("notable", "breaking"):
        return True
    roots = (change.field or "").split(".")
    return any(_WORDS.get(each, each) in raw_path for each in (roots[0], roots[-1]) if each)


def _gathered(root: str, found: Differences) -> tuple[str, Value, Value]:
    if len(found) == 1:
        [(path, (before, after))] = found.items()
        return path, before, after
    before = tuple(f"{path}={old}" for path, (old, _) in found.items() if old is not None)
    after = tuple(f"{path}={new}" for path, (_, new) in found.items() if new is not None)
    return root, before, after
