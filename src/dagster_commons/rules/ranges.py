"""SRC: what a module requires of Python and Dagster, and what its consumers have."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.project import Project

_PYTHONS = tuple(f"3.{minor}.{patch}" for minor in range(8, 21) for patch in (*range(21), 99))
_DAGSTER = "dagster"


def of_python(evidence: Evidence) -> Iterator[Hit]:
    """Locations that admit a Python which a module of theirs does not."""
    for name, consumer, module, line in _pairs(evidence):
        missing = [
            each for each in _admitted(consumer.requires_python) if each not in _admitted(module.requires_python)
        ]
        if consumer.requires_python and module.requires_python and missing:
            yield Hit(
                subject=name,
                message=f"{module.name} requires Python {module.requires_python},"
                f" {consumer.name} admits {consumer.requires_python}",
                file=consumer.file,
                line=line,
                fix=f"narrow requires-python of {consumer.name}, or widen that of {module.name}",
            )


def of_dagster(evidence: Evidence) -> Iterator[Hit | CannotTell]:
    """Locations with a locked Dagster that a module of theirs does not admit."""
    for name, consumer, module, line in _pairs(evidence):
        required = _requirement(module)
        if required is None or not required.specifier:
            continue
        lock = evidence.lock_of(name)
        if lock is None:
            yield CannotTell(reason=f"{name} has no lock that says which Dagster it has")
            continue
        for version in lock.versions(_DAGSTER):
            if version is not None and not required.specifier.contains(version, prereleases=True):
                yield Hit(
                    subject=name,
                    message=f"{module.name} requires {required}, {name} has {version}",
                    file=consumer.file,
                    line=line,
                    fix="uv lock --upgrade-package dagster, or another range in the module",
                )


def _pairs(evidence: Evidence) -> Iterator[tuple[str, Project, Project, int | None]]:
    """Each location and each module whose project is here, with the line that brings it in."""
    seen: set[tuple[str, str]] = set()
    for use in evidence.workspace.uses:
        location, module = evidence.workspace.location(use.location), evidence.workspace.module(use.module)
        consumer = evidence.project_at(location.path) if location is not None else None
        if consumer is None or module is None or module.project is None or (use.location, use.module) in seen:
            continue
        if _is_the_one_used(use.source, module.project):
            seen.add((use.location, use.module))
            yield use.location, consumer, module.project, use.line if use.project == consumer.directory else None


def _is_the_one_used(source: object, project: Project) -> bool:
    """Whether the project in the working tree is what the use installs, and not another version of it."""
    return getattr(source, "path", None) == project.directory


@lru_cache
def _admitted(requires: str | None) -> tuple[str, ...]:
    try:
        specifier = SpecifierSet(requires or "")
    except InvalidSpecifier:
        return _PYTHONS
    return tuple(each for each in _PYTHONS if specifier.contains(each))


def _requirement(module: Project) -> Requirement | None:
    for each in module.dependencies:
        if each.name == _DAGSTER and each.extra is None and each.group is None:
            try:
                return Requirement(each.requirement)
            except InvalidRequirement:
                return None
    return None


RULES = (
    Rule(
        id="SRC010",
        severity="error",
        title="Python that a module does not admit",
        why="uv resolves for every Python that the location admits, so locking fails.",
        fix="narrow the location's requires-python, or widen the module's",
        bad='shared: requires-python = ">=3.11", sales: requires-python = ">=3.10"',
        good='">=3.11" in both',
        look=of_python,
    ),
    Rule(
        id="SRC011",
        severity="error",
        title="Dagster that a module does not admit",
        why="The lock was made before the module's range, or its own range is ignored: it runs untested.",
        fix="uv lock --upgrade-package dagster, or another range in the module",
        bad="shared requires dagster>=1.12, the lock of sales has 1.10.21",
        good="the locked version is in the module's range",
        look=of_dagster,
    ),
)
