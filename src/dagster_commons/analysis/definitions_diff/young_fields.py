"""Fields that only one of two Dagster versions knows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dagster_commons.analysis.definitions_diff.values import root_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.model.definitions import DefinedObject, ObjectKind

# Younger than Dagster 1.9, or read from places that moved since.  Any other field that is absent was not set.
_YOUNG: dict[ObjectKind, frozenset[str]] = {
    "asset": frozenset({"pool", "virtual", "freshness_policy", "legacy_freshness_policy"}),
    "check": frozenset({"pool", "partitions"}),
    "job": frozenset({"owners", "automation_condition"}),
    "schedule": frozenset({"owners"}),
    "sensor": frozenset({"owners", "use_user_code_server", "emit_backfills", "default_condition"}),
    "definitions": frozenset({"description", "resource_variables"}),
}


def fields_of_one_side(old: Iterable[DefinedObject], new: Iterable[DefinedObject]) -> dict[ObjectKind, frozenset[str]]:
    """By kind the young fields that no object has on one of the sides, while some object has them on the other."""
    before, after = _roots(old), _roots(new)
    found = {
        kind: (before[kind] ^ after[kind]) & _YOUNG.get(kind, frozenset()) for kind in before.keys() & after.keys()
    }
    return {kind: frozenset(roots) for kind, roots in found.items() if roots}


def _roots(objects: Iterable[DefinedObject]) -> dict[ObjectKind, set[str]]:
    roots: defaultdict[ObjectKind, set[str]] = defaultdict(set)
    for each in objects:
        roots[each.kind].update(root_of(path) for path, _ in each.fields)
    return roots
