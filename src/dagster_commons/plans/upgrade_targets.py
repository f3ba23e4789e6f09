"""Where one use of a module would move to, or why it stays: by registry, by tag, never by guess."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.remote_reach import remote_registries_of
from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.provenance import Provenance, Upstream
from dagster_commons.model.sources import (
    GitSource,
    IndexSource,
    MemberSource,
    PathSource,
    SubmoduleSource,
    source_directory,
)
from dagster_commons.model.upgrades import Stay
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.admission import require_editable_use, require_python
from dagster_commons.plans.by_index import by_index
from dagster_commons.plans.offers import Request
from dagster_commons.plans.tags import newest_version, tag_for, version_of
from dagster_commons.plans.wiring import EmbeddedIndexWiring, RemoteIndexWiring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import Tag
    from dagster_commons.model.registry import Unread
    from dagster_commons.model.upgrades import UpgradeRequest
    from dagster_commons.model.workspace import Use, UseState
    from dagster_commons.plans.offers import Offer

TAGS_SHOWN = 5
_PIN = re.compile(r"===?\s*(?P<version>[^\s,;*]+)\s*(?:;.*)?$")
_UNMOVABLE: dict[UseState, str] = {
    "not-initialised": "the submodule is not checked out: commons sync",
    "missing": "the submodule is not there",
    "orphan": ".gitmodules has no entry for the submodule",
    "other-commit": "the submodule is checked out at another commit than the repository records: "
    "stage that commit, or commons sync",
    "dirty": "the submodule has changed files",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a use moves to; `version` None: the tag names none.

    `constraints` are exact pins of the managed modules that come along.
    """

    version: str | None
    tag: Tag | None = None
    constraints: tuple[str, ...] = ()
    index: str | None = None  # that what comes along must be tied to by a source
    warnings: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()  # what the release requires, where that can be read

    @property
    def title(self) -> str:
        """The version, or the tag where it names none."""
        return self.version or (self.tag.name if self.tag is not None else "")


def target_of(offer: Offer, project: Project, use: Use, request: UpgradeRequest) -> Target | Stay:
    """The version that was asked for, or the newest final one that is newer than the one in use."""
    try:
        require_editable_use(use, project)
    except RefusedError as error:
        if not isinstance(use.source, MemberSource):
            return Stay(kind="refused", reason=error.message)
    match use.source:
        case PathSource() | MemberSource():
            return Stay(kind="fixed", reason="follows the working tree")
        case IndexSource():
            return _by_index(offer, project, use, request)
        case SubmoduleSource():
            unmovable = next((_UNMOVABLE[state] for state in use.state if state in _UNMOVABLE), None)
            return Stay(kind="refused", reason=unmovable) if unmovable else _by_tag(offer, use, request, like=None)
        case GitSource(reference_kind="tag" | "rev", reference=reference):
            return _by_tag(offer, use, request, like=reference)
        case GitSource(reference=reference):
            followed = f"branch {reference}" if reference else "the default branch"
            return Stay(kind="fixed", reason=f"follows {followed}: uv lock --upgrade-package {use.module}")


def version_in_use(offer: Offer, use: Use) -> str | None:
    """What the location has today; a directory is used as it is, whatever a stale lock says of it."""
    directory = source_directory(use.source)
    in_tree = offer.versions.get(directory) if directory is not None else None
    if in_tree is not None or use.locked is not None:
        return in_tree or use.locked
    pin = _PIN.search(use.requirement)
    if pin is not None:
        return pin["version"]
    upstream = _upstream(offer, use)
    at_commit = (version_of(each.name, use.module) for each in upstream.tags if each.commit == upstream.commit)
    return next((version for version in at_commit if version is not None), None)


def newest_known(offer: Offer, project: Project, use: Use) -> str | None:
    """The newest final version that the use could move to."""
    if isinstance(use.source, SubmoduleSource | GitSource):
        return newest_version(_upstream(offer, use).tags, use.module)
    registry = _registry(offer, project, use) if isinstance(use.source, IndexSource) else None
    if registry is None:
        return None
    releases = (offer.provenances.get(use.module) or Provenance(module=use.module)).releases_in(registry.name)
    return _newest(each.version for each in releases)


def unread_registry(offer: Offer, project: Project, use: Use) -> Unread | None:
    """Why it is not known which versions the registry of the use has; None: it is, or the use has none."""
    return _unread(offer, use, _registry(offer, project, use)) if isinstance(use.source, IndexSource) else None


def untagged(upstream: Upstream, what: str) -> str:
    """Why there is no tag to move to, with the tags that there are."""
    known = ", ".join(each.name for each in upstream.tags[-TAGS_SHOWN:])
    unread = f"; {upstream.unread}" if upstream.unread is not None else ""
    return f"its repository has no {what}{f' (it has: {known})' if known else ''}{unread}"


def _by_index(offer: Offer, project: Project, use: Use, request: UpgradeRequest) -> Target | Stay:
    registry = _registry(offer, project, use)
    wanted = request.version or newest_known(offer, project, use)
    unread = _unread(offer, use, registry)
    if wanted is None:
        return _without_version(use, registry, unread)
    present = _present(offer, use, wanted, is_named=request.version is not None)
    if present is not None:
        return present
    if registry is None or unread is not None:
        return Target(version=wanted, warnings=() if unread is None else (unread.reason,))
    return _released(offer, project, use, wanted, registry)


