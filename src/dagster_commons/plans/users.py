"""Which projects a changing verb concerns: those of the chosen locations that (do not yet) use the module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.plans.admission import require_editable_use, require_writable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace


def projects_of(workspace: Workspace, locations: Iterable[CodeLocation]) -> tuple[tuple[CodeLocation, Project], ...]:
    """The project of each location, once: several locations of one distribution share its files."""
    found: dict[Path, tuple[CodeLocation, Project]] = {}
    for location in locations:
        project = require_writable(workspace, location, workspace.project_at(location.path))
        found.setdefault(project.directory, (location, project))
    return tuple(found.values())


def users_of(
    workspace: Workspace, locations: Iterable[CodeLocation], module: str
) -> tuple[tuple[CodeLocation, Project, Use], ...]:
    asked = tuple(locations)
    names = {location.name for location in asked}
    uses = [use for use in workspace.uses_of(module) if use.location in names]
    if not uses:
        from difflib import get_close_matches  # noqa: PLC0415 - only a failure pays for it

        close = get_close_matches(module, [each.name for each in workspace.modules], n=1)
        where = ", ".join(sorted(names)) or "this workspace"
        raise UsageError(
            f"{where} does not use {module}",
            hint=f"did you mean `{close[0]}`?" if close and close[0] != module else "commons status shows the uses",
        )
    direct = [use for use in uses if use.through is None]
    if not direct:
        raise UsageError(
            f"{uses[0].location} uses {module} only through {uses[0].through}",
            hint=f"change it in {uses[0].through}",
        )
    users: list[tuple[CodeLocation, Project, Use]] = []
    for location, project in projects_of(workspace, (each for each in asked if _has_use(direct, each))):
        use = next(each for each in direct if each.location == location.name)
        require_editable_use(use, project)
        users.append((location, project, use))
    return tuple(users)


def _has_use(uses: Iterable[Use], location: CodeLocation) -> bool:
    return any(use.location == location.name for use in uses)


def use_in(workspace: Workspace, location: CodeLocation, module: str) -> Use | None:
    uses = [use for use in workspace.uses_of(module) if use.location == location.name]
    return next((use for use in uses if use.through is None), uses[0] if uses else None)
