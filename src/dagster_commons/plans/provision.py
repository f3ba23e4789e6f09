"""How a project would get a shared module: the wiring, the git steps before it, and what to expect afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.configuration import EmbeddedRegistry, Registry, RemoteRegistry
from dagster_commons.model.names import requirement_name
from dagster_commons.model.plan import AddSubmodule, Step
from dagster_commons.model.provenance import Provenance
from dagster_commons.plans.wiring import (
    EmbeddedIndexWiring,
    GitWiring,
    PathWiring,
    RemoteIndexWiring,
    Wiring,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.registry import Metadata
    from dagster_commons.model.sources import WritableSourceKind
    from dagster_commons.model.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for: the module, how to get it, and the details given on the command line."""

    module: str
    via: WritableSourceKind | None  # None: what commons.toml says, else by path within one repository
    version: str | None = None
    registry: str | None = None
    url: str | None = None
    tag: str | None = None
    subdirectory: str | None = None
    submodule_path: str | None = None  # below the location's repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One project's way to the module.  `place` None: it is installed into the environment, not read in place."""

    wiring: Wiring
    steps: tuple[Step, ...] = ()
    place: Path | None = None
    version: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """All that provisioning needs to know: the workspace and where each managed module can come from."""

    workspace: Workspace
    provenances: Mapping[str, Provenance]


def provide(offer: Offer, project: Project, request: Request) -> Provision:
    """Decide how `project` gets the module.

    Raises:
        UsageError: something must be named that cannot be read off (a URL, a version, a registry).
        RefusedError: this way is not possible, e.g. a repository inside itself.

    """
    provenance = offer.provenances.get(request.module) or Provenance(module=request.module)
    match chosen_via(offer, project, request):
        case "path":
            return _by_path(offer.workspace, project, provenance)
        case "submodule":
            return _by_submodule(offer.workspace, project, provenance, request)
        case "index":
            return _by_index(offer, project, provenance, request)
        case "git":
            return _by_git(provenance, request)


def chosen_via(offer: Offer, project: Project, request: Request) -> WritableSourceKind:
    """The source that was asked for, or that `[sources]` names, or path where both lie in one repository.

    Raises:
        UsageError: none of these says it.

    """
    if request.via is not None:
        return request.via
    for default in offer.workspace.configuration.sources:
        if default.module == request.module:
            return default.via
    provenance = offer.provenances.get(request.module)
    if provenance is not None and provenance.project is not None:
        home = offer.workspace.repository_of(project.directory)
        if home == offer.workspace.repository_of(provenance.project.directory):
            return "path"
    raise UsageError(
        f"say how {project.name} shall get {request.module}: --via path|submodule|index|git",
        hint="path needs one repository, submodule and git its URL, index a registry; docs/explanation/sources.md",
    )


def _by_path(workspace: Workspace, project: Project, provenance: Provenance) -> Provision:
    if provenance.project is None:
        raise UsageError(
            f"{provenance.module} has no project directory in this workspace, so there is no path to it",
            hint="`commons new` makes one; a module of another repository comes via submodule, index or git",
        )
    directory = provenance.project.directory
    warnings: tuple[str, ...] = ()
    if workspace.repository_of(directory) != workspace.repository_of(project.directory):
        warnings = (
            f"{provenance.module} lies in another repository than {project.name}: a lone clone of it cannot sync",
        )
    return Provision(wiring=PathWiring(directory=directory), place=directory, warnings=warnings)


def _by_submodule(workspace: Workspace, project: Project, provenance: Provenance, request: Request) -> Provision:
    repository = workspace.repository_of(project.directory)
    if repository is None:
        raise UsageError(
            f"{project.name} is in no git repository, so it cannot carry a submodule",
            hint=f"git init {project.directory}",
        )
    existing = _checkout_in(workspace, repository.root, request.module)
    if existing is not None:
        return Provision(wiring=PathWiring(directory=existing), place=existing)
    if provenance.repository == repository.root and request.url is None:
        raise RefusedError(
            f"{request.module} lives in the same repository as {project.name}: a repository cannot contain itself",
            hint="use --via path, or give --url of a repository of the module's own",
        )
    url = request.url or provenance.remote_url
    if url is None:
        raise UsageError(f"no remote of {request.module} is known", hint="give --url URL of its repository")
    checkout = repository.root / (request.submodule_path or request.module)
    subdirectory = request.subdirectory or (provenance.subdirectory if request.url is None else None)
    place = checkout / subdirectory if subdirectory else checkout
    commit = request.tag or (provenance.tag_of(request.version) if request.version else None)
    step = AddSubmodule(repository=repository.root, path=checkout, url=url, commit=commit)
    return Provision(wiring=PathWiring(directory=place), steps=(step,), place=place)


