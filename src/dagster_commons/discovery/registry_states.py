"""The indexes in directories that a workspace names, as they are on disk: pages, yanked versions, changed files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.registry import Problem, RegistryState

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.workspace import Workspace


def read_registry_states(workspace: Workspace) -> tuple[RegistryState, ...]:
    """Every such index once, by directory; every file of an embedded registry is compared with its page."""
    names: dict[Path, str | None] = {}
    for project in workspace.projects:
        for index in project.indexes:
            directory = index.directory_from(project.directory)
            if directory is not None:
                names.setdefault(directory, index.name)
    for registry in workspace.configuration.registries:
        if isinstance(registry, EmbeddedRegistry):
            names[registry.directory] = registry.name
    return tuple(_state(name, directory) for directory, name in sorted(names.items()))


def _state(name: str | None, directory: Path) -> RegistryState:
    if not directory.is_dir():
        return RegistryState(name=name, directory=directory)
    from dagster_commons.tools.indexes import embedded  # noqa: PLC0415 - lazy: many workspaces have none

    modules = embedded.names(directory)
    yanked: list[tuple[str, str]] = []
    problems: tuple[Problem, ...]
    try:
        for module in modules:
            yanked += [
                (module, each.version) for each in embedded.releases(directory, module) if each.yanked is not None
            ]
        problems = embedded.verify(directory)
    except ToolError as error:
        problems = (Problem(file=error.file or directory, message=error.message),)
    return RegistryState(
        name=name, directory=directory, is_there=True, names=modules, yanked=tuple(yanked), problems=problems
    )
