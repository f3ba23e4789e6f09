"""What a release starts from: the request, what git says of the place, and what is known of earlier releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from dagster_commons.model.api import ApiChange, RequiredBump, Surface, YamlChange
    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import Tag

Bump: TypeAlias = Literal["major", "minor", "patch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """What was asked for: either `version` or `bump` is given."""

    module: str
    version: str | None = None
    bump: Bump | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """The remote that a repository pushes to; `unread` says of it why its tags are not known.

    `refusal` is why it would not take a push of the branch as it is, where that was asked.
    """

    name: str
    tags: tuple[Tag, ...] = ()
    unread: str | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What git says of the repository that a module is released from."""

    repository: Path
    head: str | None  # None: no commit yet
    branch: str | None  # None: HEAD is detached
    tags: tuple[Tag, ...] = ()  # of the repository, oldest first
    reachable: frozenset[str] = frozenset()  # names of the tags that HEAD has in its history
    unchanged_since: frozenset[str] = frozenset()  # names of tags at which the project was as it is at HEAD
    changed: tuple[Path, ...] = ()  # files of the project that are not as HEAD has them, new ones included
    is_shallow: bool = False
    is_on_remote: bool = True  # a remote is known to have HEAD, or there is no remote
    remote: Remote | None = None
    obstacle: str | None = None  # why no commit can be made, in git's words or ours


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBuild:
    """A build that an earlier run of the same release kept: the very bytes to publish.

    `written` are the files of the project that it wrote or removed, and that are still as it left them.
    """

    released_on: datetime.date
    source: str  # digest of the project's files that it was built from
    files: tuple[Path, ...]
    written: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What changed since the release that HEAD comes after; `baseline` None: there is none.

    `surface` is what is released now, `accepted` are changes that commons.toml takes for this release, `unread` says
    what of either version could not be read, `unverified` what neither an example nor a consumer covers, `idle` are
    entries of commons.toml that accept nothing.
    """

    baseline: str | None
    surface: Surface
    changes: tuple[ApiChange, ...] = ()
    accepted: tuple[ApiChange, ...] = ()
    yaml: tuple[YamlChange, ...] = ()  # what known consumers have to write instead
    unread: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    to_import: tuple[str, ...] = ()  # what may be gone, and shows when it is imported
    idle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the changes since `baseline` ask for, and what asks for that: API changes and consumers' verdicts."""

    baseline: str | None
    required: RequiredBump
    changes: tuple[ApiChange, ...] = ()
    accepted: tuple[ApiChange, ...] = ()
    yaml: tuple[YamlChange, ...] = ()
    behaviour: tuple[str, ...] = ()  # one line for each consumer whose definitions ask for it
    unverified: tuple[str, ...] = ()  # what neither an example nor a consumer covers, or could not be read
    idle: tuple[str, ...] = ()  # entries of commons.toml that accept nothing, each with the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release: of what, which version, into which registry, from which place."""

    project: Project
    version: str
    registry: Registry
    ground: Ground | None = None  # None: the project is in no git repository
    kept: KeptBuild | None = None
    is_pushed: bool = False  # the commit and the tag are to be pushed

    @property
    def title(self) -> str:
        """How reports and the history name it."""
        return f"release {self.project.name}=={self.version} to {self.registry.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCommit:
    """What one repository records of a release: `files` are committed where they changed, then `tag` is made."""

    repository: Path
    files: tuple[Path, ...]
    message: str
    tag: str
    push_to: str | None = None  # the remote's name
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What git has of a release now."""

    repository: Path
    commit: str
    tag: str
    is_pushed: bool = False
