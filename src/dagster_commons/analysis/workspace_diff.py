"""What a change in one location does to others: the consequences that no location's own difference shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.all_definitions import MONITORED_JOBS, AllDefinitions, job_place, references
from dagster_commons.model.definitions import Change, Snapshot
from dagster_commons.model.verdicts import Absent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dagster_commons.model.definitions import DefinedObject, ObjectKind, Value
    from dagster_commons.model.verdicts import LoadResult

REASONS = {
    "key-produced-twice": "another location produces this key, too: Dagster shows one of the two",
    "dependency-vanished": "no location defines this key any more",
    "target-vanished": "the job it targets is no longer there",
}


def consequences(results: Mapping[str, tuple[LoadResult, LoadResult]]) -> dict[str, tuple[Change, ...]]:
    """By location, the breaking changes that only show over all locations: `results` has each one's before and after.

    They are attached to the location that they hit: the one that produces a key as the second, the one whose asset or
    schedule is left without what it refers to.  What a location that does not load now defines is not known; it counts
    as still defining what it did, so that nothing is reported on a guess.
    """
    before = AllDefinitions({name: pair[0] for name, pair in results.items()})
    after = AllDefinitions({name: pair[1] if _is_known(pair[1]) else pair[0] for name, pair in results.items()})
    twice = tuple(sorted(key for key, locations in after.producers.items() if len(locations) > 1))
    vanished = frozenset(before.defined - after.defined)
    found = {
        name: (
            *_produced_twice(name, twice, before, after),
            *_dependencies_vanished(after.objects(name), vanished),
            *_targets_vanished(name, before, after),
        )
        for name, (_, now) in results.items()
        if _is_known(now)
    }
    return {name: changes for name, changes in sorted(found.items()) if changes}


def _is_known(result: LoadResult) -> bool:
    return isinstance(result, Snapshot | Absent)


def _produced_twice(
    location: str, twice: tuple[str, ...], before: AllDefinitions, after: AllDefinitions
) -> Iterator[Change]:
    for key in twice:
        now, earlier = after.producers[key], before.producers.get(key, set())
        if location in now and location not in earlier:
            yield _breaking("key-produced-twice", "asset", key, "produced_by", _listed(earlier), _listed(now))


def _dependencies_vanished(objects: Collection[DefinedObject], vanished: frozenset[str]) -> Iterator[Change]:
    for each in objects if vanished else ():
        for key in references(each, "deps"):
            if key in vanished:
                yield _breaking("dependency-vanished", each.kind, each.name, "deps", key, None)


def _targets_vanished(location: str, before: AllDefinitions, after: AllDefinitions) -> Iterator[Change]:
    for each in after.objects(location):
        if each.kind not in {"schedule", "sensor"}:
            continue
        for field in ("job", MONITORED_JOBS):
            for target in references(each, field):
                place, name = job_place(target, location, before)
                if before.has_job(name, place) and not after.has_job(name, place):
                    yield _breaking("target-vanished", each.kind, each.name, field, target, None)


def _listed(locations: Collection[str]) -> Value:
    return tuple(sorted(locations)) or None


def _breaking(rule: str, kind: ObjectKind, name: str, field: str, *values: Value) -> Change:
    old, new = values
    return Change(
        kind="changed",
        object=kind,
        name=name,
        field=field,
        old=old,
        new=new,
        severity="breaking",
        reason=REASONS[rule],
        rule=rule,
    )
