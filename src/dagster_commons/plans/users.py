"""Which projects a changing verb concerns: those of the chosen locations that (do not yet) use the module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.plans.admission import require_editable_use, require_writable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedProject:
    """A project that a plan edits, and every code location that it holds, whether or not it was asked for."""

    project: Project
    locations: tuple[CodeLocation, ...]
    warnings: tuple[str, ...] = ()

    @property
    def location(self) -> CodeLocation:
        """The one that stands for the others in messages."""
        return self.locations[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsingProject:
    """A project that a plan edits, and its use of the module."""

    changed: ChangedProject
    use: Use


def changed_projects(workspace: Workspace, locations: Iterable[CodeLocation]) -> tuple[ChangedProject, ...]:
    """The project of each location, once: several locations of one distribution share its files.

    Raises:
        RefusedError: a project that we do not write.

    """
    asked = tuple(locations)
    found: dict[Path, ChangedProject] = {}
    for location in asked:
        project = require_writable(workspace, location, workspace.project_at(location.path))
        if project.directory not in found:
            found[project.directory] = _changed_project(workspace, project, location, asked)
    return tuple(found.values())


def using_projects(workspace: Workspace, locations: Iterable[CodeLocation], module: str) -> tuple[UsingProject, ...]:
    """Those of the locations' projects that use `module` directly.

    Raises:
        UsageError: none does, or only through another module.
        RefusedError: a use or project that we do not write.

    """
    asked = tuple(locations)
    names = {location.name for location in asked}
    uses = [use for use in workspace.uses_of(module) if use.location in names]
    if not uses:
        raise _nobody_uses(workspace, names, module)
    direct = {use.location: use for use in reversed(uses) if use.through is None}
    if not direct:
        raise UsageError(
            f"{uses[0].location} uses {module} only through {uses[0].through}",
            hint=f"change it in {uses[0].through}, or leave that out",
        )
    users = []
    for changed in changed_projects(workspace, (each for each in asked if each.name in direct)):
        use = direct[changed.location.name]
        require_editable_use(use, changed.project)
        users.append(UsingProject(changed=changed, use=use))
    return tuple(users)


def require_used(workspace: Workspace, module: str) -> None:
    """See that some location uses `module`, itself or through another module.

    Raises:
        UsageError: none does.

    """
    if not workspace.uses_of(module):
        raise _nobody_uses(workspace, {each.name for each in workspace.locations}, module)


def require_each_uses(workspace: Workspace, locations: Iterable[CodeLocation], module: str) -> None:
    """See that every location, named one by one, uses `module` itself.

    Raises:
        UsageError: one does not.

    """
    for location in locations:
        use = use_in(workspace, location, module)
        if use is None:
            raise _nobody_uses(workspace, {location.name}, module)
        if use.through is not None:
            raise UsageError(
                f"{location.name} uses {module} only through {use.through}",
                hint=f"change it in {use.through}, or leave that out",
            )


def use_in(workspace: Workspace, location: CodeLocation, module: str) -> Use | None:
    """How `location` uses `module`: its own requirement before what another module brings along."""
    uses = [use for use in workspace.uses_of(module) if use.location == location.name]
    return next((use for use in uses if use.through is None), uses[0] if uses else None)


def _changed_project(
    workspace: Workspace, project: Project, location: CodeLocation, asked: tuple[CodeLocation, ...]
) -> ChangedProject:
    fellows = [each for each in workspace.locations if each.path == project.directory and each != location]
    unasked = [each.name for each in fellows if each not in asked]
    warning = f"{', '.join(unasked)} share{'' if len(unasked) > 1 else 's'} the project of {location.name} and change"
    warnings = (f"{warning}{'' if len(unasked) > 1 else 's'} with it",) if unasked else ()
    return ChangedProject(project=project, locations=(location, *fellows), warnings=warnings)


def _nobody_uses(workspace: Workspace, names: set[str], module: str) -> UsageError:
    from difflib import get_close_matches  # noqa: PLC0415 - only a failure pays for it

    close = get_close_matches(module, [each.name for each in workspace.modules], n=1)
    suggestion = f"did you mean `{close[0]}`?" if close and close[0] != module else None
    who = f"{next(iter(names))} does not use" if len(names) == 1 else "no code location here uses"
    return UsageError(f"{who} {module}", hint=suggestion or "commons status shows the uses")
