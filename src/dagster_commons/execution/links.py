"""A local override of a shared module, in environments alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, ToolError, UsageError
from dagster_commons.execution.environments import environment_of
from dagster_commons.model.names import normalise_name
from dagster_commons.model.outcomes import ImportProof, Outcome, StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import Plan
from dagster_commons.probe.environments import python_of
from dagster_commons.probe.imports import import_module
from dagster_commons.proof.uv_words import in_users_words
from dagster_commons.tools import pyproject
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.outcomes import OutcomeKind
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Workspace


def link(workspace: Workspace, locations: Iterable[CodeLocation], module: str, path: Path, *, dry_run: bool) -> Outcome:
    """Install the project at `path` as `module`, editable, into each location's environment; nothing else changes.

    Where the module then cannot be imported, every environment gets its own module back.

    Raises:
        UsageError: `path` is not the project of `module`.
        RefusedError: a location has no environment yet, or does not use the module.
        ToolError: uv could not install it.

    """
    _require_project_of(module, path)
    users = _users(workspace, locations, module)
    target = relative(path, workspace.root)
    commands = tuple(
        f"uv pip install --python {_shown(workspace, project)} --no-deps --editable {target}" for _, project in users
    )
    title = f"link {module} to {target}"
    if dry_run:
        return _outcome("planned", title, commands)
    for _, project in users:
        python = str(python_of(environment_of(project)))
        _uv(workspace, project, "pip", "install", "--python", python, "--no-deps", "--editable", str(path))
    proofs = tuple(_proof(workspace, location, module, project, path) for location, project in users)
    failed = next((each for each in proofs if each.failure is not None), None)
    if failed is None:
        notes = tuple(f"linked in {_shown(workspace, project)}" for _, project in users)
        return _outcome("applied", title, commands, proofs, notes=notes)
    for _, project in users:
        _give_back(workspace, project, module)
    reason = "the environments have the module of their locks again; a link brings no new dependencies along"
    return _outcome("rolled-back", title, commands, proofs, reason=reason)


def unlink(workspace: Workspace, locations: Iterable[CodeLocation], module: str, *, dry_run: bool) -> Outcome:
    """Give each environment that has a link the `module` of its lock back.

    Raises:
        RefusedError: a location has no environment, or does not use the module.
        ToolError: uv could not sync, e.g. because the lock is stale.

    """
    linked = {use.location for use in workspace.uses_of(module) if "linked" in use.state}
    commands, notes = [], []
    for location, project in _users(workspace, locations, module):
        if location.name not in linked:
            continue
        place = relative(project.directory, workspace.root)
        where = "" if place == "." else f" --project {place}"
        commands.append(f"uv sync --locked --inexact --reinstall-package {module}{where}")
        if not dry_run:
            _give_back(workspace, project, module)
            notes.append(f"{_shown(workspace, project)} has the {module} of its lock again")
    return _outcome("planned" if dry_run else "applied", f"unlink {module}", tuple(commands), notes=tuple(notes))


def _require_project_of(module: str, path: Path) -> None:
    file = path / "pyproject.toml"
    if not file.exists():
        raise UsageError(f"{path} is no project: it has no pyproject.toml", hint="give the module's project directory")
    name = pyproject.string(pyproject.read(file.read_text(encoding="utf-8"), file), "project", "name")
    if name is None or normalise_name(name) != module:
        raise UsageError(f"the project at {path} is {name or 'nameless'}, not {module}", file=file)


def _users(
    workspace: Workspace, locations: Iterable[CodeLocation], module: str
) -> tuple[tuple[CodeLocation, Project], ...]:
    """The locations that use `module`, each with its project, after seeing that each has an environment."""
    using = {use.location for use in workspace.uses_of(module)}
    pairs = ((location, workspace.project_at(location.path)) for location in locations if location.name in using)
    found = tuple((location, project) for location, project in pairs if project is not None)
    if not found:
        raise RefusedError(f"no code location here uses {module}", hint="commons status shows the uses")
    for location, project in found:
        if not environment_of(project).is_dir():
            raise RefusedError(
                f"{location.name} has no environment at {_shown(workspace, project)}",
                hint=f"commons sync -l {location.name}",
            )
    return found


def _shown(workspace: Workspace, project: Project) -> str:
    return relative(environment_of(project), workspace.root)


def _give_back(workspace: Workspace, project: Project, module: str) -> None:
    _uv(workspace, project, "sync", "--locked", "--inexact", "--reinstall-package", module)


def _uv(workspace: Workspace, project: Project, *arguments: str) -> None:
    try:
        uv(project.directory, *arguments)
    except ToolError as error:
        raise in_users_words(error, workspace) from error


def _proof(workspace: Workspace, location: CodeLocation, module: str, project: Project, path: Path) -> ImportProof:
    known = workspace.module(module)
    names = known.project.import_packages if known is not None and known.project is not None else ()
    imported = import_module(python_of(environment_of(project)), distribution=module, import_packages=names)
    file = imported.files[0] if imported.files else None
    is_there = file is not None and file.is_relative_to(path.resolve())
    failure = imported.error or (None if is_there else f"{module} is imported from {file}, not from {path}")
    return ImportProof(location=location.name, module=module, version=imported.version, file=file, failure=failure)


def _outcome(
    kind: OutcomeKind,
    title: str,
    commands: tuple[str, ...],
    proofs: tuple[ImportProof, ...] = (),
    *,
    notes: tuple[str, ...] = (),
    reason: str | None = None,
) -> Outcome:
    staged = StagedPlan(plan=Plan(title=title, steps=()), effects=(), commands=commands, proofs=proofs)
    return Outcome(kind=kind, staged=staged, notes=notes, reason=reason)
