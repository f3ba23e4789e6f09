"""What a change in one location does to others: the consequences that no location's own difference shows."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.analysis.definitions_diff.values import is_stub
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

_REPOSITORY = re.compile(r"\w+::")  # before a name, where a location has several repositories
_MONITORED_JOBS = "monitors.monitored_jobs"


def consequences(results: Mapping[str, tuple[LoadResult, LoadResult]]) -> dict[str, tuple[Change, ...]]:
    """By location, the breaking changes that only show over all locations: `results` has each one's before and after.

    They are attached to the location that they hit: the one that produces a key as the second, the one whose asset or
    schedule is left without what it refers to.  What a location that does not load now defines is not known; it counts
    as still defining what it did, so that nothing is reported on a guess.
    """
    before = _Side({name: pair[0] for name, pair in results.items()})
    after = _Side({name: pair[1] if _is_known(pair[1]) else pair[0] for name, pair in results.items()})
    found = {
        name: (
            *_produced_twice(name, before, after),
            *_dependencies_vanished(after.objects(name), before, after),
            *_targets_vanished(name, before, after),
        )
        for name, (_, now) in results.items()
        if _is_known(now)
    }
    return {name: changes for name, changes in sorted(found.items()) if changes}


@dataclass(slots=True, init=False)
class _Side:
    """All locations before, or all after."""

    results: Mapping[str, LoadResult]
    producers: defaultdict[str, set[str]]  # key to locations
    defined: set[str]
    jobs: dict[str, set[str]]  # location to names

    def __init__(self, results: Mapping[str, LoadResult]) -> None:
        self.results = results
        self.producers = defaultdict(set)
        self.defined = set()
        self.jobs = {}
        for location in results:
            self.jobs[location] = {plain_name(each) for each in self.objects(location) if each.kind == "job"}
            for each in self.objects(location):
                if each.kind == "asset" and not is_stub(each):
                    self.defined.add(plain_name(each))
                    if ("execution", "unexecutable") not in each.fields:
                        self.producers[plain_name(each)].add(location)

    def objects(self, location: str) -> tuple[DefinedObject, ...]:
        result = self.results.get(location)
        return result.objects if isinstance(result, Snapshot) else ()

    def has_job(self, name: str, location: str | None = None) -> bool:
        """Whether `location`, or any at all, has the job."""
        if location is not None:
            return name in self.jobs.get(location, ())
        return any(name in names for names in self.jobs.values())


def plain_name(thing: DefinedObject) -> str:
    """The name that others refer to it by."""
    return _REPOSITORY.sub("", thing.name, count=1)


def _is_known(result: LoadResult) -> bool:
    return isinstance(result, Snapshot | Absent)


def _produced_twice(location: str, before: _Side, after: _Side) -> Iterator[Change]:
    for key in sorted(after.producers):
        now, earlier = after.producers[key], before.producers.get(key, set())
        if location in now and len(now) > 1 and location not in earlier:
            yield _breaking("key-produced-twice", "asset", key, "produced_by", _listed(earlier), _listed(now))


def _dependencies_vanished(objects: Collection[DefinedObject], before: _Side, after: _Side) -> Iterator[Change]:
    vanished = before.defined - after.defined
    for each in objects if vanished else ():
        for key in _references(each, "deps"):
            if key in vanished:
                yield _breaking("dependency-vanished", each.kind, each.name, "deps", key, None)


def _targets_vanished(location: str, before: _Side, after: _Side) -> Iterator[Change]:
    for each in after.objects(location):
        if each.kind not in {"schedule", "sensor"}:
            continue
        for field in ("job", _MONITORED_JOBS):
            for target in _references(each, field):
                place, name = _job_place(target, location, before)
                if before.has_job(name, place) and not after.has_job(name, place):
                    yield _breaking("target-vanished", each.kind, each.name, field, target, None)


def _job_place(target: str, location: str, before: _Side) -> tuple[str | None, str]:
    """The location where the job was, where that can be told, and its name: `LOCATION/JOB`, or a job's plain name."""
    elsewhere, slash, name = target.rpartition("/")
    if slash and elsewhere in before.jobs:
        return elsewhere, name
    return (location if before.has_job(target, location) else None), target


def _references(thing: DefinedObject, field: str) -> tuple[str, ...]:
    value = next((value for path, value in thing.fields if path == field), None)
    values = value if isinstance(value, tuple) else (value,)
    return tuple(each for each in values if isinstance(each, str))


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
