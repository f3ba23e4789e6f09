"""The user's own environments: synced after a change, made ready in a fresh clone, overridden by a link."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.model.plan import AbsenceExpected, LockProject
from dagster_commons.probe.environments import python_of
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dagster_commons.model.plan import Plan
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.tools.process import Completed


def environment_of(project: Project) -> Path:
    """Where uv keeps the project's environment: at the uv workspace root where there is one."""
    return (project.uv_root or project.directory) / ".venv"


def sync_existing(workspace: Workspace, plan: Plan) -> tuple[str, ...]:
    """After `plan` was applied: sync the `.venv` of each project it changed that has one; what was done, or why not.

    What else is installed there stays, but for a module that was taken out.  An environment with a link is left alone.
    """
    return tuple(note for project in _changed_projects(workspace, plan) for note in _synced(workspace, plan, project))


def _changed_projects(workspace: Workspace, plan: Plan) -> Iterable[Project]:
    """The projects of the expectations; those of a lock alone where it has none."""
    directories = {expectation.project: None for expectation in plan.expectations}
    locked = {step.directory for step in plan.steps if isinstance(step, LockProject)}
    covered = {(workspace.project_at(each), each) for each in directories}
    covered_roots = {(project.uv_root or each) if project is not None else each for project, each in covered}
    directories |= dict.fromkeys(sorted(locked - covered_roots))
    found = (workspace.project_at(directory) for directory in directories)
    return [project for project in found if project is not None and environment_of(project).is_dir()]


def _synced(workspace: Workspace, plan: Plan, project: Project) -> Iterator[str]:
    environment = relative(environment_of(project), workspace.root)
    linked = sorted(
        {use.module for use in workspace.uses if use.project == project.directory and "linked" in use.state}
    )
    if linked:
        yield f"{environment} was not synced: {', '.join(linked)} is linked there (commons unlink {linked[0]})"
        return
    call: tuple[str, ...] = ("sync", "--locked", "--inexact")
    answer = uv(project.directory, *call, check=False)
    gone = [
        each.module
        for each in plan.expectations
        if isinstance(each, AbsenceExpected) and each.project == project.directory
    ]
    if answer.exit_code == 0 and gone:
        python = str(python_of(environment_of(project)))
        answer = uv(project.directory, "pip", "uninstall", "--python", python, *dict.fromkeys(gone), check=False)
        call = ("pip", "uninstall", "--python", environment, *dict.fromkeys(gone))
    if answer.exit_code == 0:
        yield f"synced {environment}"
    else:
        yield f"{environment} could not be synced ({_last_word(answer)}): {_typed(workspace, project, call)}"


def _last_word(answer: Completed) -> str:
    return next(
        (line for line in reversed(answer.error_text.splitlines()) if line.strip()), f"exit code {answer.exit_code}"
    )


def _typed(workspace: Workspace, project: Project, call: tuple[str, ...]) -> str:
    place = relative(project.directory, workspace.root)
    where = ("--project", place) if place != "." and call[0] == "sync" else ()
    return shlex.join(("uv", *call, *where))
