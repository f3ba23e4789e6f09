"""Planning `check --fix`: the findings whose remedy is mechanical, as one change that is proven like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.model.names import pinned
from dagster_commons.model.plan import LockProject, Plan, WriteFile
from dagster_commons.model.sources import IndexSource, PathSource, SubmoduleSource
from dagster_commons.plans.admission import require_writable
from dagster_commons.plans.relock import expected_of
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from dagster_commons.model.findings import Finding
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Workspace

Mend: TypeAlias = "Callable[[str, Project, Workspace], str]"


def mending_plan(workspace: Workspace, findings: Collection[Finding], texts: Mapping[Path, str]) -> Plan:
    """Mend what of `findings` can be mended; `texts` are the pyproject.toml files of the workspace.

    Raises:
        RefusedError: a project that we do not write.
        UsageError: a pyproject.toml that cannot be edited; says what to write by hand.

    """
    chosen = [each for each in findings if each.rule in MENDABLE]
    edited: dict[Path, str] = {}
    for finding in chosen:
        project = next((each for each in workspace.projects if each.file == finding.file), None)
        mend = _EDITS.get(finding.rule)
        if mend is not None and project is not None and project.file in texts:
            edited[project.file] = mend(edited.get(project.file, texts[project.file]), project, workspace)
    files = {finding.file for finding in chosen}
    concerned = [each for each in workspace.locations if not files.isdisjoint(_files_of(workspace, each))]
    writes = tuple(
        WriteFile(path=file, content=text.encode()) for file, text in sorted(edited.items()) if text != texts[file]
    )
    roots: dict[Path, LockProject] = {}
    for location in concerned:
        project = require_writable(workspace, location, workspace.project_at(location.path))
        root = project.uv_root or project.directory
        roots[root] = LockProject(directory=root)
    return Plan(
        title="mend what check found" if chosen else "there is nothing that can be mended",
        steps=(*writes, *roots.values()),
        expectations=tuple(each for location in concerned for each in expected_of(workspace, location)),
    )


def _files_of(workspace: Workspace, location: CodeLocation) -> set[Path]:
    """The files whose change a location's lock has to follow."""
    project = workspace.project_at(location.path)
    if project is None:
        return set()
    uses = {use.project / "pyproject.toml" for use in workspace.uses if use.location == location.name}
    return {project.file, (project.uv_root or project.directory) / "uv.lock", *uses}


def _with_dot(text: str, project: Project, workspace: Workspace) -> str:
    del workspace
    for declared in project.sources:
        source = declared.source
        is_bare = isinstance(source, PathSource | SubmoduleSource) and not source.written.startswith((".", "/"))
        if is_bare and not declared.is_list and isinstance(source, PathSource | SubmoduleSource):
            text = pyproject.set_source_value(text, declared.name, "path", f"./{source.written}")
    return text


def _with_pin(text: str, project: Project, workspace: Workspace) -> str:
    """The version that is locked, where every location has the same."""
    for name in sorted({use.module for use in workspace.uses if isinstance(use.source, IndexSource)}):
        versions = {use.locked for use in workspace.uses_of(name) if use.project == project.directory}
        version = next(iter(versions)) if len(versions) == 1 else None
        if version is None:
            continue
        for entry in pyproject.module_entries(pyproject.read(text, project.file), name):
            if "==" not in entry.requirement:
                requirement = pinned(entry.requirement, version)
                text = pyproject.replace_dependency(
                    text, name, requirement, extra=entry.extra, group=entry.group, old=entry.requirement
                )
    return text


_EDITS: dict[str, Mend] = {"SRC001": _with_dot, "REG001": _with_pin}
MENDABLE = frozenset({"LOCK001", "LOCK002", *_EDITS})
