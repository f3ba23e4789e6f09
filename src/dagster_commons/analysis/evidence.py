"""Everything that a rule may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.build_files import BuildFile, BuildFileKind
    from dagster_commons.model.source_files import SourceFile
    from dagster_commons.model.submodules import RecordedSubmodule
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.tools.lockfile import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The Workspace, and what was read beside it for `check` alone."""

    workspace: Workspace
    files: tuple[BuildFile, ...] = ()  # sorted by path
    locks: tuple[Lock, ...] = ()  # those that can be read, sorted by path
    sources: tuple[SourceFile, ...] = ()  # the code of locations and shared modules, sorted by path
    python_folders: frozenset[Path] = frozenset()  # every directory with Python files in it
    listed: frozenset[str] = frozenset()  # every file that git does not ignore, and every directory above one
    submodules: tuple[RecordedSubmodule, ...] = ()  # of every repository, sorted by path

    def of_kind(self, *kinds: BuildFileKind) -> tuple[BuildFile, ...]:
        return tuple(each for each in self.files if each.kind in kinds)

    def file(self, path: Path) -> BuildFile | None:
        return next((each for each in self.files if each.path == path), None)

    def lock_of(self, location: str) -> Lock | None:
        """The lock that the location's environment is made from; None where there is none that can be read."""
        found = self.workspace.location(location)
        project = self.workspace.project_at(found.path) if found is not None else None
        if project is None or project.uv_root is None:
            return None
        file = project.uv_root / "uv.lock"
        return next((each for each in self.locks if each.file == file), None)
