"""Where the modules of a workspace can come from: their repositories' remotes and tags, and the registries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.provenance import Provenance, RegistryReleases, RemoteQuestion
from dagster_commons.tools.git import git
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.submodules.urls import default_remote_url

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Workspace

NOTHING_REMOTE = RemoteQuestion()


def read_provenances(workspace: Workspace, question: RemoteQuestion = NOTHING_REMOTE) -> Mapping[str, Provenance]:
    """What is known of every shared module and of every project here that is no code location, by name.

    Of registries on the web those of `question` are asked; one that does not answer says why in its place.

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
    on_the_web = _read_remote(workspace, question, names)
    names |= on_the_web.keys()
    remotes: dict[Path, tuple[str | None, tuple[str, ...]]] = {}
    local = {name: _provenance(workspace, name, projects.get(name), registries, remotes) for name in sorted(names)}
    return {
        name: replace(each, registries=(*each.registries, *on_the_web.get(name, ()))) for name, each in local.items()
    }


def _read_remote(
    workspace: Workspace, question: RemoteQuestion, managed: Collection[str]
) -> Mapping[str, tuple[RegistryReleases, ...]]:
    if not question.registries:
        return {}
    from dagster_commons.discovery.remote_releases import read_remote_releases  # noqa: PLC0415 - few have one

    return read_remote_releases(workspace, question, managed)


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
        registries=tuple(_in_directory(each, name) for each in registries),
    )


def _tags(repository: Path) -> tuple[str, ...]:
    return tuple(git(repository, "tag", "--list", "--sort=creatordate").text.split())


def _in_directory(registry: EmbeddedRegistry, name: str) -> RegistryReleases:
    directory = registry.directory
    if not directory.is_dir():
        return RegistryReleases(registry=registry.name)
    versions = embedded.releases(directory, name)
    return RegistryReleases(
        registry=registry.name,
        releases=tuple(
            embedded.wheel_metadata(directory, name, each.version) for each in versions if each.yanked is None
        ),
        yanked=tuple(each.version for each in versions if each.yanked is not None),
    )
