"""Which registries on the web, of those that commons.toml names, a use by index comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.configuration import RemoteRegistry
from dagster_commons.model.project import bare_url
from dagster_commons.model.sources import IndexSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.model.configuration import Configuration
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Use, Workspace


def remote_registries_of(workspace: Workspace, use: Use) -> tuple[RemoteRegistry, ...]:
    """The registries on the web that `use` may come from, in the order in which uv asks them; often none."""
    if not isinstance(use.source, IndexSource):
        return ()
    location = workspace.location(use.location)
    own = workspace.project_at(location.path) if location is not None else None
    root = workspace.project_at(own.uv_root) if own is not None and own.uv_root is not None else None
    return remote_registries(workspace.configuration, use.source, own, root)


def not_asked(registries: Iterable[RemoteRegistry]) -> str:
    """Why nothing is known of what `registries` have before they are asked."""
    return f"registry {' and '.join(each.name for each in registries)} was not asked"


def remote_registries(
    configuration: Configuration, source: IndexSource, own: Project | None, root: Project | None
) -> tuple[RemoteRegistry, ...]:
    """In the order in which uv asks them, given the project of the location and that of its uv workspace's root.

    A source that names an index comes from there alone, also where the project calls the registry otherwise; one that
    names none comes from the first that has the module among the indexes that are asked for every name.
    """
    registries = tuple(each for each in configuration.registries if isinstance(each, RemoteRegistry))
    if not registries:
        return ()
    declared = [index for project in (root, own) if project is not None for index in project.indexes]
    if source.index is None:
        asked = sorted((each for each in declared if not each.explicit), key=lambda each: each.default)
    else:
        asked = [each for each in declared if each.name == source.index]
        if not asked:
            return tuple(each for each in registries if each.name == source.index)
    by_url = {bare_url(each.index_url): each for each in registries}
    found = (by_url.get(bare_url(each.url)) for each in asked)
    return tuple(dict.fromkeys(each for each in found if each is not None))
