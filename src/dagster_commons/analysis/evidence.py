"""Everything that a rule may look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.build_files import BuildFile, BuildFileKind
    from dagster_commons.model.project import Project
    from dagster_commons.model.registry import Listing, PublicName, RegistryState
    from dagster_commons.model.source_files import SourceFile
    from dagster_commons.model.submodules import RecordedSubmodule
    from dagster_commons.model.verdicts import LoadResult
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.tools.lockfile import Lock


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """The Workspace, and what was read beside it for `check` alone.

    One is equal to itself alone, so that what rules derive from it can be remembered by it.
    """

    workspace: Workspace  # of the locations that are looked at
    part_of: Workspace | None = None  # with all locations, where some alone are looked at
    files: tuple[BuildFile, ...] = ()  # sorted by path
    locks: tuple[Lock, ...] = ()  # those that can be read, sorted by path
    sources: tuple[SourceFile, ...] = ()  # the code of locations and shared modules, sorted by path
    python_folders: frozenset[Path] = frozenset()  # every directory with Python files in it
    listed: frozenset[str] = frozenset()  # every file that git does not ignore, and every directory above one
    submodules: tuple[RecordedSubmodule, ...] = ()  # of every repository, sorted by path
    leftovers: tuple[Path, ...] = ()  # git directories kept for submodules that there are no more
    registries: tuple[RegistryState, ...] = ()  # indexes in directories, sorted by directory
    public_names: tuple[PublicName, ...] | None = None  # None: the default index was not asked
    listings: Mapping[tuple[str, str], Listing] | None = None  # by registry on the web and module; None: not asked
    definitions: Mapping[str, LoadResult] | None = None  # of every code location, by name; None: not loaded

    @property
    def whole(self) -> Workspace:
        """With the locations that are not looked at: what somebody imports may be theirs."""
        return self.part_of or self.workspace

    def of_kind(self, *kinds: BuildFileKind) -> tuple[BuildFile, ...]:
        return tuple(each for each in self.files if each.kind in kinds)

    def file(self, path: Path) -> BuildFile | None:
        return _files_by_path(self).get(path)

    def project_at(self, directory: Path) -> Project | None:
        return _projects_by_directory(self).get(directory)

    def lock_of(self, location: str) -> Lock | None:
        """The lock that the location's environment is made from; None where there is none that can be read."""
        found = self.workspace.location(location)
        project = self.project_at(found.path) if found is not None else None
        return _locks_by_directory(self).get(project.uv_root) if project is not None and project.uv_root else None


@lru_cache(maxsize=2)
def _files_by_path(evidence: Evidence) -> Mapping[Path, BuildFile]:
    return {each.path: each for each in evidence.files}


@lru_cache(maxsize=2)
def _projects_by_directory(evidence: Evidence) -> Mapping[Path, Project]:
    return {each.directory: each for each in evidence.workspace.projects}


@lru_cache(maxsize=2)
def _locks_by_directory(evidence: Evidence) -> Mapping[Path, Lock]:
    return {each.file.parent: each for each in evidence.locks}
