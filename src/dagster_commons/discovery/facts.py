"""What single files say, before it is put together: the values that are remembered from one run to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.findings import Finding
    from dagster_commons.model.project import DeclaredIndex, DeclaredSource, Dependency, ProjectManager
    from dagster_commons.model.workspace import LockState, Target
    from dagster_commons.tools.lockfile import LockSource

Origin: TypeAlias = Literal["cloud", "workspace", "dagster", "dg"]

CLOUD_FILES = ("dagster_cloud.yaml", "dagster-cloud.yaml")
PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
FILES = (*PROJECT_FILES, "dg.toml", "workspace.yaml", *CLOUD_FILES)  # what discovery reads in a directory


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
    """Where a dynamic version is written: `attribute = "…"` in one of the files, or a file that holds it alone.

    A `pattern` with a group `version` is found instead of the attribute.
    """

    files: tuple[str, ...]
    attribute: str | None = None
    pattern: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One file's word for one code location."""

    origin: Origin
    file: Path
    line: int | None
    name: str | None  # given by the file
    default_name: str  # what Dagster would call it without a name
    target: Target
    place: Path  # where the search for its project begins
    build_directory: Path | None = None
    not_loadable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryFacts:
    """What one directory's files declare; `inputs` are the files that were read beside those in `FILES`."""

    directory: Path
    project: ProjectFacts | None
    declarations: tuple[Declaration, ...]
    dg_projects: tuple[tuple[Path, int | None, Path], ...]  # directory, line and file that names it
    findings: tuple[Finding, ...]
    inputs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedModule:
    """One name in a lock: its version (the highest of several forks; None: dynamic), source and dependencies."""

    name: str
    version: str | None
    source: LockSource
    dependencies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFacts:
    """What one lock says of the names that were asked for.

    `inputs` are the files that it was judged by, `absent` those that were looked for and are not there.
    """

    state: LockState
    modules: Mapping[str, LockedModule] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    inputs: tuple[Path, ...] = ()
    absent: tuple[Path, ...] = ()
