"""Which code locations changed files reach: their own, and through the shared modules that they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.affected import AffectedLocation
from dagster_commons.model.paths import relative
from dagster_commons.model.sources import source_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dagster_commons.model.workspace import CodeLocation, Workspace

DOCUMENTS = frozenset({".md", ".rst"})
OF_NO_LOAD = frozenset({"Dockerfile", "LICENSE", "Makefile", "commons.toml", "justfile", "tox.ini"})


def reached_locations(workspace: Workspace, changed: Iterable[Path]) -> tuple[AffectedLocation, ...]:
    """The locations of `workspace` that files among `changed` (absolute) reach, directly or through modules, sorted."""
    owners = _by_owner(workspace, changed)
    found = []
    for location in workspace.locations:
        because = (*dict.fromkeys(_reasons(workspace, location, owners)),)
        if because:
            found.append(AffectedLocation(location=location, because=because))
    return tuple(sorted(found, key=lambda each: each.location.name))


def files_of_nobody(workspace: Workspace, changed: Iterable[Path]) -> tuple[Path, ...]:
    """Those of `changed` (absolute) that lie in no project, so that nothing says which locations read them.

    Documents, hidden files and what builds and installs are left out; a `.env` counts.
    """
    directories = {project.directory for project in workspace.projects}
    directories |= {location.path for location in workspace.locations}
    named = {location.declared_in for location in workspace.locations}
    named |= {directory / "uv.lock" for directory in (each.uv_root for each in workspace.projects) if directory}
    return tuple(
        path
        for path in sorted(changed)
        if path not in named
        and directories.isdisjoint((path, *path.parents))
        and not _is_of_no_load(path, workspace.root)
    )


def _is_of_no_load(path: Path, root: Path) -> bool:
    if path.name.startswith(".env"):
        return False
    is_hidden = path.is_relative_to(root) and path.relative_to(root).parts[0].startswith(".")
    return is_hidden or path.suffix in DOCUMENTS or path.name in OF_NO_LOAD


def _by_owner(workspace: Workspace, changed: Iterable[Path]) -> dict[Path, Path]:
    """The first changed file of each project directory; a file belongs to the innermost one that contains it.

    What lies in no project belongs to its own path: a `workspace.yaml`, a file that a location names.
    """
    directories = {project.directory for project in workspace.projects}
    directories |= {location.path for location in workspace.locations}
    owners: dict[Path, Path] = {}
    for path in sorted(changed):
        owner = next((each for each in (path, *path.parents) if each in directories), path)
        owners.setdefault(owner, path)
        owners.setdefault(path, path)
    return owners


def _reasons(workspace: Workspace, location: CodeLocation, owners: dict[Path, Path]) -> Iterator[str]:
    root = workspace.root
    project = workspace.project_at(location.path)
    if location.path in owners:
        yield f"{relative(owners[location.path], root)} changed"
    lock = ((project.uv_root if project is not None else None) or location.path) / "uv.lock"
    for file in (lock, location.declared_in):
        if file in owners and not file.is_relative_to(location.path):
            yield f"{relative(file, root)} changed"
    for use in workspace.uses:
        if use.location != location.name:
            continue
        directory = source_directory(use.source)
        if directory is not None and directory in owners:  # a released version is reached by the lock alone
            through = f" (through {use.through})" if use.through is not None else ""
            yield f"uses {use.module}{through}: {relative(owners[directory], root)} changed"
