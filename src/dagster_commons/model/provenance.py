"""Where a shared module can come from: what its repository and the registries offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.model.registry import Unread

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import RemoteRegistry
    from dagster_commons.model.history import ImageChain
    from dagster_commons.model.project import Project
    from dagster_commons.model.registry import Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryReleases:
    """The releases of a module in one registry, oldest first, yanked ones aside; `unread`: why nothing is known."""

    registry: str
    releases: tuple[Metadata, ...] = ()
    yanked: tuple[str, ...] = ()  # versions
    unread: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteQuestion:
    """Which registries on the web to ask for the releases of which modules, and of what these bring along.

    `version` is the one that was asked for; `is_any_module`: also of modules that nothing in the workspace names.
    """

    registries: tuple[RemoteRegistry, ...] = ()
    modules: tuple[str, ...] = ()
    version: str | None = None
    is_any_module: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag and the commit that it names."""

    name: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The repository that a use by submodule or git comes from, as far as it could be asked."""

    tags: tuple[Tag, ...] = ()
    commit: str | None = None  # that the use is at: the gitlink's, or the lock's
    unread: str | None = None  # why the remote was not asked, or did not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """A shared module's project, its repository and what has been released of it."""

    module: str
    project: Project | None = None
    repository: Path | None = None
    remote_url: str | None = None
    tags: tuple[str, ...] = ()
    registries: tuple[RegistryReleases, ...] = ()

    @property
    def subdirectory(self) -> str | None:
        """Where the project lies in its repository (posix), or None at its root."""
        if self.project is None or self.repository is None or self.project.directory == self.repository:
            return None
        return self.project.directory.relative_to(self.repository).as_posix()

    @property
    def import_packages(self) -> tuple[str, ...]:
        if self.project is not None and self.project.import_packages:
            return self.project.import_packages
        return (self.module.replace("-", "_"),)

    def releases_in(self, registry: str) -> tuple[Metadata, ...]:
        """What is known to be there; nothing where it was not read."""
        return next((each.releases for each in self.registries if each.registry == registry), ())

    def yanked_in(self, registry: str) -> tuple[str, ...]:
        return next((each.yanked for each in self.registries if each.registry == registry), ())

    def unread_in(self, registry: str) -> Unread | None:
        """Why the registry's releases are not known; None: they are."""
        found = next((each for each in self.registries if each.registry == registry), None)
        return found.unread if found is not None else Unread(reason=f"registry {registry} was not asked")

    def tag_of(self, version: str) -> str | None:
        """The tag that marks `version`: `shared-v0.1.3`, `v0.1.3` or `0.1.3`, in this order."""
        candidates = (f"{self.module}-v{version}", f"{self.module}-{version}", f"v{version}", version)
        return next((tag for tag in candidates if tag in self.tags), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """A project that a plan may edit: its pyproject.toml as it is, its lock, and the images kept of both."""

    project: Project
    text: str
    lock: bytes | None
    images: ImageChain
