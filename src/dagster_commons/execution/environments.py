"""The user's own environments: synced after a change, made ready in a fresh clone, overridden by a link."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, ToolError, UsageError
from dagster_commons.model.outcomes import ImportProof, Outcome, StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import LockProject, Plan
from dagster_commons.probe.environments import python_of
from dagster_commons.probe.imports import import_module
from dagster_commons.tools import git
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Workspace


def sync_existing(workspace: Workspace, plan: Plan) -> tuple[str, ...]:
    """After `plan` was applied: sync the `.venv` of each relocked project that has one; what was done, or why not."""
    roots = {step.directory for step in plan.steps if isinstance(step, LockProject)}
    roots |= {expectation.project for expectation in plan.expectations}
    notes: list[str] = []
    for directory in sorted(root for root in roots if (root / ".venv").is_dir()):
        place = relative(directory, workspace.root)
        answer = uv(directory, "sync", "--locked", "--inexact", check=False)
        if answer.exit_code == 0:
            notes.append(f"synced {place}/.venv")
        else:
            said = answer.error_text.splitlines()[-1:] or [f"exit code {answer.exit_code}"]
            notes.append(f"{place}/.venv could not be synced ({said[0]}): uv sync --project {shlex.quote(place)}")
    return tuple(notes)


def sync(workspace: Workspace, locations: Iterable[CodeLocation], *, dry_run: bool) -> Outcome:
    """Initialise the submodules of the locations' repositories recursively, then sync each environment from its lock.

    Raises:
        ToolError: a remote is unreachable, or a lock is missing or stale.

    """
    projects = _uv_projects(workspace, locations)
    commands: list[str] = []
    for repository in _superprojects(workspace, projects):
        if (repository / ".gitmodules").exists():
            commands.append(f"git -C {relative(repository, workspace.root)} submodule update --init --recursive")
            if not dry_run:
                git.git(repository, "submodule", "update", "--init", "--recursive")
    for project in projects:
        commands.append(f"uv sync --locked --project {relative(project.directory, workspace.root)}")
        if not dry_run:
            _sync_from_lock(project, workspace.root)
    return _outcome("sync", commands, (), dry_run=dry_run)


def link(workspace: Workspace, locations: Iterable[CodeLocation], module: str, path: Path, *, dry_run: bool) -> Outcome:
    """Install the project at `path` as `module`, editable, into each location's environment; nothing else changes.

    Raises:
        UsageError: `path` is not the project of `module`.
        RefusedError: a location has no environment yet, or does not use the module.
        ToolError: uv could not install it.

    """
    _require_project_of(module, path)
    commands: list[str] = []
    proofs: list[ImportProof] = []
    for location, project in _users(workspace, locations, module):
        python = python_of(_environment(project))
        at = relative(project.directory, workspace.root)
        target = relative(path, workspace.root)
        commands.append(f"uv pip install --python {at}/.venv --no-deps --editable {target}")
        if not dry_run:
            uv(project.directory, "pip", "install", "--python", str(python), "--no-deps", "--editable", str(path))
            proofs.append(_proof(workspace, location, module, python, path))
    return _outcome(f"link {module} to {relative(path, workspace.root)}", commands, tuple(proofs), dry_run=dry_run)


def unlink(workspace: Workspace, locations: Iterable[CodeLocation], module: str, *, dry_run: bool) -> Outcome:
    """Give each location's environment the `module` of its lock back.

    Raises:
        RefusedError: a location has no environment, or does not use the module.
        ToolError: uv could not sync, e.g. because the lock is stale.

    """
    commands: list[str] = []
    for _, project in _users(workspace, locations, module):
        _environment(project)
        at = relative(project.directory, workspace.root)
        commands.append(f"uv sync --locked --inexact --reinstall-package {module} --project {at}")
        if not dry_run:
            uv(project.directory, "sync", "--locked", "--inexact", "--reinstall-package", module)
    return _outcome(f"unlink {module}", commands, (), dry_run=dry_run)


def _uv_projects(workspace: Workspace, locations: Iterable[CodeLocation]) -> tuple[Project, ...]:
    found = {location.path: workspace.project_at(location.path) for location in locations}
    return tuple(each for each in found.values() if each is not None and each.manager == "uv")


def _superprojects(workspace: Workspace, projects: Iterable[Project]) -> tuple[Path, ...]:
    found: dict[Path, None] = {}
    for project in projects:
        home = workspace.repository_of(project.directory)
        if home is not None:
            found[home.superproject or home.root] = None
    return tuple(found)


def _sync_from_lock(project: Project, root: Path) -> None:
    answer = uv(project.directory, "sync", "--locked", check=False)
    if answer.exit_code != 0:
        place = relative(project.directory, root)
        raise ToolError(
            f"`uv sync --locked` failed in {place}:\n{answer.error_text}",
            hint=f"a missing or stale lock is mended by `commons lock -l {project.name}`",
        )


def _require_project_of(module: str, path: Path) -> None:
    from dagster_commons.model.names import normalise_name  # noqa: PLC0415 - needed at run time only here
    from dagster_commons.tools import pyproject  # noqa: PLC0415

    file = path / "pyproject.toml"
    if not file.exists():
        raise UsageError(f"{path} is no project: it has no pyproject.toml", hint="give the module's project directory")
    name = pyproject.string(pyproject.read(file.read_text(encoding="utf-8"), file), "project", "name")
    if name is None or normalise_name(name) != module:
        raise UsageError(f"the project at {path} is {name or 'nameless'}, not {module}", file=file)


def _users(
    workspace: Workspace, locations: Iterable[CodeLocation], module: str
) -> tuple[tuple[CodeLocation, Project], ...]:
    using = {use.location for use in workspace.uses_of(module)}
    pairs = ((location, workspace.project_at(location.path)) for location in locations if location.name in using)
    found = tuple((location, project) for location, project in pairs if project is not None)
    if not found:
        raise RefusedError(f"no chosen location uses {module}", hint="commons status shows the uses")
    return found


def _environment(project: Project) -> Path:
    environment = (project.uv_root or project.directory) / ".venv"
    if not environment.is_dir():
        raise RefusedError(
            f"{project.name} has no environment at {environment}", hint=f"commons sync -l {project.name}"
        )
    return environment


def _proof(workspace: Workspace, location: CodeLocation, module: str, python: Path, path: Path) -> ImportProof:
    known = workspace.module(module)
    names = known.project.import_packages if known is not None and known.project is not None else ()
    imported = import_module(python, distribution=module, import_packages=names or (module.replace("-", "_"),))
    file = imported.files[0] if imported.files else None
    is_there = file is not None and file.is_relative_to(path.resolve())
    failure = imported.error or (None if is_there else f"{module} is imported from {file}, not from {path}")
    return ImportProof(location=location.name, module=module, version=imported.version, file=file, failure=failure)


def _outcome(title: str, commands: list[str], proofs: tuple[ImportProof, ...], *, dry_run: bool) -> Outcome:
    staged = StagedPlan(plan=Plan(title=title, steps=()), effects=(), commands=tuple(commands), proofs=proofs)
    return Outcome(kind="planned" if dry_run else "applied", staged=staged, notes=() if dry_run else tuple(commands))
