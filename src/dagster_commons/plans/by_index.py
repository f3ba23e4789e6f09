"""A module from a package index: an exact pin, and the pins of the managed modules that come along with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.configuration import EmbeddedRegistry, Registry, RemoteRegistry
from dagster_commons.model.names import requirement_name
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.offers import Provision
from dagster_commons.plans.wiring import EmbeddedIndexWiring, RemoteIndexWiring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.requirements import Requirement

    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import Provenance
    from dagster_commons.model.registry import Metadata
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.plans.offers import Kept, Offer, Request


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
            return _by_remote(offer, project, provenance, wanted, registry)


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


def _release(provenance: Provenance, request: Request, registry: EmbeddedRegistry, wanted: str | None) -> Metadata:
    from packaging.version import Version  # noqa: PLC0415 - start-up stays fast

    releases = provenance.releases_in(registry.name)
    if not releases:
        raise UsageError(
            f"registry {registry.name} holds no version of {request.module}",
            hint=f"commons release {request.module} --version VERSION",
        )
    if wanted is None:
        finals = [each for each in releases if not Version(each.version).is_prerelease]
        return (finals or list(releases))[-1]
    for release in releases:
        if is_same_version(release.version, wanted):
            return release
    known = ", ".join(each.version for each in releases)
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
            constraints=_constraints(offer, project, release, registry.name),
        ),
        version=release.version,
        requires_python=release.requires_python,
        warnings=warnings,
    )


def _constraints(offer: Offer, project: Project, release: Metadata, registry: str) -> tuple[str, ...]:
    """Exact pins for every managed module that `release` brings along.

    Each is the version that the project has locked where all requirers admit it, else the newest that they admit.
    """
    from packaging.requirements import Requirement  # noqa: PLC0415 - start-up stays fast
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415

    locked = {use.module: use.locked for use in offer.workspace.uses if use.project == project.directory}
    admitted: dict[str, SpecifierSet] = {}
    chosen: dict[str, Metadata] = {}
    pending = [release]
    while pending:
        for text in pending.pop().requires_dist:
            requirement = Requirement(text)
            name = requirement_name(text)
            candidates = _releases(offer.provenances, name, registry)
            if not candidates or name == release.name or _is_optional(requirement):
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
    return tuple(f"{name}=={metadata.version}" for name, metadata in sorted(chosen.items()))


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
    offer: Offer, project: Project, provenance: Provenance, wanted: str | None, registry: RemoteRegistry
) -> Provision:
    if wanted is None:
        raise UsageError(
            f"the versions in registry {registry.name} cannot be read here, so none can be pinned",
            hint=f"name one: {provenance.module}==VERSION",
        )
    return Provision(
        wiring=RemoteIndexWiring(version=wanted, index=registry.name, url=registry.index_url),
        version=wanted,
        warnings=tuple(_unpinned(offer, project, provenance, registry)),
    )


def _unpinned(offer: Offer, project: Project, provenance: Provenance, registry: RemoteRegistry) -> list[str]:
    """Managed modules that the working tree of the module needs and that nothing here ties to the registry.

    What a release in the registry needs cannot be read here; the lock is looked at when it has been made.
    """
    wired = {use.module for use in offer.workspace.uses if use.project == project.directory and use.through is None}
    found: list[str] = []
    pending = [provenance]
    while pending:
        current = pending.pop().project
        for dependency in current.dependencies if current is not None else ():
            brought = offer.provenances.get(dependency.name)
            is_plain = dependency.extra is None and dependency.group is None
            if brought is not None and is_plain and dependency.name not in (*found, provenance.module):
                found.append(dependency.name)
                pending.append(brought)
    return [
        f"{provenance.module} brings {name} along, and uv takes that from any index unless it is wired too: "
        f"commons add {name}==VERSION --via index --registry {registry.name}"
        for name in sorted(set(found) - wired)
    ]
