"""First-party code laid over a third-party environment: import roots, and dist-info written from static metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.project import Project

STATIC = frozenset({"version", "dependencies", "scripts", "gui-scripts", "entry-points"})  # what an overlay must know


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
        own = import_roots(project)
        document = pyproject.read(project.file.read_text(encoding="utf-8"), project.file)
        is_static = STATIC.isdisjoint(pyproject.strings(document, "project", "dynamic"))
        if own is None or project.version is None or not is_static:
            return None
        roots.update(dict.fromkeys(root for _, root in own))
        places += own
        _write_dist_info(project, project.version, document, at)
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


def _is_importable(root: Path, name: str) -> bool:
    return (root / name / "__init__.py").is_file() or (root / f"{name}.py").is_file()


def _write_dist_info(project: Project, version: str, document: pyproject.Document, at: Path) -> None:
    """What `importlib.metadata` reads: name, version, entry points (PyPA core metadata and entry points)."""
    directory = at / f"{project.name.replace('-', '_')}-{version}.dist-info"
    directory.mkdir(parents=True, exist_ok=True)
    requires = "".join(f"Requires-Dist: {each}\n" for each in pyproject.strings(document, "project", "dependencies"))
    (directory / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {version}\n{requires}", encoding="utf-8"
    )
    (directory / "INSTALLER").write_text("commons\n", encoding="utf-8")
    (directory / "entry_points.txt").write_text(_entry_points(document), encoding="utf-8")


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
