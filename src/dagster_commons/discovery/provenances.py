"""Where the modules of a workspace can come from: their repositories' remotes and tags, and the embedded registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.provenance import Provenance, RegistryReleases
from dagster_commons.tools.git import git
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.submodules.urls import default_remote_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.registry import Metadata
    from dagster_commons.model.workspace import Workspace


def read_provenances(workspace: Workspace) -> Mapping[str, Provenance]:
    """What is known of every shared module and of every project here that is no code location, by name.

    Raises:
        ToolError: a repository or a registry cannot be read.

    """
    locations = {location.path for location in workspace.locations}
    projects = {each.name: each for each in workspace.projects if each.directory not in locations}
    projects |= {each.name: each.project for each in workspace.modules if each.project is not None}
    registries = tuple(each for each in workspace.configuration.registries if isinstance(each, EmbeddedRegistry))
    names = projects.keys() | {each.name for each in workspace.modules}
    names |= {
        name for registry in registries if registry.directory.is_dir() for name in embedded.names(registry.directory)
    }
    remotes: dict[Path, tuple[str | None, tuple[str, ...]]] = {}
    return {name: _provenance(workspace, name, projects.get(name), registries, remotes) for name in sorted(names)}


def _provenance(
    workspace: Workspace,
    name: str,
    project: Project | None,
    registries: tuple[EmbeddedRegistry, ...],
    remotes: dict[Path, tuple[str | None, tuple[str, ...]]],
) -> Provenance:
    home = workspace.repository_of(project.directory) if project is not None else None
    if home is not None and home.root not in remotes:
        remotes[home.root] = (default_remote_url(home.root), _tags(home.root))
    remote_url, tags = remotes[home.root] if home is not None else (None, ())
    return Provenance(
        module=name,
        project=project,
        repository=home.root if home is not None else None,
        remote_url=remote_url,
        tags=tags,
        registries=tuple(
            RegistryReleases(registry=each.name, releases=_releases(each.directory, name)) for each in registries
        ),
    )


def _tags(repository: Path) -> tuple[str, ...]:
    return tuple(git(repository, "tag", "--list", "--sort=creatordate").text.split())


def _releases(directory: Path, name: str) -> tuple[Metadata, ...]:
    if not directory.is_dir():
        return ()
    return tuple(
        embedded.wheel_metadata(directory, name, release.version)
        for release in embedded.releases(directory, name)
        if release.yanked is None
    )
