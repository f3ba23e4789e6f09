"""The Workspace: shared modules, code locations and the uses between them, found under a root."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.configuration import Configuration
    from dagster_commons.model.findings import Finding
    from dagster_commons.model.project import Project
    from dagster_commons.model.sources import Source

LockStateKind: TypeAlias = Literal["current", "stale", "missing", "unknown"]
TargetKind: TypeAlias = Literal["module", "file", "package", "autoload", "grpc"]
UseState: TypeAlias = Literal[
    "ok",
    "linked",  # a `commons link` override is active in the location's environment
    "not-initialised",
    "other-commit",  # checked out at another commit than the superproject records
    "dirty",
    "untracked",
    "not-on-remote",  # pinned commit on no remote branch or tag that we know of
    "behind",
    "ahead",
    "shallow",
    "url-mismatch",
    "orphan",  # a gitlink without an entry in .gitmodules
    "missing",  # the source's directory, or the entry's gitlink, is not there
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockState:
    """Whether `uv.lock` still says what the projects say; `reason` tells what differs, or why it is unknown."""

    kind: LockStateKind
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What Dagster is told to load; a gRPC server is not loadable by us.

    A module, a file or a package holds definitions; "autoload" is a `defs` module whose parts Dagster gathers.
    """

    kind: TargetKind
    value: str  # dotted module, file path relative to `working_directory`, or host:port
    attribute: str | None = None
    working_directory: Path | None = None
    executable: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLocation:
    """A Dagster code location: definitions plus the project whose environment loads them."""

    name: str  # Dagster's location name; unique in a Workspace
    project: str  # distribution package, normalised
    path: Path  # project directory
    target: Target
    build_directory: Path
    declared_in: Path  # the file that declares it
    line: int | None = None
    not_loadable: str | None = None  # the reason, for a gRPC entry or an incomplete declaration

    @property
    def module(self) -> str:
        """What is imported, for reports."""
        return self.target.value


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedModule:
    """A distribution package that code locations consume; `project` is None when only a registry knows it."""

    name: str
    version: str | None = None  # in the working tree
    project: Project | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One code location's dependency on one shared module."""

    location: str
    module: str
    source: Source
    project: Path  # directory of the project that declares it: the location's own, or a module's when transitive
    requirement: str  # PEP 508, as declared
    line: int | None = None
    extra: str | None = None
    group: str | None = None
    through: str | None = None  # the shared module that brings it in; None for a direct use
    alternatives: tuple[Source, ...] = ()  # further elements of a list-form source
    locked: str | None = None  # version in uv.lock (None: not locked, or dynamic)
    available: str | None = None  # newest version that the source could give, where it is known
    available_unread: str | None = None  # why that is not known, where a registry could tell it
    lock: LockState = field(default_factory=lambda: LockState(kind="unknown"))
    state: tuple[UseState, ...] = ("ok",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A git working tree that holds something of the Workspace."""

    root: Path
    git_dir: Path  # this working tree's own; for a submodule under the superproject's `.git/modules`
    superproject: Path | None = None
    is_cached_clone: bool = False  # a fleet URL's clone in our cache: read-only


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Everything discovery found.  Nearly every command is a function of it."""

    root: Path
    configuration: Configuration
    locations: tuple[CodeLocation, ...] = ()
    modules: tuple[SharedModule, ...] = ()
    uses: tuple[Use, ...] = ()
    projects: tuple[Project, ...] = ()
    repositories: tuple[Repository, ...] = ()
    findings: tuple[Finding, ...] = ()
    _location_named: Mapping[str, CodeLocation] = field(init=False, repr=False, compare=False)
    _project_at: Mapping[Path, Project] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Of several with one name or directory the first counts."""
        named = {each.name: each for each in reversed(self.locations)}
        placed = {each.directory: each for each in reversed(self.projects)}
        object.__setattr__(self, "_location_named", named)
        object.__setattr__(self, "_project_at", placed)

    def location(self, name: str) -> CodeLocation | None:
        return self._location_named.get(name)

    def module(self, name: str) -> SharedModule | None:
        return next((each for each in self.modules if each.name == name), None)

    def project_at(self, directory: Path) -> Project | None:
        return self._project_at.get(directory)

    def repository_of(self, path: Path) -> Repository | None:
        """The innermost repository that contains `path`."""
        containing = [each for each in self.repositories if path.is_relative_to(each.root)]
        return max(containing, key=lambda each: len(each.root.parts), default=None)

    def uses_of(self, module: str) -> tuple[Use, ...]:
        return tuple(use for use in self.uses if use.module == module)
