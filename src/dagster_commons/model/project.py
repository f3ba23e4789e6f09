"""One distribution package's project directory, as its files declare it."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from dagster_commons.model.sources import Source

ProjectManager: TypeAlias = Literal["uv", "poetry", "setup.py", "requirements.txt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One declared requirement (PEP 508 text) and the table it stands in."""

    name: str  # normalised (PEP 503)
    requirement: str
    line: int | None = None
    extra: str | None = None  # `[project.optional-dependencies]` key
    group: str | None = None  # `[dependency-groups]` key


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSource:
    """One entry of `[tool.uv.sources]`; a list form yields one per element."""

    name: str  # normalised
    source: Source
    line: int | None = None
    marker: str | None = None
    extra: str | None = None
    group: str | None = None
    is_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredIndex:
    """One `[[tool.uv.index]]` table."""

    name: str | None
    url: str  # as written; relative paths stay relative
    explicit: bool = False
    default: bool = False
    line: int | None = None

    def directory_from(self, start: Path) -> Path | None:
        """The directory that the index of a project in `start` is; None for one behind a URL."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("", "file"):
            return None
        return Path(os.path.normpath(start / unquote(parts.path)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project directory says of itself.  `manager` other than "uv" is read, never written."""

    directory: Path
    file: Path  # pyproject.toml, setup.py or requirements.txt: where a finding about it points
    name: str  # normalised; the directory's name where the files give none
    manager: ProjectManager
    version: str | None = None  # in the working tree, also where it is dynamic and written in a file; None: computed
    is_version_dynamic: bool = False  # `[project] dynamic` names it: uv copies it into no lock
    are_dependencies_dynamic: bool = False
    requires_python: str | None = None
    dependencies: tuple[Dependency, ...] = ()
    sources: tuple[DeclaredSource, ...] = ()
    indexes: tuple[DeclaredIndex, ...] = ()
    import_packages: tuple[str, ...] = ()  # top-level import packages found on disk
    uv_root: Path | None = None  # the uv workspace root (the directory itself without one); holds uv.lock
    is_uv_workspace_root: bool = False
    is_package: bool = True  # False: `tool.uv.package = false`, or no build system: uv calls it virtual


def bare_url(url: str) -> str:
    """A URL as two spellings of it share it: without credentials, fragment and a closing slash."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path.partition('#')[0]}".rstrip("/")
