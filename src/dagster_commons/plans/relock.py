"""Planning `lock`: the locks that no longer say what the projects say, made anew, and what they must still give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.plan import ImportExpected, LockProject, Plan
from dagster_commons.model.sources import source_directory
from dagster_commons.plans.admission import require_writable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.workspace import CodeLocation, Use, Workspace


def relock_plan(workspace: Workspace, locations: Iterable[CodeLocation]) -> Plan:
    """Lock those of `locations` whose lock is not known to be current; an unknown one costs uv a look.

    Raises:
        RefusedError: a project that we do not write.

    """
    steps: dict[Path, LockProject] = {}
    expectations: list[ImportExpected] = []
    for location in locations:
        uses = [use for use in workspace.uses if use.location == location.name]
        if all(use.lock.kind == "current" for use in uses):
            continue
        project = require_writable(workspace, location, workspace.project_at(location.path))
        root = project.uv_root or project.directory
        steps[root] = LockProject(directory=root)
        expectations += [_expected(workspace, use, project.directory) for use in uses if _is_installed(use)]
    return Plan(title="lock", steps=tuple(steps.values()), expectations=tuple(expectations))


def _is_installed(use: Use) -> bool:
    """Whether a plain sync installs it; extras and groups other than `dev` are chosen by the user."""
    return use.extra is None and use.group in (None, "dev")


def _expected(workspace: Workspace, use: Use, project: Path) -> ImportExpected:
    module = workspace.module(use.module)
    known = module.project.import_packages if module is not None and module.project is not None else ()
    return ImportExpected(
        location=use.location,
        project=project,
        module=use.module,
        import_packages=known or (use.module.replace("-", "_"),),
        place=source_directory(use.source),
    )
