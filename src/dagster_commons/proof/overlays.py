"""First-party code laid over a third-party environment: import roots, and dist-info written from static metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.project import Project


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
        if own is None or project.version is None:
            return None
        roots.update(dict.fromkeys(root for _, root in own))
        places += own
        _write_dist_info(project, project.version, at)
    return Overlay(path=(at, *roots), places=tuple(places))


def import_roots(project: Project) -> tuple[tuple[str, Path], ...] | None:
    """Each import package of `project` with the directory to import it from; None where that cannot be told."""
    found: list[tuple[str, Path]] = []
    for name in project.import_packages:
        candidates = (project.directory / "src", project.directory)
        root = next((each for each in candidates if (each / name).is_dir() or (each / f"{name}.py").is_file()), None)
        if root is None:
            return None
        found.append((name, root))
    return tuple(found) or None


def _write_dist_info(project: Project, version: str, at: Path) -> None:
    """What `importlib.metadata` reads: name, version, entry points (PyPA core metadata and entry points)."""
    directory = at / f"{project.name.replace('-', '_')}-{version}.dist-info"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {version}\n", encoding="utf-8"
    )
    (directory / "INSTALLER").write_text("commons\n", encoding="utf-8")
    (directory / "entry_points.txt").write_text(_entry_points(project), encoding="utf-8")


def _entry_points(project: Project) -> str:
    document = pyproject.read(project.file.read_text(encoding="utf-8"), project.file)
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
