"""First-party code laid over a third-party environment: import roots, and dist-info written from static metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from dagster_commons.model.names import normalise_name
from dagster_commons.proof.contents import LEFT_OUT
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.project import Project

STATIC = frozenset(  # what an overlay must know, beside the version
    {"dependencies", "optional-dependencies", "scripts", "gui-scripts", "entry-points"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Directories to put before the environment's own, and where each import package must then come from."""

    path: tuple[Path, ...]
    places: tuple[tuple[str, Path], ...]


def lay_over(projects: tuple[Project, ...], at: Path) -> Overlay | None:
    """An overlay of `projects`, their dist-info written below `at`; None where metadata or layout are not static."""
    roots: dict[Path, None] = {}
    places: list[tuple[str, Path]] = []
    for project in projects:
        own, version = import_roots(project), _normalised(project.version)
        if own is None or version is None or project.file.name != "pyproject.toml":
            return None
        document = pyproject.read(project.file.read_text(encoding="utf-8"), project.file)
        name = pyproject.string(document, "project", "name")
        if name is None or not STATIC.isdisjoint(pyproject.strings(document, "project", "dynamic")):
            return None
        roots.update(dict.fromkeys(root for _, root in own))
        places += own
        directory = at / f"{project.name.replace('-', '_')}-{version}.dist-info"
        _write_dist_info(directory, name, version, document)
    return Overlay(path=(at, *roots), places=tuple(places))


def import_roots(project: Project) -> tuple[tuple[str, Path], ...] | None:
    """Each import package of `project` with the directory to import it from; None where that cannot be told.

    That is so for a namespace package, which others may have parts of, too.
    """
    found: list[tuple[str, Path]] = []
    for name in project.import_packages:
        candidates = (project.directory / "src", project.directory)
        root = next((each for each in candidates if _is_importable(each, name)), None)
        if root is None:
            return None
        found.append((name, root))
    return tuple(found) or None


def installed_code(project: Project) -> tuple[tuple[str, Path], ...]:
    """Where a copy of the project's code lies in an environment, relative to site-packages, and what it is a copy of.

    Of a namespace package only the parts that are the project's.
    """
    found: list[tuple[str, Path]] = []
    for name in project.import_packages:
        for root in (project.directory / "src", project.directory):
            if (root / name).is_dir() or (root / f"{name}.py").is_file():
                found += ((str(each.relative_to(root)), each) for each in _own_parts(root / name))
                break
    return tuple(found)


def _own_parts(package: Path) -> Iterator[Path]:
    if not package.is_dir():
        yield package.with_name(f"{package.name}.py")
    elif (package / "__init__.py").is_file():
        yield package
    else:
        for each in sorted(package.iterdir()):
            if each.suffix == ".py":
                yield each
            elif each.is_dir() and each.name not in LEFT_OUT:
                yield from _own_parts(each)


def _is_importable(root: Path, name: str) -> bool:
    return (root / name / "__init__.py").is_file() or (root / f"{name}.py").is_file()


def _normalised(version: str | None) -> str | None:
    """`version` as every build backend spells it; None where there is none."""
    try:
        return str(Version(version)) if version is not None else None
    except InvalidVersion:
        return None


def _write_dist_info(directory: Path, name: str, version: str, document: pyproject.Document) -> None:
    """What `importlib.metadata` reads: core metadata without the long texts, and entry points (PyPA)."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "METADATA").write_text("".join(_metadata(name, version, document)), encoding="utf-8")
    (directory / "INSTALLER").write_text("commons\n", encoding="utf-8")
    (directory / "entry_points.txt").write_text(_entry_points(document), encoding="utf-8")


def _metadata(name: str, version: str, document: pyproject.Document) -> Iterator[str]:
    yield f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    for field, key in (("Summary", "description"), ("Requires-Python", "requires-python")):
        text = pyproject.string(document, "project", key)
        if text is not None:
            yield f"{field}: {' '.join(text.split())}\n"
    for each in pyproject.strings(document, "project", "dependencies"):
        yield f"Requires-Dist: {each}\n"
    for written in pyproject.table(document, "project", "optional-dependencies"):
        extra = normalise_name(written)
        yield f"Provides-Extra: {extra}\n"
        for each in pyproject.strings(document, "project", "optional-dependencies", written):
            yield f"Requires-Dist: {_wanted_by(extra, each)}\n"


def _wanted_by(extra: str, requirement: str) -> str:
    """A requirement as core metadata has that of an extra; the spelling of markers is each build backend's own."""
    parsed, condition = Requirement(requirement), f'extra == "{extra}"'
    parsed.marker = Marker(f"({parsed.marker}) and {condition}" if parsed.marker is not None else condition)
    return str(parsed)


def _entry_points(document: pyproject.Document) -> str:
    groups = {
        "console_scripts": pyproject.table(document, "project", "scripts"),
        "gui_scripts": pyproject.table(document, "project", "gui-scripts"),
    }
    for group in pyproject.table(document, "project", "entry-points"):
        groups[group] = pyproject.table(document, "project", "entry-points", group)
    return "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items()) + "\n"
        for group, entries in groups.items()
        if entries
    )
