"""The files that a plan may edit, as they are now, with the images kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.model.provenance import ProjectFile
from dagster_commons.tools.history import images

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Workspace


def read_project_files(workspace: Workspace, locations: Iterable[CodeLocation]) -> Mapping[Path, ProjectFile]:
    """pyproject.toml, lock and images of each location's project and of its uv workspace root, by directory.

    Raises:
        UsageError: a pyproject.toml is not UTF-8.

    """
    directories: dict[Path, None] = {}
    for location in locations:
        project = workspace.project_at(location.path)
        if project is not None and project.manager == "uv":
            directories[project.directory] = None
            directories[project.uv_root or project.directory] = None
    projects = (workspace.project_at(directory) for directory in directories)
    return {each.directory: _project_file(workspace.root, each) for each in projects if each is not None}


def read_texts(files: Iterable[Path]) -> Mapping[Path, str]:
    """The texts of pyproject.toml files, whole.

    Raises:
        UsageError: one is not UTF-8.

    """
    return {file: _text(file) for file in files}


def _project_file(root: Path, project: Project) -> ProjectFile:
    lock = (project.uv_root or project.directory) / "uv.lock"
    return ProjectFile(
        project=project,
        text=_text(project.file),
        lock=lock.read_bytes() if lock.exists() else None,
        images=images(root, project.file),
    )


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("it is not UTF-8, which TOML has to be", file=file) from error
