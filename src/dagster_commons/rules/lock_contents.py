"""LOCK: what the locks of several locations say of the same things."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dagster_commons.analysis.documents import document
from dagster_commons.model.names import requirement_name
from dagster_commons.rules.rule import Hit, Rule
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.build_files import BuildFile
    from dagster_commons.model.workspace import SharedModule
    from dagster_commons.tools.lockfile import Lock, LockSource

_SETTINGS = ("override-dependencies", "constraint-dependencies")
_DAGSTER = "dagster"
_NAMES_SHOWN = 3


def absolute(evidence: Evidence) -> Iterator[Hit]:
    """Locks with a path of this machine in them."""
    for lock in evidence.locks:
        found = next((name for name in lock.names() if any(map(_is_absolute, lock.sources(name)))), None)
        if found is not None:
            yield Hit(
                subject=found,
                message=f"{found} is locked at an absolute path",
                file=lock.file,
                line=lock.line_of(found),
            )


def disagreeing(evidence: Evidence) -> Iterator[Hit]:
    """Modules whose own dependencies have other versions from one location's lock to the next."""
    for module in evidence.workspace.modules:
        locks = _locks_of(evidence, module)
        for own_version, same in sorted(_by_version(locks, module.name).items()):
            differing = [*_differing(same, module.name, {each.name for each in evidence.workspace.modules})]
            if differing:
                told = "; ".join(differing[:_NAMES_SHOWN])
                rest = f"; and {len(differing) - _NAMES_SHOWN} more" if len(differing) > _NAMES_SHOWN else ""
                yield Hit(
                    subject=module.name,
                    message=f"{module.name} {own_version} runs with {told}{rest}".replace("  ", " "),
                    file=module.project.file if module.project is not None else None,
                )


def lacking(evidence: Evidence) -> Iterator[Hit]:
    """Consumers without the overrides and constraints that a module's own project has."""
    texts = {each.path.parent: each for each in evidence.of_kind("pyproject")}
    seen: set[tuple[object, ...]] = set()
    for use in evidence.workspace.uses:
        module = evidence.workspace.module(use.module)
        location = evidence.workspace.location(use.location)
        consumer = evidence.project_at(location.path) if location is not None else None
        if module is None or module.project is None or consumer is None or consumer.uv_root is None:
            continue
        own, theirs = texts.get(module.project.directory), texts.get(consumer.uv_root)
        if own is None or theirs is None or module.project.uv_root == consumer.uv_root:
            continue
        for key in _SETTINGS:
            names = tuple(sorted(_names(own, key) - _names(theirs, key)))
            if names and (theirs.path, module.name, key) not in seen:
                seen.add((theirs.path, module.name, key))
                yield Hit(
                    subject=use.location,
                    message=f"{use.module} is developed with {key} on {', '.join(names)}; uv ignores them here",
                    file=theirs.path,
                    line=pyproject.line_of(theirs.text, "tool", "uv") or use.line,
                    fix=f"repeat them in {key} of [tool.uv]",
                )


def drifting(evidence: Evidence) -> Iterator[Hit]:
    """Locations whose locks have another minor version of Dagster than others'."""
    minors: defaultdict[tuple[str, ...], list[tuple[str, Lock]]] = defaultdict(list)
    for location in evidence.workspace.locations:
        lock = evidence.lock_of(location.name)
        for version in lock.versions(_DAGSTER) if lock is not None else ():
            if lock is not None and version is not None:
                minors[tuple(version.split(".")[:2])].append((location.name, lock))
    if len(minors) > 1:
        ordered = sorted(minors.items(), key=lambda each: [int(part) for part in each[0] if part.isdecimal()])
        told = "; ".join(f"{'.'.join(minor)} in {_some([name for name, _ in each])}" for minor, each in ordered)
        oldest = ordered[0][1][0][1]
        yield Hit(subject=_DAGSTER, message=told, file=oldest.file, line=oldest.line_of(_DAGSTER))


def _is_absolute(source: LockSource) -> bool:
    if source.kind == "git":
        return False
    path = source.value.removeprefix("file://")
    return path.startswith("/") or path[1:3] in (":\\", ":/")


def _locks_of(evidence: Evidence, module: SharedModule) -> Mapping[str, Lock]:
    """By the location whose it is; locations with one lock in common count once."""
    found: dict[str, Lock] = {}
    seen = set()
    for use in evidence.workspace.uses_of(module.name):
        lock = evidence.lock_of(use.location)
        if lock is not None and lock.file not in seen:
            seen.add(lock.file)
            found[use.location] = lock
    return found


def _by_version(locks: Mapping[str, Lock], module: str) -> Mapping[str, dict[str, Lock]]:
    found: defaultdict[str, dict[str, Lock]] = defaultdict(dict)
    for location, lock in locks.items():
        for version in lock.versions(module):
            found[version or ""][location] = lock
    return found


def _differing(locks: Mapping[str, Lock], module: str, modules: set[str]) -> Iterator[str]:
    needed = {name for lock in locks.values() for package in lock.package(module) for name in package.dependencies}
    for name in sorted(needed - modules - {_DAGSTER}):
        if name.startswith(f"{_DAGSTER}-"):
            continue
        versions: defaultdict[str, list[str]] = defaultdict(list)
        for location, lock in locks.items():
            for version in lock.versions(name):
                versions[version or "dynamic"].append(location)
        if len(versions) > 1:
            told = (f"{version} in {_some(places)}" for version, places in sorted(versions.items()))
            yield f"{name} {', '.join(told)}"


def _names(file: BuildFile, key: str) -> set[str]:
    return {requirement_name(each) for each in pyproject.strings(document(file), "tool", "uv", key)}


def _some(names: list[str]) -> str:
    shown = sorted(set(names))
    rest = f" and {len(shown) - _NAMES_SHOWN} more" if len(shown) > _NAMES_SHOWN else ""
    return ", ".join(shown[:_NAMES_SHOWN]) + rest


RULES = (
    Rule(
        id="LOCK004",
        severity="error",
        title="absolute path in a lock",
        why="`uv sync --locked` fails in every other checkout, in CI and in an image.",
        fix="write the path relative in pyproject.toml, then lock again",
        bad='source = { editable = "/…/platform/shared" }',
        good='source = { editable = "../shared" }',
        look=absolute,
    ),
    Rule(
        id="LOCK005",
        severity="warning",
        title="dependencies of a module that differ from location to location",
        why="The module was tested with one set of versions and runs with others; each lock was made on another day.",
        fix="`uv lock --upgrade-package NAME` where it is behind, or a narrower range in the module",
        bad="requests 2.31 in sales, 2.32 in ops, for the same version of shared",
        good="one version of each dependency of shared",
        look=disagreeing,
    ),
    Rule(
        id="LOCK006",
        severity="warning",
        title="override or constraint that consumers lack",
        why="uv takes overrides and constraints from the project that is locked alone, never from its dependencies.",
        fix="repeat them in the consumer, or turn them into ranges of the module's own dependencies",
        bad='override-dependencies = ["protobuf<6"] in shared, none in sales',
        good="both have it, or shared requires protobuf<6 itself",
        look=lacking,
    ),
    Rule(
        id="LOCK007",
        severity="warning",
        title="Dagster versions that drift apart",
        why="A shared module has to work with each of them, and the webserver talks to all.",
        fix="move the locations that are behind: `uv lock --upgrade-package dagster`",
        bad="1.10 in sales; 1.12 in ops",
        good="one minor version in all locks",
        look=drifting,
    ),
)
