"""Which source files are a location's own code, and which import packages its environment gives it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.project import Project
    from dagster_commons.model.source_files import SourceFile
    from dagster_commons.model.workspace import CodeLocation, SharedModule

_NO_CODE = frozenset({"tests", "test", "docs", "scripts", "examples"})


@lru_cache(maxsize=2)
def code_by_project(evidence: Evidence) -> Mapping[object, tuple[SourceFile, ...]]:
    """The files below each project directory."""
    found: dict[object, list[SourceFile]] = {}
    for each in evidence.sources:
        found.setdefault(each.project, []).append(each)
    return {project: tuple(files) for project, files in found.items()}


def is_code(file: SourceFile, project: Project) -> bool:
    """Whether it belongs to what is installed or loaded, and not to tests or scripts beside it."""
    parts = file.path.relative_to(project.directory).parts
    below = parts[1:] if parts[0] == "src" else parts
    if project.import_packages:
        return below[0].removesuffix(".py") in project.import_packages
    return below[0] not in _NO_CODE


def import_packages(module: SharedModule) -> tuple[str, ...]:
    """What is imported of a module: read off its project, else guessed from its name."""
    if module.project is not None and module.project.import_packages:
        return module.project.import_packages
    return (module.name.replace("-", "_"),)


def modules_of(evidence: Evidence, location: CodeLocation) -> tuple[SharedModule, ...]:
    """The modules in the location's environment, transitive ones too."""
    names = {use.module for use in evidence.workspace.uses if use.location == location.name}
    return tuple(each for each in evidence.workspace.modules if each.name in names)


def installed_names(evidence: Evidence, location: CodeLocation) -> frozenset[str]:
    """Distribution packages in the location's lock, else those that its project declares, as import names."""
    lock = evidence.lock_of(location.name)
    project = evidence.project_at(location.path)
    declared = {each.name for each in project.dependencies} if project is not None else set()
    names = declared | set(lock.names() if lock is not None else ())
    return frozenset(name.replace("-", "_") for name in names)  # both are normalised
