"""A local override of a shared module, in environments alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, ToolError, UsageError
from dagster_commons.execution.environments import environment_of
from dagster_commons.model.names import normalise_name
from dagster_commons.model.outcomes import ImportProof, Outcome, StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import Plan
from dagster_commons.probe.environments import install_link, python_of
from dagster_commons.probe.imports import import_module
from dagster_commons.proof.planned_verdicts import linked_verdicts
from dagster_commons.proof.uv_words import in_users_words
from dagster_commons.tools import pyproject
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.verdicts import LocationVerdict
    from dagster_commons.model.workspace import CodeLocation, Workspace
    from dagster_commons.proof.planned_verdicts import Judging


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedLink:
    """The project at `path` as `module`: which environments get it, and what that does to the definitions."""

    module: str
    path: Path
    users: tuple[tuple[CodeLocation, Project], ...]
    staged: StagedPlan


def stage_link(
    workspace: Workspace, locations: Iterable[CodeLocation], module: str, path: Path, judging: Judging | None
) -> StagedLink:
    """Compare the definitions with the `module` of each lock and with the project at `path`; nothing is written.

    Code locations that have their environment in common with one of `locations` are compared, too.

    Raises:
        UsageError: `path` is not the project of `module`.
        RefusedError: a location has no environment yet, or does not use the module.
        ToolError: the working tree or the project could not be copied.

    """
    _require_project_of(module, path)
    users = _users(workspace, locations, module)
    verdicts: tuple[LocationVerdict, ...] = ()
    if judging is not None:
        verdicts = linked_verdicts(workspace, path, _in_the_same_environments(workspace, users, module), judging)
    target = relative(path, workspace.root)
    environments = dict.fromkeys(_shown(workspace, project) for _, project in users)
    commands = tuple(f"uv pip install --python {each} --no-deps --editable {target}" for each in environments)
    staged = _staged(f"link {module} to {target}", commands, verdicts=verdicts)
    return StagedLink(module=module, path=path, users=users, staged=staged)


def link(workspace: Workspace, asked: StagedLink) -> Outcome:
    """Install the project, editable, into each environment; nothing else changes.

    Where the module then cannot be imported, every environment gets its own module back.

    Raises:
        ToolError: uv could not install it.

    """
    for _, project in asked.users:
        try:
            install_link(project.directory, python_of(environment_of(project)), asked.path)
        except ToolError as error:
            raise in_users_words(error, workspace) from error
    proofs = tuple(_proof(workspace, location, project, asked) for location, project in asked.users)
    staged = replace(asked.staged, proofs=proofs)
    if all(each.failure is None for each in proofs):
        environments = dict.fromkeys(_shown(workspace, project) for _, project in asked.users)
        return Outcome(kind="applied", staged=staged, notes=tuple(f"linked in {each}" for each in environments))
    for _, project in asked.users:
        _give_back(workspace, project, asked.module)
    reason = "the environments have the module of their locks again; a link brings no new dependencies along"
    return Outcome(kind="rolled-back", staged=staged, reason=reason)


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
    staged = _staged(f"unlink {module}", tuple(commands))
    return Outcome(kind="planned" if dry_run else "applied", staged=staged, notes=tuple(notes))


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


def _in_the_same_environments(
    workspace: Workspace, users: Iterable[tuple[CodeLocation, Project]], module: str
) -> tuple[CodeLocation, ...]:
    """Every location that uses `module` in one of the environments of `users`: a link is for all of them."""
    environments = {environment_of(project) for _, project in users}
    using = {use.location for use in workspace.uses_of(module)}
    pairs = ((each, workspace.project_at(each.path)) for each in workspace.locations if each.name in using)
    return tuple(each for each, project in pairs if project is not None and environment_of(project) in environments)


def _give_back(workspace: Workspace, project: Project, module: str) -> None:
    try:
        uv(project.directory, "sync", "--locked", "--inexact", "--reinstall-package", module)
    except ToolError as error:
        raise in_users_words(error, workspace) from error


def _proof(workspace: Workspace, location: CodeLocation, project: Project, asked: StagedLink) -> ImportProof:
    module, path = asked.module, asked.path
    known = workspace.module(module)
    names = known.project.import_packages if known is not None and known.project is not None else ()
    imported = import_module(python_of(environment_of(project)), distribution=module, import_packages=names)
    file = imported.files[0] if imported.files else None
    is_there = file is not None and file.is_relative_to(path.resolve())
    failure = imported.error or (None if is_there else f"{module} is imported from {file}, not from {path}")
    return ImportProof(location=location.name, module=module, version=imported.version, file=file, failure=failure)


def _staged(title: str, commands: tuple[str, ...], verdicts: tuple[LocationVerdict, ...] = ()) -> StagedPlan:
    plan = Plan(title=title, steps=())
    return StagedPlan(plan=plan, effects=(), commands=commands, proofs=(), verdicts=verdicts)
