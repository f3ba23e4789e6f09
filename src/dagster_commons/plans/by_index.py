"""A module from a package index: an exact pin, and the pins of the managed modules that come along with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.configuration import EmbeddedRegistry, Registry, RemoteRegistry
from dagster_commons.model.names import requirement_name
from dagster_commons.model.registry import Unread
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.offers import Provision
from dagster_commons.plans.wiring import EmbeddedIndexWiring, RemoteIndexWiring

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from packaging.requirements import Requirement

    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import Provenance
    from dagster_commons.model.registry import Metadata
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.plans.offers import Kept, Offer, Request


def asked_registries(workspace: Workspace, request: Request) -> tuple[RemoteRegistry, ...]:
    """The registries on the web that what they have matters of, where the module is to come from one."""
    configuration = workspace.configuration
    default = next((each for each in configuration.sources if each.module == request.module), None)
    if (request.via or (default.via if default is not None else None)) != "index":
        return ()
    name = request.registry or (default.registry if default is not None else None)
    remote = (each for each in configuration.registries if isinstance(each, RemoteRegistry))
    return tuple(each for each in remote if name in (None, each.name))


def by_index(offer: Offer, project: Project, provenance: Provenance, request: Request, kept: Kept | None) -> Provision:
    """An exact pin from the registry that was asked for, or the only one that can be meant.

    Raises:
        UsageError: the registry or the version must be named, or is not there.
        RefusedError: what comes along cannot be had, or the version in use cannot be told.

    """
    registry = _registry(offer.workspace, provenance, request)
    if request.version is None and kept is not None and kept.version is None:
        releases = provenance.releases_in(registry.name)
        raise RefusedError(
            f"which version of {request.module} {project.name} uses cannot be told from its files",
            hint=f"name the one to pin: {kept.named(releases[-1].version if releases else 'VERSION')}",
        )
    wanted = request.version or (kept.version if kept is not None else None)
    match registry:
        case EmbeddedRegistry():
            return _by_embedded(offer, project, _release(provenance, request, registry, wanted), registry)
        case RemoteRegistry():
            unread = provenance.unread_in(registry.name)
            if unread is not None:
                return _by_unread(offer, project, provenance, wanted, (registry, unread))
            return _by_remote(offer, project, provenance, _release(provenance, request, registry, wanted), registry)
        case _:
            assert_never(registry)


def _registry(workspace: Workspace, provenance: Provenance, request: Request) -> Registry:
    configured = workspace.configuration.registries
    name = request.registry or next(
        (each.registry for each in workspace.configuration.sources if each.module == request.module), None
    )
    if name is not None:
        registry = workspace.configuration.registry(name)
        if registry is None:
            known = ", ".join(each.name for each in configured) or "none"
            raise UsageError(f"there is no registry `{name}` in commons.toml", hint=f"registries: {known}")
        return registry
    holding = [each for each in configured if provenance.releases_in(each.name)]
    candidates = holding or list(configured)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise UsageError("no registry is configured", hint="commons registry init NAME")
    names = ", ".join(each.name for each in candidates)
    raise UsageError(f"say which registry {request.module} comes from: {names}", hint="--registry NAME")


def _release(provenance: Provenance, request: Request, registry: Registry, wanted: str | None) -> Metadata:
    from packaging.version import Version  # noqa: PLC0415 - start-up stays fast

    releases, yanked = provenance.releases_in(registry.name), provenance.yanked_in(registry.name)
    if not releases and not yanked:
        raise UsageError(
            f"registry {registry.name} holds no version of {request.module}",
            hint=f"commons release {request.module} --version VERSION",
        )
    if wanted is None and releases:
        finals = [each for each in releases if not Version(each.version).is_prerelease]
        return (finals or list(releases))[-1]
    if wanted is None:
        raise UsageError(f"every version of {request.module} in registry {registry.name} is yanked")
    for release in releases:
        if is_same_version(release.version, wanted):
            return release
    known = ", ".join(each.version for each in releases) or "only yanked versions"
    if any(is_same_version(each, wanted) for each in yanked):
        raise UsageError(f"{request.module}=={wanted} is yanked in registry {registry.name}", hint=f"it has: {known}")
    kept = f" (the version in use: name another to take that, or release {wanted})" if request.version is None else ""
    raise UsageError(f"registry {registry.name} has no {request.module}=={wanted}{kept}", hint=f"it has: {known}")


def _by_embedded(offer: Offer, project: Project, release: Metadata, registry: EmbeddedRegistry) -> Provision:
    home = offer.workspace.repository_of(project.directory)
    warnings: tuple[str, ...] = ()
    if home is None or not registry.directory.is_relative_to(home.root):
        warnings = (
            f"registry {registry.name} lies outside the repository of {project.name}: a lone clone of it cannot sync",
        )
    return Provision(
        wiring=EmbeddedIndexWiring(
            version=release.version,
            index=registry.name,
            directory=registry.directory,
            constraints=_pins(_companions(offer, project, release, registry.name)),
        ),
        version=release.version,
        requires_python=release.requires_python,
        warnings=warnings,
    )


def _pins(companions: Mapping[str, Metadata]) -> tuple[str, ...]:
    return tuple(f"{name}=={metadata.version}" for name, metadata in sorted(companions.items()))


def _companions(
    offer: Offer, project: Project, release: Metadata, registry: str, *, wired: Collection[str] = ()
) -> Mapping[str, Metadata]:
    """Every managed module that `release` brings along, as far as that is known; not those that are `wired` anyway.

    Each at the version that the project has locked where all requirers admit it, else at the newest that they admit.
    """
    from packaging.requirements import Requirement  # noqa: PLC0415 - start-up stays fast
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415

    locked = {use.module: use.locked for use in offer.workspace.uses if use.project == project.directory}
    admitted: dict[str, SpecifierSet] = {}
    chosen: dict[str, Metadata] = {}
    pending = [release]
    while pending:
        for text in pending.pop().known_requirements:
            requirement = Requirement(text)
            name = requirement_name(text)
            candidates = _releases(offer.provenances, name, registry)
            if not candidates or name in (release.name, *wired) or _is_optional(requirement):
                continue
            admitted[name] = admitted.get(name, SpecifierSet()) & requirement.specifier
            fitting = [each for each in candidates if admitted[name].contains(each.version, prereleases=True)]
            if not fitting:
                raise RefusedError(
                    f"{release.name} {release.version} needs {name}{admitted[name]}, which registry {registry} lacks",
                    hint=f"commons release {name} --version VERSION",
                )
            best = _best(fitting, locked.get(name))
            if chosen.get(name) != best:
                chosen[name] = best
                pending.append(best)
    return chosen


def _releases(provenances: Mapping[str, Provenance], name: str, registry: str) -> tuple[Metadata, ...]:
    provenance = provenances.get(name)
    return provenance.releases_in(registry) if provenance is not None else ()


def _is_optional(requirement: Requirement) -> bool:
    """Whether it is a requirement of an extra: nothing that comes along unasked."""
    return requirement.marker is not None and "extra" in str(requirement.marker)


def _best(fitting: list[Metadata], locked: str | None) -> Metadata:
    from packaging.version import Version  # noqa: PLC0415 - start-up stays fast

    if locked is not None:
        for each in fitting:
            if is_same_version(each.version, locked):
                return each
    finals = [each for each in fitting if not Version(each.version).is_prerelease]
    return (finals or fitting)[-1]


def _by_remote(
    offer: Offer, project: Project, provenance: Provenance, release: Metadata, registry: RemoteRegistry
) -> Provision:
    companions = _companions(offer, project, release, registry.name, wired=_wired(offer, project))
    return Provision(
        wiring=RemoteIndexWiring(
            version=release.version, index=registry.name, url=registry.index_url, constraints=_pins(companions)
        ),
        version=release.version,
        requires_python=release.requires_python,
        warnings=(
            *_not_followed((release, *companions.values())),
            *_unpinned(offer, project, provenance, (release, *companions.values()), registry),
        ),
    )


def _by_unread(
    offer: Offer,
    project: Project,
    provenance: Provenance,
    wanted: str | None,
    unseen: tuple[RemoteRegistry, Unread],
) -> Provision:
    """The version that was named, unseen: uv says later whether it is there."""
    registry, unread = unseen
    if wanted is None:
        naming = f"name one: {provenance.module}==VERSION"
        raise UsageError(
            f"{unread.reason}, so no version of {provenance.module} can be chosen",
            hint=f"{unread.hint}\nor {naming}" if unread.hint else naming,
        )
    return Provision(
        wiring=RemoteIndexWiring(version=wanted, index=registry.name, url=registry.index_url),
        version=wanted,
        warnings=(
            f"{unread.reason}: it is not known what {provenance.module} {wanted} brings along",
            *_unpinned(offer, project, provenance, (), registry),
        ),
    )


def _wired(offer: Offer, project: Project) -> frozenset[str]:
    """The modules that the project requires by itself, each with a source of its own."""
    return frozenset(
        use.module for use in offer.workspace.uses if use.project == project.directory and use.through is None
    )


def _not_followed(releases: Iterable[Metadata]) -> Iterator[str]:
    for each in releases:
        if isinstance(each.requires_dist, Unread):
            yield f"what {each.name} {each.version} brings along is not known: {each.requires_dist.reason}"


def _unpinned(
    offer: Offer, project: Project, provenance: Provenance, pinned: Collection[Metadata], registry: RemoteRegistry
) -> Iterator[str]:
    """Managed modules that come along and that nothing ties to the registry: it lacks them, or could not be read.

    Where it is not known what a release brings along, the working trees of the modules tell what it may be.
    """
    known = {each.name for each in pinned}
    found = {requirement_name(each) for release in pinned for each in release.known_requirements if _comes_along(each)}
    if not pinned or any(isinstance(each.requires_dist, Unread) for each in pinned):
        found |= _declared_companions(offer, provenance)
    for name in sorted((found & offer.provenances.keys()) - known - _wired(offer, project) - {provenance.module}):
        yield (
            f"{provenance.module} brings {name} along, and uv takes that from any index unless it is wired too: "
            f"commons add {name}==VERSION --via index --registry {registry.name}"
        )


def _comes_along(requirement: str) -> bool:
    from packaging.requirements import Requirement  # noqa: PLC0415 - start-up stays fast

    return not _is_optional(Requirement(requirement))


def _declared_companions(offer: Offer, provenance: Provenance) -> set[str]:
    """The managed modules that the working tree of the module needs, and what those need in turn."""
    found: set[str] = set()
    pending = [provenance]
    while pending:
        current = pending.pop().project
        for dependency in current.dependencies if current is not None else ():
            brought = offer.provenances.get(dependency.name)
            is_plain = dependency.extra is None and dependency.group is None
            if brought is not None and is_plain and dependency.name not in found:
                found.add(dependency.name)
                pending.append(brought)
    return found
