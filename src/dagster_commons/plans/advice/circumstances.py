"""What the repositories show of one use of a shared module, as far as it bears on how the module should come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.names import strip_version
from dagster_commons.model.provenance import Provenance
from dagster_commons.model.sources import GitSource, IndexSource, PathSource, source_directory, source_kind
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.tags import version_of

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.advice import ImageFile, Surroundings
    from dagster_commons.model.project import Project
    from dagster_commons.model.sources import SourceKind
    from dagster_commons.model.workspace import Use, Workspace
    from dagster_commons.plans.offers import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """One use and what surrounds it; versions and names are sorted, each once."""

    use: Use
    current: SourceKind
    is_one_repository: bool  # the module's own project lies in the code location's repository
    is_module_here: bool  # it has a project directory that is no checkout of a submodule
    has_remote: bool
    repositories: int  # that the module's users lie in
    owners: tuple[str, ...]  # of the module and of its users, an entry for each different set of them
    has_other_owners: bool  # than the module's: the code location's
    versions: tuple[str, ...]  # that the module's users are pinned to
    needed: str | None  # the version or requirement that this use has and the working tree does not meet
    working_version: str | None
    requirement: str | None  # where it asks for some version
    registry: str | None  # that the code location can install from
    releases: tuple[str, ...]  # there, oldest first
    is_released: bool  # into any registry that can be read here
    distant_registry: str | None  # that only another repository holds
    tagged: tuple[str, ...]  # versions that tags of the module's repository mark, oldest first
    is_image_built: bool  # by a Dockerfile of the code location's
    is_in_image: bool  # whether the Dockerfile may copy the module's directory

    @property
    def is_versioned(self) -> bool:
        """Whether versions matter to those who use the module."""
        is_several = len(self.versions) > 1 or len(self.owners) > 1 or self.repositories > 1
        return is_several or self.requirement is not None or self.needed is not None


def circumstances(offer: Offer, surroundings: Surroundings, use: Use) -> Circumstances:
    """What bears on `use`, a direct one."""
    workspace = offer.workspace
    provenance = offer.provenances.get(use.module) or Provenance(module=use.module)
    module = _own_project(workspace, provenance, use)
    users = [each for each in workspace.uses_of(use.module) if each.through is None]
    directories = [each.project for each in users] + ([module.directory] if module is not None else [])
    registry, releases, distant = _registries(offer, provenance, use)
    image = surroundings.image_files.get(use.project)
    place = source_directory(use.source) or (module.directory if module is not None else None)
    return Circumstances(
        use=use,
        current=source_kind(use.source),
        is_one_repository=module is not None and _repository(workspace, module.directory) == _home(workspace, use),
        is_module_here=module is not None,
        has_remote=provenance.remote_url is not None,
        repositories=len({_repository(workspace, each.project) for each in users}),
        owners=tuple(sorted({", ".join(owners) for each in directories if (owners := surroundings.owners.get(each))})),
        has_other_owners=module is not None
        and surroundings.owners.get(module.directory, ()) != surroundings.owners.get(use.project, ()),
        versions=_sorted_versions({version for each in users if (version := _pinned_version(each)) is not None}),
        needed=_needed(use, module),
        working_version=module.version if module is not None else None,
        requirement=use.requirement if _asks_for_version(use) else None,
        registry=registry,
        releases=releases,
        is_released=any(each.releases for each in provenance.registries),
        distant_registry=distant,
        tagged=_sorted_versions(
            {version for tag in provenance.tags if (version := version_of(tag, use.module)) is not None}
        ),
        is_image_built=image is not None,
        is_in_image=image is not None and place is not None and _may_copy(image, place),
    )


def _own_project(workspace: Workspace, provenance: Provenance, use: Use) -> Project | None:
    """The module's project: the one that a path leads to, else the known one unless that is a submodule's checkout."""
    found = workspace.project_at(use.source.path) if isinstance(use.source, PathSource) else None
    project = found or provenance.project
    if project is None:
        return None
    home = workspace.repository_of(project.directory)
    return project if home is None or home.superproject is None else None


def _repository(workspace: Workspace, directory: Path) -> Path | None:
    home = workspace.repository_of(directory)
    return home.root if home is not None else None


def _may_copy(image: ImageFile, place: Path) -> bool:
    """Whether something that `image` copies may hold `place`; where its paths begin is said on a command line alone."""
    if place.is_relative_to(image.path.parent):
        return True
    written = (each.removeprefix("./").strip("/") for each in image.copied)
    return any(
        each in ("", ".", "*") or f"/{each}/" in f"{place.as_posix()}/" or each.endswith(f"/{place.name}")
        for each in written
    )


def _home(workspace: Workspace, use: Use) -> Path | None:
    return _repository(workspace, use.project)


def _registries(offer: Offer, provenance: Provenance, use: Use) -> tuple[str | None, tuple[str, ...], str | None]:
    """The registry that the use has or could have, the module's releases in it, and one that is out of its reach.

    A registry in a directory is within reach where it lies in the code location's repository.
    """
    if isinstance(use.source, IndexSource):
        name = use.source.index or next((each.registry for each in provenance.registries if each.releases), "its index")
        return name, tuple(each.version for each in provenance.releases_in(name)), None
    home = _home(offer.workspace, use)
    near: list[str] = []
    far: list[str] = []
    for registry in offer.workspace.configuration.registries:
        is_near = not isinstance(registry, EmbeddedRegistry) or (
            home is not None and registry.directory.is_relative_to(home)
        )
        (near if is_near else far).append(registry.name)
    near.sort(key=lambda name: not provenance.releases_in(name))
    releases = tuple(each.version for each in provenance.releases_in(near[0])) if near else ()
    return (near[0] if near else None), releases, (far[0] if far else None)


def _pinned_version(use: Use) -> str | None:
    """The version that a use stays at until somebody moves it; None for one that follows a working tree."""
    is_followed = isinstance(use.source, PathSource) or source_kind(use.source) == "member"
    return None if is_followed else use.locked


def _needed(use: Use, module: Project | None) -> str | None:
    """The version that the use is held at, or a requirement that the working tree does not meet."""
    if module is None or module.version is None:
        return None
    if isinstance(use.source, IndexSource | GitSource):
        return use.locked if use.locked is not None and not is_same_version(use.locked, module.version) else None
    return None if _is_met(use.requirement, module.version) else use.requirement


def _is_met(requirement: str, version: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - start-up stays fast

    try:
        return Requirement(requirement).specifier.contains(version, prereleases=True)
    except InvalidRequirement:
        return True  # discovery took it for one; what it admits cannot be told


def _asks_for_version(use: Use) -> bool:
    return strip_version(use.requirement) != use.requirement.rstrip()


def _sorted_versions(versions: set[str]) -> tuple[str, ...]:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - start-up stays fast

    def key(text: str) -> tuple[bool, Version, str]:
        try:
            return True, Version(text), text
        except InvalidVersion:
            return False, Version("0"), text

    return tuple(sorted(versions, key=key))
