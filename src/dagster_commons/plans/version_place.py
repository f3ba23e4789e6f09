"""Where a project keeps its version, and its files' texts with another one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.errors import RefusedError
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.tools.pyproject import Document

_WHOLE_FILE = r"\A\s*(?P<version>\S+)\s*\Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticVersion:
    """`[project] version` in pyproject.toml."""

    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInFile:
    """The group `version` of `pattern`'s first match, in the first of `candidates` that is there."""

    candidates: tuple[Path, ...]
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedVersion:
    """Nothing that can be edited; `reason` says where the version comes from."""

    reason: str


VersionPlace: TypeAlias = StaticVersion | VersionInFile | ComputedVersion


def version_place(file: Path, text: str) -> VersionPlace:
    """Where the project whose pyproject.toml is `file`, with `text`, keeps its version.

    Raises:
        UsageError: the text is not TOML.

    """
    document = pyproject.read(text, file)
    if "version" not in pyproject.strings(document, "project", "dynamic"):
        if pyproject.string(document, "project", "version") is None:
            return ComputedVersion(reason="it has no [project] version")
        return StaticVersion(file=file)
    backend = pyproject.string(document, "build-system", "build-backend") or "setuptools.build_meta"
    if backend.startswith("hatchling"):
        return _hatchling(document, file.parent)
    if backend.startswith("setuptools"):
        return _setuptools(document, file.parent)
    return ComputedVersion(reason=f"its version is dynamic, computed by {backend}")


def with_version(place: VersionInFile, file: Path, text: str, version: str) -> str:
    """`text` of `file` with `version` where `place` says; every other byte is kept.

    Raises:
        RefusedError: the pattern finds nothing there, or is no pattern.

    """
    try:
        match = re.search(place.pattern, text, re.MULTILINE)
        start, end = match.span("version") if match is not None else (-1, -1)
    except (re.error, IndexError) as error:
        raise RefusedError(f"the pattern that finds the version cannot be used: {error}", file=file) from error
    if start < 0:
        raise RefusedError("no version is found here", hint=f'write __version__ = "{version}" by hand', file=file)
    return text[:start] + version + text[end:]


def _hatchling(document: Document, directory: Path) -> VersionPlace:
    source = pyproject.string(document, "tool", "hatch", "version", "source") or "regex"
    path = pyproject.string(document, "tool", "hatch", "version", "path")
    if source == "vcs":
        return ComputedVersion(reason="its version comes from git tags (hatch-vcs)")
    if source != "regex" or path is None:
        return ComputedVersion(reason=f"its version is computed by hatchling (source {source!r})")
    pattern = pyproject.string(document, "tool", "hatch", "version", "pattern")
    return VersionInFile(
        candidates=(directory / path,), pattern=pattern or rf"(?i:{_assignment('__version__|VERSION')})"
    )


def _setuptools(document: Document, directory: Path) -> VersionPlace:
    where = ("tool", "setuptools", "dynamic", "version")
    attribute = pyproject.string(document, *where, "attr")
    files = pyproject.strings(document, *where, "file")
    file = pyproject.string(document, *where, "file") or (files[0] if len(files) == 1 else None)
    if file is not None:
        return VersionInFile(candidates=(directory / file,), pattern=_WHOLE_FILE)
    if attribute is None or "." not in attribute:
        return ComputedVersion(reason="its version is computed by setuptools (setup.py, setup.cfg or setuptools-scm)")
    module, _, name = attribute.rpartition(".")
    path = module.replace(".", "/")
    candidates = tuple(
        directory / base / f"{path}{suffix}" for base in ("src", "") for suffix in ("/__init__.py", ".py")
    )
    return VersionInFile(candidates=candidates, pattern=_assignment(re.escape(name)))


def _assignment(names: str) -> str:
    return rf"""^(?:{names})[ \t]*(?::[ \t]*str)?[ \t]*=[ \t]*(?P<quote>['"])v?(?P<version>[^'"\r\n]+)(?P=quote)"""
