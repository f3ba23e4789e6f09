"""What build back ends are told about import packages and dynamic versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.discovery.facts import ImportHints, VersionHint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.discovery.documents import Document

_HATCH_WHEEL = ("tool", "hatch", "build", "targets", "wheel")
_SETUPTOOLS = ("tool", "setuptools")
_UV_BUILD = ("tool", "uv", "build-backend")
_POETRY_PACKAGES = ("tool", "poetry", "packages")
_NOT_IMPORTED = frozenset(
    {"tests", "test", "docs", "doc", "examples", "scripts", "build", "dist", "node_modules", "venv", "site-packages"}
)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def import_hints(document: Document) -> ImportHints:
    """Names and directories from hatch, setuptools, uv's and Poetry's build configuration."""
    hatch = [*_hatch_paths(document)]
    names = [*(name for _, name in hatch), *_uv_names(document), *_setuptools_names(document), *_poetry_names(document)]
    directories = [
        *(parent for parent, _ in hatch),
        *_uv_directories(document),
        *_setuptools_directories(document),
        *_poetry_directories(document),
    ]
    return ImportHints(
        names=tuple(dict.fromkeys(name.partition(".")[0] for name in names)),
        directories=tuple(dict.fromkeys(directories)),
    )


def version_hint(document: Document) -> VersionHint | None:
    """Where a dynamic version is written down; None where it is computed, e.g. from git tags."""
    for backend, of_file in (("hatch", "regex"), ("pdm", "file")):
        table = ("tool", backend, "version")
        path = document.text(*table, "path")
        if path is not None and document.text(*table, "source") in (None, of_file):
            pattern = document.text(*table, "pattern")
            return VersionHint(files=(path,), attribute="__version__|VERSION|version", pattern=pattern)
    dynamic = (*_SETUPTOOLS, "dynamic", "version")
    if (attribute := document.text(*dynamic, "attr")) is not None:
        return attribute_hint(attribute)
    value = document.value(*dynamic, "file")
    files = (value,) if isinstance(value, str) else tuple(text for _, text in document.texts(*dynamic, "file"))
    return VersionHint(files=files) if files else None


def attribute_hint(dotted: str) -> VersionHint:
    """Where setuptools looks for `attr: package.module.NAME`, in a `src/` or flat layout."""
    module, _, name = dotted.rpartition(".")
    path = module.replace(".", "/")
    files = tuple(f"{start}{path}{end}" for start in ("src/", "") for end in ("/__init__.py", ".py"))
    return VersionHint(files=files, attribute=re.escape(name))


def read_version(hint: VersionHint, directory: Path) -> str | None:
    """The version that the first file of `hint` which is there holds."""
    for name in hint.files:
        try:
            text = (directory / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # not this layout: the next candidate
        if hint.attribute is None:
            return text.strip() or None
        version = _matched(hint.pattern or _assignment(hint.attribute), text)
        if version is not None:
            return version
    return None


def import_packages(directory: Path, name: str, hints: ImportHints) -> tuple[str, ...]:
    """The top-level import packages of a project that are on disk, sorted.

    What the build configuration names; else what lies in `src/`; else what lies beside the project's own file.
    """
    places = [directory / each for each in (*hints.directories, "src", ".")]
    named = {each for each in hints.names if any(_is_importable(place, each) for place in places)}
    if named:
        return tuple(sorted(named))
    own = name.replace("-", "_")
    for place in places:
        found = _packages(place, may_be_namespaces=place not in (directory, directory / "."))
        found |= {own} if _is_importable(place, own) else set()
        if found:
            return tuple(sorted(found))
    return ()


def _assignment(names: str) -> str:
    return rf"""^(?:{names})(?:\s*:[^=\n]+)?\s*=\s*["']v?(?P<version>[^"'\n]+)["']"""


def _matched(pattern: str, text: str) -> str | None:
    try:
        match = re.search(pattern, text, re.MULTILINE)
        return match["version"] if match is not None else None
    except (re.error, IndexError):
        return None  # no pattern, or one without the group `version`: the build backend refuses it as well


def _is_importable(place: Path, name: str) -> bool:
    return (place / name).is_dir() or (place / f"{name}.py").is_file()


def _packages(place: Path, *, may_be_namespaces: bool) -> set[str]:
    """Directories with an `__init__.py`; in a directory made for packages those without one count, too (PEP 420)."""
    try:
        entries = [each.name for each in place.iterdir() if each.is_dir()]
    except OSError:
        return set()  # there is no such directory: another layout
    return {
        each
        for each in entries
        if _IDENTIFIER.fullmatch(each)
        and each not in _NOT_IMPORTED
        and not each.endswith("_tests")
        and not any((place / each / name).is_file() for name in ("pyproject.toml", "setup.py"))
        and (may_be_namespaces or (place / each / "__init__.py").is_file())
    }


def _hatch_paths(document: Document) -> Iterator[tuple[str, str]]:
    """Parent directory and name of each package that hatch puts into the wheel."""
    for key in ("packages", "only-include"):
        for _, text in document.texts(*_HATCH_WHEEL, key):
            parent, _, name = text.rstrip("/").rpartition("/")
            yield parent or ".", name


def _uv_names(document: Document) -> Iterator[str]:
    value = document.value(*_UV_BUILD, "module-name")
    if isinstance(value, str):
        yield value
    else:
        yield from (text for _, text in document.texts(*_UV_BUILD, "module-name"))


def _uv_directories(document: Document) -> Iterator[str]:
    root = document.text(*_UV_BUILD, "module-root")
    if root is not None:
        yield root or "."


def _setuptools_names(document: Document) -> Iterator[str]:
    if isinstance(document.value(*_SETUPTOOLS, "packages"), list):
        yield from (text for _, text in document.texts(*_SETUPTOOLS, "packages"))
    yield from (text for _, text in document.texts(*_SETUPTOOLS, "py-modules"))


def _setuptools_directories(document: Document) -> Iterator[str]:
    yield from (text for _, text in document.texts(*_SETUPTOOLS, "packages", "find", "where"))
    root = document.text(*_SETUPTOOLS, "package-dir", "")
    if root is not None:
        yield root


def _poetry_names(document: Document) -> Iterator[str]:
    for position in range(len(document.items(*_POETRY_PACKAGES))):
        included = document.text(*_POETRY_PACKAGES, position, "include")
        if included is not None:
            yield included.partition("/")[0]


def _poetry_directories(document: Document) -> Iterator[str]:
    for position in range(len(document.items(*_POETRY_PACKAGES))):
        start = document.text(*_POETRY_PACKAGES, position, "from")
        if start is not None:
            yield start
