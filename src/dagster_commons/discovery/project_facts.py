"""What the files of one project directory say, before anything outside the directory is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.findings import Finding
    from dagster_commons.model.project import DeclaredIndex, DeclaredSource, Dependency, ProjectManager


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPath:
    """A dependency given by its directory alone (`-e ../shared`): its name stands in that directory's own files."""

    written: str
    editable: bool
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UvWorkspace:
    """`[tool.uv.workspace]`: globs relative to the directory."""

    members: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportHints:
    """Where import packages lie: names that the build configuration gives, and directories to look into."""

    names: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHint:
    """Where a dynamic version is written: `attribute = "…"` in one of the files, or a file that holds it alone."""

    files: tuple[str, ...]
    attribute: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFacts:
    """One project directory's own files as values; `name` is None where they give none."""

    directory: Path
    file: Path
    manager: ProjectManager
    name: str | None = None
    version: str | None = None
    version_hint: VersionHint | None = None
    is_version_dynamic: bool = False
    are_dependencies_dynamic: bool = False
    requires_python: str | None = None
    dependencies: tuple[Dependency, ...] = ()
    local_paths: tuple[LocalPath, ...] = ()
    sources: tuple[DeclaredSource, ...] = ()
    unmanaged: tuple[str, ...] = ()  # names with a source that we do not manage (a url)
    indexes: tuple[DeclaredIndex, ...] = ()
    import_hints: ImportHints = ImportHints()
    uv_workspace: UvWorkspace | None = None
    is_package: bool = True


FactsAndFindings: TypeAlias = "tuple[ProjectFacts | None, tuple[Finding, ...]]"
