"""Who gets a module from a registry."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagster_commons.analysis.remote_reach import remote_registries_of
from dagster_commons.model.configuration import RemoteRegistry
from dagster_commons.model.sources import IndexSource

if TYPE_CHECKING:
    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.workspace import Use, Workspace


def users_of_registry(workspace: Workspace, registry: Registry, module: str) -> tuple[tuple[str, str], ...]:
    """The code locations that get `module` from `registry`, each with the version that its lock says; sorted."""
    return tuple(
        sorted(
            {
                (use.location, use.locked)
                for use in workspace.uses_of(module)
                if use.locked is not None and _comes_from(workspace, use, registry)
            }
        )
    )


def _comes_from(workspace: Workspace, use: Use, registry: Registry) -> bool:
    if not isinstance(use.source, IndexSource):
        return False
    if isinstance(registry, RemoteRegistry):
        return registry in remote_registries_of(workspace, use)
    project = workspace.project_at(use.project)
    root = workspace.project_at(project.uv_root) if project is not None and project.uv_root is not None else project
    if root is None:
        return False
    named = [each for each in root.indexes if use.source.index in (None, each.name)]
    return any(os.path.normpath(root.directory / each.url) == str(registry.directory) for each in named)
