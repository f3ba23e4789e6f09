"""The releases of modules in registries on the web, with what they require, as far as planning needs them.

What a release requires costs a request, once: it is read for the newest versions and for those that somebody has or
wants.  Of older ones it is known that they are there.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.discovery.parallel import in_threads
from dagster_commons.discovery.remote_listings import read_listings
from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.names import requirement_name
from dagster_commons.model.provenance import RegistryReleases
from dagster_commons.model.registry import Metadata, Unread
from dagster_commons.model.versions import is_same_version
from dagster_commons.tools.indexes.index import open_index

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dagster_commons.model.configuration import RemoteRegistry
    from dagster_commons.model.provenance import RemoteQuestion
    from dagster_commons.model.registry import Listing, ReleasedVersion
    from dagster_commons.model.workspace import Workspace

NEWEST_READ = 12  # versions of a module in a registry
TOO_OLD = Unread(reason=f"it is not among the newest {NEWEST_READ} versions")

_Release: TypeAlias = "tuple[RemoteRegistry, str, ReleasedVersion]"  # and the module


def read_remote_releases(
    workspace: Workspace, question: RemoteQuestion, managed: Collection[str]
) -> Mapping[str, tuple[RegistryReleases, ...]]:
    """By module: those asked for and, of `managed` ones, what they bring along; in the order of the registries.

    A registry that does not answer is a value with the reason.
    """
    found: defaultdict[str, list[RegistryReleases]] = defaultdict(list)
    waiting = {each for each in question.modules if question.is_any_module or each in managed}
    while waiting:
        asked = [(registry, module) for module in sorted(waiting) for registry in question.registries]
        listings = read_listings(asked, offline=question.offline)
        metadata = _read_metadata(_worth_reading(workspace, question, listings))
        for (registry, module), listing in listings.items():
            found[module].append(_releases(registry, module, listing, metadata))
        waiting = (set(_brought(metadata.values())) & set(managed)) - found.keys()
    return {module: tuple(each) for module, each in found.items()}


def _worth_reading(
    workspace: Workspace, question: RemoteQuestion, listings: Mapping[tuple[RemoteRegistry, str], Listing]
) -> Iterator[_Release]:
    for (registry, module), listing in listings.items():
        if isinstance(listing, Unread):
            continue
        known = workspace.module(module)
        had = {use.locked for use in workspace.uses_of(module)} | {known.version if known is not None else None}
        wanted = {*had, question.version if module in question.modules else None} - {None}
        releases = [each for each in listing.versions if each.yanked is None]
        for position, release in enumerate(reversed(releases)):
            is_wanted = any(each is not None and is_same_version(each, release.version) for each in wanted)
            if position < NEWEST_READ or is_wanted:
                yield registry, module, release


def _read_metadata(releases: Iterable[_Release]) -> Mapping[tuple[str, str, str], Metadata]:
    """By registry, module and version."""
    asked = tuple(releases)
    keys = ((registry.name, module, release.version) for registry, module, release in asked)
    return dict(zip(keys, in_threads(_ask, asked), strict=True))


def _ask(release: _Release) -> Metadata:
    registry, module, version = release
    try:
        return open_index(registry).metadata(module, version)
    except (ToolError, UsageError) as error:
        return _unknown(module, version, Unread(reason=error.message, hint=error.hint))


def _releases(
    registry: RemoteRegistry, module: str, listing: Listing, metadata: Mapping[tuple[str, str, str], Metadata]
) -> RegistryReleases:
    if isinstance(listing, Unread):
        return RegistryReleases(registry=registry.name, unread=listing)
    return RegistryReleases(
        registry=registry.name,
        releases=tuple(
            metadata.get((registry.name, module, each.version)) or _unknown(module, each, TOO_OLD)
            for each in listing.versions
            if each.yanked is None
        ),
        yanked=tuple(each.version for each in listing.versions if each.yanked is not None),
    )


def _unknown(module: str, release: ReleasedVersion, reason: Unread) -> Metadata:
    return Metadata(name=module, version=release.version, requires_dist=reason, requires_python=release.requires_python)


def _brought(metadata: Iterable[Metadata]) -> Iterator[str]:
    for each in metadata:
        yield from map(requirement_name, each.known_requirements)
