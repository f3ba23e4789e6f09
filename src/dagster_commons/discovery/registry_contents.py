"""What the registries of commons.toml hold, of every kind, and who uses which of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from dagster_commons.analysis.registry_users import users_of_registry
from dagster_commons.discovery.remote_listings import read_listings
from dagster_commons.errors import ToolError
from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.paths import relative
from dagster_commons.model.registry import Listed, ModuleReleases, RegistryListing, Unread
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dagster_commons.model.registry import Listing
    from dagster_commons.model.workspace import Workspace


def read_contents(workspace: Workspace, modules: Iterable[str], *, offline: bool) -> tuple[RegistryListing, ...]:
    """Every registry: the embedded ones whole, of those on the web the pages of `modules`.

    What cannot be read says why; with `offline` no server is asked.

    Raises:
        ToolError: the directory of an embedded registry is missing.

    """
    registries = workspace.configuration.registries
    remote = (each for each in registries if isinstance(each, RemoteRegistry))
    names = tuple(modules)
    answers = read_listings(((registry, module) for registry in remote for module in names), offline=offline)
    found: list[RegistryListing] = []
    for registry in registries:
        match registry:
            case EmbeddedRegistry():
                listing = _in_directory(workspace, registry)
            case RemoteRegistry():
                listing = _on_the_web(registry, {module: answers[registry, module] for module in names})
            case _:
                assert_never(registry)
        used = (replace(each, users=users_of_registry(workspace, registry, each.module)) for each in listing.modules)
        is_remote = isinstance(registry, RemoteRegistry)
        kept = (each for each in used if each.versions or each.users or each.unread or not is_remote)
        found.append(replace(listing, modules=tuple(kept)))
    return tuple(found)


def _in_directory(workspace: Workspace, registry: EmbeddedRegistry) -> RegistryListing:
    listing = RegistryListing(
        name=registry.name,
        kind="embedded",
        place=relative(registry.directory, workspace.root),
        problems=embedded.verify(registry.directory),
    )
    modules: list[ModuleReleases] = []
    for name in embedded.names(registry.directory):
        try:
            modules.append(_module(name, Listed(versions=embedded.releases(registry.directory, name))))
        except ToolError as error:
            return replace(listing, unread=Unread(reason=error.message, hint=error.hint))
    return replace(listing, modules=tuple(modules))


def _on_the_web(registry: RemoteRegistry, answers: Mapping[str, Listing]) -> RegistryListing:
    """Not read as a whole where no page was; else each page that was not says why."""
    listing = RegistryListing(name=registry.name, kind=registry.kind, place=registry.index_url)
    unread = [each for each in answers.values() if isinstance(each, Unread)]
    if unread and len(unread) == len(answers):
        return replace(listing, unread=unread[0])
    return replace(listing, modules=tuple(_module(name, each) for name, each in sorted(answers.items())))


def _module(name: str, listing: Listing) -> ModuleReleases:
    match listing:
        case Listed(versions=versions):
            return ModuleReleases(module=name, versions=versions, newest=listing.newest)
        case Unread(reason=reason):
            return ModuleReleases(module=name, unread=reason)
        case _:
            assert_never(listing)
