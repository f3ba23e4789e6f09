"""Which uses stay when some leave, and which modules come along with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.tools import lockfile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import ProjectFile
    from dagster_commons.model.workspace import Use, Workspace


def leaving_uses(workspace: Workspace, projects: Collection[Path], module: str) -> tuple[Use, ...]:
    """Every direct use of `module` that `projects` declare, in whichever extra or group, for whichever location."""
    return tuple(use for use in workspace.uses_of(module) if use.through is None and use.project in projects)


def remaining_uses(workspace: Workspace, leaving: Collection[Use]) -> tuple[Use, ...]:
    """The uses there are without `leaving`, and without those that only came through them."""
    left = [use for use in workspace.uses if use not in leaving]
    kept = [use for use in left if use.through is None]
    reached = {(use.location, use.module) for use in kept}
    waiting = [use for use in left if use.through is not None]
    while True:
        brought = [use for use in waiting if (use.location, use.through) in reached]
        if not brought:
            return tuple(kept)
        kept += brought
        reached |= {(use.location, use.module) for use in brought}
        waiting = [use for use in waiting if use not in brought]


def comes_along(workspace: Workspace, file: ProjectFile, module: str) -> bool:
    """Whether something else that the project requires brings `module` in, by its lock or by what modules declare."""
    project = file.project
    return module in _locked_companions(file, module) or any(
        module == name for name in _declared_companions(workspace, project, module)
    )


def shares_lock(workspace: Workspace, use: Use, root: Path) -> bool:
    """Whether the location of `use` is locked in `root`."""
    location = workspace.location(use.location)
    project = workspace.project_at(location.path) if location is not None else None
    return project is not None and (project.uv_root or project.directory) == root


def _locked_companions(file: ProjectFile, module: str) -> set[str]:
    """What the project's other requirements reach in its lock."""
    if file.lock is None:
        return set()
    project = file.project
    lock = lockfile.parse(file.lock, (project.uv_root or project.directory) / "uv.lock")
    direct = {name for package in lock.package(project.name) for name in package.dependencies} - {module}
    return {reached for name in direct for reached in lockfile.reachable_names(lock, name)}


def _declared_companions(workspace: Workspace, project: Project, module: str) -> Iterator[str]:
    """What the other modules that the project requires need in turn, as far as their projects are here."""
    by_name = {each.name: each for each in workspace.projects}
    waiting = [each.name for each in project.dependencies if each.name != module]
    seen = set(waiting)
    while waiting:
        known = by_name.get(waiting.pop())
        for dependency in known.dependencies if known is not None else ():
            if dependency.extra is None and dependency.group is None:
                yield dependency.name
                if dependency.name not in seen:
                    seen.add(dependency.name)
                    waiting.append(dependency.name)
