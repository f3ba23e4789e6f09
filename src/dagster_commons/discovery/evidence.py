"""disk -> Evidence: the Workspace, and what `check` alone reads beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.evidence import Evidence
from dagster_commons.discovery.build_files import read_build_files
from dagster_commons.discovery.memory import Memory
from dagster_commons.discovery.recorded_submodules import leftover_git_directories, read_submodules
from dagster_commons.discovery.registry_states import read_registry_states
from dagster_commons.discovery.source_files import python_folders, read_source_files
from dagster_commons.discovery.workspaces import in_order, read_with_enumeration
from dagster_commons.errors import UsageError
from dagster_commons.tools import lockfile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.discovery.enumeration import Enumeration
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.tools.lockfile import Lock


def read_evidence(root: Path, *, offline: bool = False) -> Evidence:
    """Everything under `root` and in the fleet that a rule may look at.

    A broken file is a finding of the Workspace and never stops the rest.  `offline` leaves the clones of fleet URLs as
    they are.

    Raises:
        UsageError: `commons.toml` is invalid.
        ToolError: git is not installed, or the cache cannot be written.

    """
    workspace, enumeration = read_with_enumeration(root, offline=offline)
    files, findings = read_build_files(enumeration)
    memory = Memory(workspace.root, part="sources")
    sources = read_source_files(workspace, enumeration, memory)
    memory.save()
    return Evidence(
        workspace=replace(workspace, findings=in_order((*workspace.findings, *findings))),
        files=files,
        locks=tuple(_locks(workspace)),
        sources=sources,
        python_folders=python_folders(enumeration),
        listed=frozenset(_listed(enumeration)),
        submodules=read_submodules(enumeration),
        leftovers=leftover_git_directories(enumeration),
        registries=read_registry_states(workspace),
    )


def _listed(enumeration: Enumeration) -> set[str]:
    found: set[str] = set()
    for top, names in enumeration.listed:
        directory = str(top)
        found.add(directory)
        for name in names:
            path = name
            while path and f"{directory}/{path}" not in found:
                found.add(f"{directory}/{path}")
                path = path.rpartition("/")[0]
    return found


def _locks(workspace: Workspace) -> Iterator[Lock]:
    """The locks of all projects; what cannot be read was reported when the uses were judged."""
    roots = {project.uv_root for project in workspace.projects if project.uv_root is not None}
    for root in sorted(roots):
        file = root / "uv.lock"
        if file.is_file():
            try:
                yield lockfile.read(file)
            except UsageError:
                continue