def _checkout_in(workspace: Workspace, repository: Path, module: str) -> Path | None:
    """The project directory of `module` in a submodule that the repository already has."""
    for project in workspace.projects:
        home = workspace.repository_of(project.directory)
        if project.name == module and home is not None and home.superproject == repository:
            return project.directory
    return None


def _by_git(provenance: Provenance, request: Request) -> Provision:
    url = request.url or provenance.remote_url
    if url is None:
        raise UsageError(f"no remote of {request.module} is known", hint="give --url URL of its repository")
    tag = request.tag or (provenance.tag_of(request.version) if request.version else None)
    if tag is None:
        known = ", ".join(provenance.tags[-5:]) or "none that we know of"
        raise UsageError(
            f"a git source is pinned by a tag; say which tag of {request.module}",
            hint=f"--tag TAG (tags: {known})",
        )
    subdirectory = request.subdirectory or (provenance.subdirectory if request.url is None else None)
    return Provision(
        wiring=GitWiring(url=_uv_git_url(url), tag=tag, rev=None, subdirectory=subdirectory), version=request.version
    )


def _uv_git_url(url: str) -> str:
    """The URL in the form that uv accepts: local paths become file URLs, `git@host:path` becomes ssh."""
    if "://" in url:
        return url
    if url.startswith("/"):
        return f"file://{url}"
    host, colon, path = url.partition(":")
    return f"ssh://{host}/{path}" if colon else url


def _by_index(offer: Offer, project: Project, provenance: Provenance, request: Request) -> Provision:
    registry = _registry(offer.workspace, provenance, request)
    match registry:
        case EmbeddedRegistry():
            return _by_embedded(offer, project, provenance, request, registry)
        case RemoteRegistry():
            return _by_remote(provenance, request, registry)


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


def _by_embedded(
    offer: Offer, project: Project, provenance: Provenance, request: Request, registry: EmbeddedRegistry
) -> Provision:
    release = _release(provenance, request, registry)
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
            constraints=_constraints(offer.provenances, release, registry.name),
        ),
        version=release.version,
        warnings=warnings,
    )


def _release(provenance: Provenance, request: Request, registry: EmbeddedRegistry) -> Metadata:
    from packaging.version import Version  # noqa: PLC0415 - start-up stays fast

    releases = provenance.releases_in(registry.name)
    if not releases:
        raise UsageError(
            f"registry {registry.name} holds no version of {request.module}",
            hint=f"commons release {request.module} --version VERSION",
        )
    if request.version is not None:
        for release in releases:
            if Version(release.version) == Version(request.version):
                return release
        known = ", ".join(each.version for each in releases)
        raise UsageError(
            f"registry {registry.name} has no {request.module}=={request.version}", hint=f"it has: {known}"
        )
    finals = [each for each in releases if not Version(each.version).is_prerelease]
    return (finals or list(releases))[-1]


def _constraints(provenances: Mapping[str, Provenance], release: Metadata, registry: str) -> tuple[str, ...]:
    """Exact pins for every managed module that `release` brings along, each the newest that all requirers admit."""
    from packaging.requirements import Requirement  # noqa: PLC0415 - start-up stays fast
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415

    admitted: dict[str, SpecifierSet] = {}
    chosen: dict[str, Metadata] = {}
    pending = [release]
    while pending:
        for text in pending.pop().requires_dist:
            name = requirement_name(text)
            provenance = provenances.get(name)
            candidates = provenance.releases_in(registry) if provenance is not None else ()
            if not candidates or name == release.name:
                continue
            admitted[name] = admitted.get(name, SpecifierSet()) & Requirement(text).specifier
            fitting = [each for each in candidates if admitted[name].contains(each.version)]
            if not fitting:
                raise RefusedError(f"no version of {name} in registry {registry} satisfies `{admitted[name]}`")
            if chosen.get(name) != fitting[-1]:
                chosen[name] = fitting[-1]
                pending.append(fitting[-1])
    return tuple(f"{name}=={metadata.version}" for name, metadata in sorted(chosen.items()))


def _by_remote(provenance: Provenance, request: Request, registry: RemoteRegistry) -> Provision:
    if request.version is None:
        raise UsageError(
            f"the versions in registry {registry.name} cannot be read here, so none can be pinned",
            hint=f"name one: {provenance.module}==VERSION",
        )
    return Provision(
        wiring=RemoteIndexWiring(version=request.version, index=registry.name, url=registry.index_url),
        version=request.version,
    )
