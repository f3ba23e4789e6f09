"""What a registry holds: releases of shared modules, as its pages state them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedFile:
    """One wheel or sdist of a release.  `yanked` is the reason (it may be empty); None: not yanked.

    `url` None: it lies beside the page.  A page on the web may lack the digest, one that commons wrote never does.
    """

    name: str
    sha256: str | None
    url: str | None = None
    requires_python: str | None = None
    metadata_sha256: str | None = None  # of the `.metadata` file beside a wheel (PEP 658)
    size: int | None = None  # bytes
    uploaded: str | None = None  # UTC, ISO 8601
    yanked: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedVersion:
    """Every file of one version, sorted by name."""

    version: str  # normalised (PEP 440)
    files: tuple[ReleasedFile, ...]

    @property
    def yanked(self) -> str | None:
        """Why the whole version is yanked, or None while any file of it is not."""
        reasons = [each.yanked for each in self.files]
        return None if None in reasons else next((reason for reason in reasons if reason), "")

    @property
    def requires_python(self) -> str | None:
        return next((each.requires_python for each in self.files if each.requires_python), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a registry answered about a module: its versions, newest last; none where it has no such module."""

    versions: tuple[ReleasedVersion, ...] = ()

    @property
    def newest(self) -> str | None:
        """The highest version that is neither a pre-release nor yanked, or None."""
        from packaging.version import Version  # noqa: PLC0415 - lazy: packaging is slow to import

        settled = (each.version for each in reversed(self.versions) if each.yanked is None)
        return next((version for version in settled if not Version(version).is_prerelease), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A registry was not asked, or did not answer: nothing is known, and the reason says why."""

    reason: str
    hint: str | None = None


Listing: TypeAlias = Listed | Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The core metadata of a distribution that resolution looks at."""

    name: str  # normalised (PEP 503)
    version: str  # normalised (PEP 440)
    requires_dist: tuple[str, ...] | Unread = ()
    requires_python: str | None = None

    @property
    def known_requirements(self) -> tuple[str, ...]:
        """What it requires as far as that was read."""
        return () if isinstance(self.requires_dist, Unread) else self.requires_dist


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A file of a registry that is not what its page says."""

    file: Path
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleReleases:
    """A module in a registry: its versions, newest last, and the code locations that lock it from there."""

    module: str
    versions: tuple[ReleasedVersion, ...] = ()
    newest: str | None = None
    users: tuple[tuple[str, str], ...] = ()  # location and locked version
    unread: str | None = None  # why its page was not read


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryListing:
    """What `commons registry list` shows of one registry; `unread` says why when it was not looked at."""

    name: str
    kind: str
    place: str  # the directory relative to the root, or the index URL
    modules: tuple[ModuleReleases, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryState:
    """An index in a directory as it is on disk; `names` are the modules with a page, reserved ones included."""

    name: str | None
    directory: Path
    is_there: bool = False
    names: tuple[str, ...] = ()
    yanked: tuple[tuple[str, str], ...] = ()  # module and version
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicName:
    """What uv's default index answered about a module's name; `unread` is the reason when it could not be asked."""

    module: str
    version: str | None = None  # the newest there, None where there is none
    unread: str | None = None
