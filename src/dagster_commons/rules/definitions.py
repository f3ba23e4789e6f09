"""DEF: what the definitions of all code locations say together.  They are loaded for `check --definitions` alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.analysis.all_definitions import MONITORED_JOBS, AllDefinitions, plain_name, references
from dagster_commons.model.definitions import Snapshot
from dagster_commons.model.verdicts import LoadFailure, MissingInput
from dagster_commons.rules.rule import CannotTell, Hit, Rule
from dagster_commons.tools.redaction import without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.definitions import DefinedObject
    from dagster_commons.model.workspace import CodeLocation

Found: TypeAlias = "Iterator[Hit | CannotTell]"

_SAME_OP = re.compile(r"conflicting node definitions with the same name \"([^\"]+)\"")
_AUTOMATIC = frozenset({"AUTO_MATERIALIZE", "AUTOMATION"})  # sensors that do nothing but for what they select
_DEFAULT_SENSOR = "default_automation_condition_sensor"  # Dagster's own, whose selection is everything


def produced_twice(evidence: Evidence) -> Found:
    """Keys that several locations materialise; reported at the last of them."""
    everything = AllDefinitions(evidence.definitions or {})
    names = {each.name: each for each in evidence.workspace.locations}
    yield from _not_loaded(evidence, "what they produce")
    for key, producers in sorted(everything.producers.items()):
        concerned = sorted(producers & names.keys())
        if len(producers) > 1 and concerned:
            yield _hit(names[concerned[-1]], f"asset {key} is produced by {_listed(sorted(producers))}")


def undefined_dependencies(evidence: Evidence) -> Found:
    """Keys that something depends on and that no location defines."""
    everything = AllDefinitions(evidence.definitions or {})
    doubts = tuple(_not_loaded(evidence, "what they define"))
    yield from doubts
    for location in evidence.workspace.locations if not doubts else ():
        seen: set[str] = set()
        for thing in everything.objects(location.name):
            for key in references(thing, "deps"):
                if key not in everything.defined and key not in seen:
                    seen.add(key)
                    yield _hit(location, f"{thing.kind} {thing.name} depends on {key}, which no code location defines")


def same_op_name(evidence: Evidence) -> Found:
    """Locations that Dagster refuses because two definitions have ops of one name."""
    for location, failure in _failures(evidence):
        match = _SAME_OP.search(failure.message)
        if match is not None:
            yield _hit(location, f"two different ops are called {match[1]}", failure, evidence)


def without_target(evidence: Evidence) -> Found:
    """Schedules and sensors that start nothing: an empty selection, a job of nothing, a job that is not there."""
    everything = AllDefinitions(evidence.definitions or {})
    yield from _not_loaded(evidence, "what they target")
    for location in evidence.workspace.locations:
        jobs = {plain_name(each): each for each in everything.objects(location.name) if each.kind == "job"}
        for thing in everything.objects(location.name):
            if (why := _missing_target(thing, jobs, everything)) is not None:
                yield _hit(location, f"{thing.kind} {thing.name} {why}")


def not_loading(evidence: Evidence) -> Found:
    """Locations whose definitions cannot be loaded."""
    yield from _not_loaded(evidence, "whether they load", failures=False)
    for location, failure in _failures(evidence):
        if _SAME_OP.search(failure.message) is None:
            first = next(iter(failure.message.splitlines()), "")
            yield _hit(location, f"{failure.type}: {first}", failure, evidence)


def _missing_target(thing: DefinedObject, jobs: dict[str, DefinedObject], everything: AllDefinitions) -> str | None:
    if thing.kind not in ("schedule", "sensor"):
        return None
    for target in references(thing, MONITORED_JOBS):
        location, slash, name = target.rpartition("/")
        is_known = slash and isinstance(everything.results.get(location), Snapshot)
        if is_known and not everything.has_job(name, location):
            return f"waits for {target}, which is not there"
    targets = [name.strip() for each in references(thing, "job") for name in each.split(",")]
    for target in targets:
        if target in jobs and _is_of_nothing(jobs[target]):
            return f"targets {target}, which selects nothing"
    if targets or references(thing, "targets"):
        return None
    is_automatic = any(path == "kind" and value in _AUTOMATIC for path, value in thing.fields)
    if thing.kind == "schedule" or (is_automatic and thing.name != _DEFAULT_SENSOR):
        return "selects nothing"
    return None


def _is_of_nothing(job: DefinedObject) -> bool:
    """Whether the job has neither assets nor ops."""
    return not any(path == "selection" or path.startswith("ops.") for path, _ in job.fields)


def _failures(evidence: Evidence) -> Iterator[tuple[CodeLocation, LoadFailure]]:
    results = evidence.definitions or {}
    for location in evidence.workspace.locations:
        result = results.get(location.name)
        if isinstance(result, LoadFailure):
            yield location, result


def _not_loaded(evidence: Evidence, what: str, *, failures: bool = True) -> Iterator[CannotTell]:
    """The locations of which nothing is known, as one reason; `failures`: those that failed to load count, too."""
    missing = []
    for name, result in sorted((evidence.definitions or {}).items()):
        if isinstance(result, MissingInput):
            missing.append(f"{name}: {without_credentials(result.reason)}")
        elif failures and isinstance(result, LoadFailure):
            missing.append(f"{name} does not load")
    if missing:
        yield CannotTell(reason=f"{what} is not known ({'; '.join(missing)})")


def _hit(
    location: CodeLocation, message: str, failure: LoadFailure | None = None, evidence: Evidence | None = None
) -> Hit:
    file, line = location.declared_in, location.line
    if failure is not None and failure.file is not None and evidence is not None:
        place = Path(failure.file)
        file, line = (place if place.is_absolute() else evidence.workspace.root / place), failure.line
    return Hit(subject=location.name, message=without_credentials(message), file=file, line=line)


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


RULES = (
    Rule(
        id="DEF001",
        severity="error",
        title="key that two code locations produce",
        why="Dagster shows one of the two and warns in a log; which one runs depends on the order of loading.",
        fix="give one of them another key prefix, or let one location produce it and the others depend on it",
        bad="sales and finance both define the asset orders",
        good="sales defines sales/orders, finance depends on it",
        look=produced_twice,
        needs_definitions=True,
    ),
    Rule(
        id="DEF002",
        severity="warning",
        title="dependency on a key that nobody defines",
        why="Dagster makes up an asset that never materialises: a misspelt key, or one that was renamed elsewhere.",
        fix="correct the key, or declare what comes from outside as an AssetSpec",
        bad='deps=["oders"]',
        good='deps=["orders"], which another code location defines',
        look=undefined_dependencies,
        needs_definitions=True,
    ),
    Rule(
        id="DEF003",
        severity="error",
        title="ops of one name from a factory that is used twice",
        why="An op's name is unique in a code location, whatever the key prefix of its asset (dagster#12406).",
        fix="make the name from what the factory is given",
        bad='@dg.op(name="load") in a factory that two prefixes use',
        good='@dg.op(name=f"{prefix}__load")',
        look=same_op_name,
        needs_definitions=True,
    ),
    Rule(
        id="DEF004",
        severity="warning",
        title="schedule or sensor that targets nothing",
        why="It ticks and starts no run: the group or job that it meant was renamed, or is empty.",
        fix="correct its selection, or take it out",
        bad='target=dg.AssetSelection.groups("nightly"), and no asset is in that group',
        good='target=dg.AssetSelection.groups("daily"), which has assets',
        look=without_target,
        needs_definitions=True,
    ),
    Rule(
        id="DEF005",
        severity="error",
        title="code location that does not load",
        why="Dagster shows an error in its place, and nothing in it runs.",
        fix="correct what the message names",
        bad="an import of a module that its lock does not have",
        good="commons snapshot -l NAME writes its definitions",
        look=not_loading,
        needs_definitions=True,
    ),
)
