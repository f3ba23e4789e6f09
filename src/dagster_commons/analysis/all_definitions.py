"""What the code locations of a workspace define together: who produces a key, which names there are to refer to."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.analysis.definitions_diff.values import is_stub
from dagster_commons.model.definitions import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.model.definitions import DefinedObject
    from dagster_commons.model.verdicts import LoadResult

MONITORED_JOBS = "monitors.monitored_jobs"

_REPOSITORY = re.compile(r"\w+::")  # before a name, where a location has several repositories


@dataclass(slots=True, init=False)
class AllDefinitions:
    """What all locations define, by what refers to it; a location that did not load defines nothing that is known."""

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


def job_place(target: str, location: str, before: AllDefinitions) -> tuple[str | None, str]:
    """The location where the job was, where that can be told, and its name: `LOCATION/JOB`, or a job's plain name."""
    elsewhere, slash, name = target.rpartition("/")
    if slash and elsewhere in before.jobs:
        return elsewhere, name
    return (location if before.has_job(target, location) else None), target


def references(thing: DefinedObject, field: str) -> tuple[str, ...]:
    value = next((value for path, value in thing.fields if path == field), None)
    values = value if isinstance(value, tuple) else (value,)
    return tuple(each for each in values if isinstance(each, str))