def _without_version(use: Use, registry: Registry | None, unread: Unread | None) -> Stay:
    if unread is not None:
        hint = f" ({unread.hint})" if unread.hint else ""
        return Stay(kind="refused", reason=f"{unread.reason}{hint}; or name one: {use.module}==VERSION")
    if registry is not None:
        return Stay(kind="fixed", reason=f"registry {registry.name} holds no final version of {use.module}")
    reason = f"the versions in {_index_name(use)} cannot be read here: name one, {use.module}==VERSION"
    return Stay(kind="fixed", reason=reason)


def _released(offer: Offer, project: Project, use: Use, wanted: str, registry: Registry) -> Target | Stay:
    provenance = offer.provenances.get(use.module) or Provenance(module=use.module)
    request = Request(module=use.module, via="index", version=wanted, registry=registry.name)
    try:
        provision = by_index(offer, project, provenance, request, None)
        require_python(project, use.module, provision.requires_python)
    except (RefusedError, UsageError) as error:
        hint = f" ({error.hint})" if isinstance(error, UsageError) and error.hint else ""
        return Stay(kind="refused", reason=f"{error.message}{hint}")
    release = next(each for each in provenance.releases_in(registry.name) if each.version == provision.version)
    target = Target(version=release.version, requires=release.known_requirements)
    match provision.wiring:
        case EmbeddedIndexWiring(constraints=constraints):
            return replace(target, constraints=constraints)
        case RemoteIndexWiring(constraints=constraints):
            named = use.source.index if isinstance(use.source, IndexSource) else None
            return replace(target, constraints=constraints, index=named, warnings=provision.warnings)
        case _:
            return target


def _unread(offer: Offer, use: Use, registry: Registry | None) -> Unread | None:
    if not isinstance(registry, RemoteRegistry):
        return None
    return (offer.provenances.get(use.module) or Provenance(module=use.module)).unread_in(registry.name)


def _registry(offer: Offer, project: Project, use: Use) -> Registry | None:
    """The registry that the use reads; None for an index that commons.toml does not name."""
    embedded = [each for each in offer.workspace.configuration.registries if isinstance(each, EmbeddedRegistry)]
    remote = remote_registries_of(offer.workspace, use)
    named = use.source.index if isinstance(use.source, IndexSource) else None
    if named is not None:
        return next((each for each in embedded if each.name == named), next(iter(remote), None))
    root = offer.workspace.project_at(project.uv_root or project.directory) or project
    declared = {each.name for each in (*root.indexes, *project.indexes)}
    provenance = offer.provenances.get(use.module) or Provenance(module=use.module)
    reachable: list[Registry] = [*(each for each in embedded if each.name in declared), *remote]
    return next((each for each in reachable if provenance.releases_in(each.name)), reachable[0] if reachable else None)


def _index_name(use: Use) -> str:
    named = use.source.index if isinstance(use.source, IndexSource) else None
    return f"index {named}" if named is not None else "its index"


def _by_tag(offer: Offer, use: Use, request: UpgradeRequest, *, like: str | None) -> Target | Stay:
    upstream = _upstream(offer, use)
    if request.tag is not None:
        tag = next((each for each in upstream.tags if each.name == request.tag), None)
        version = request.version or version_of(request.tag, use.module)
        what = f"tag {request.tag}"
    else:
        version = request.version or newest_version(upstream.tags, use.module)
        tag = tag_for(upstream.tags, use.module, version, like=like) if version is not None else None
        what = f"tag of {use.module} {version}" if version is not None else "tag that names a version"
    if tag is None:
        if version is None and request.tag is None and isinstance(use.source, SubmoduleSource):
            what = f"{what} (git submodule update --remote follows its branch)"
        return Stay(kind="refused" if version or request.tag else "fixed", reason=untagged(upstream, what))
    if upstream.commit == tag.commit or (isinstance(use.source, GitSource) and use.source.reference == tag.name):
        is_named = request.version is not None or request.tag is not None
        return Stay(kind="current", reason=f"at {tag.name} already" if is_named else "no newer version is known")
    present = None
    if version is not None and request.tag is None:
        present = _present(offer, use, version, is_named=request.version is not None)
    return present or Target(version=version, tag=tag)


def _upstream(offer: Offer, use: Use) -> Upstream:
    return offer.upstreams.get((use.location, use.module)) or Upstream()


def _present(offer: Offer, use: Use, wanted: str, *, is_named: bool) -> Stay | None:
    """The reason to stay when `wanted` is in use, or when it was not named and is older."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - start-up stays fast

    in_use = version_in_use(offer, use)
    if in_use is None:
        return None
    if is_same_version(in_use, wanted):
        return Stay(kind="current", reason=f"at {wanted} already" if is_named else "no newer version is known")
    try:
        is_older = Version(wanted) < Version(in_use)
    except InvalidVersion:
        return None
    return Stay(kind="current", reason="no newer version is known") if is_older and not is_named else None


def _newest(versions: Iterable[str]) -> str | None:
    from packaging.version import Version  # noqa: PLC0415 - start-up stays fast

    finals = [version for version in map(Version, versions) if not version.is_prerelease]
    return str(max(finals)) if finals else None
