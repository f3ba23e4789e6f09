"""Planning `lock`: the locks that no longer say what the projects say, made anew, and what they must still give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.model.plan import ImportExpected, LockProject, Plan
from dagster_commons.model.sources import PathSource, SubmoduleSource, source_directory
from dagster_commons.plans.admission import require_writable
from dagster_commons.plans.by_repository import stated_version

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.workspace import CodeLocation, Use, Workspace

_EXACT_PIN = re.compile(r"==\s*([A-Za-z0-9.!+_-]+)\s*(?:;|$)")


def relock_plan(workspace: Workspace, locations: Iterable[CodeLocation]) -> Plan:
    """Lock those of `locations` whose lock is not known to be current; an unknown one costs uv a look.

    Raises:
        RefusedError: a project that we do not write.

    """
    steps: dict[Path, LockProject] = {}
    expectations: list[ImportExpected] = []
    for location in locations:
        if all(use.lock.kind == "current" for use in workspace.uses if use.location == location.name):
            continue
        project = require_writable(workspace, location, workspace.project_at(location.path))
        root = project.uv_root or project.directory
        steps[root] = LockProject(directory=root)
        expectations += expected_of(workspace, location)
    title = "lock" if steps else "every lock is current"
    return Plan(title=title, steps=tuple(steps.values()), expectations=tuple(expectations))


def expected_of(workspace: Workspace, location: CodeLocation) -> tuple[ImportExpected, ...]:
    """What the environment of `location` imports of the modules that it uses, once it is locked."""
    uses = (use for use in workspace.uses if use.location == location.name)
    return tuple(_expected(workspace, use, location.path) for use in uses if _is_installed(use))


def _is_installed(use: Use) -> bool:
    """Whether a plain sync installs it; extras and groups other than `dev` are chosen by the user."""
    return use.extra is None and use.group in (None, "dev") and ";" not in use.requirement


def _expected(workspace: Workspace, use: Use, project: Path) -> ImportExpected:
    module = workspace.module(use.module)
    known = module.project.import_packages if module is not None and module.project is not None else ()
    return ImportExpected(
        location=use.location,
        project=project,
        module=use.module,
        import_packages=known,
        version=_version(workspace, use),
        place=source_directory(use.source) if _is_read_in_place(use) else None,
    )


def _version(workspace: Workspace, use: Use) -> str | None:
    """The version that the working tree has or the requirement pins; any where neither says one."""
    directory = source_directory(use.source)
    if directory is not None:
        return stated_version(workspace.project_at(directory))
    pin = _EXACT_PIN.search(use.requirement)
    return pin[1] if pin is not None else None


def _is_read_in_place(use: Use) -> bool:
    """A path that is not editable is built into the environment."""
    return use.source.editable if isinstance(use.source, PathSource | SubmoduleSource) else True
