"""The code of locations and shared modules, read for what it imports: for `check` alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.enumeration import is_skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dagster_commons.discovery.enumeration import Enumeration
    from dagster_commons.discovery.memory import Memory
    from dagster_commons.model.source_files import SourceFile
    from dagster_commons.model.workspace import Workspace

_SUFFIXES = (".py", ".yaml", ".yml", ".toml")


def read_source_files(workspace: Workspace, enumeration: Enumeration, memory: Memory) -> tuple[SourceFile, ...]:
    """Every file of code below a location's or a shared module's project, by path."""
    modules = (module.project for module in workspace.modules if module.project is not None)
    wanted = {str(each.path) for each in workspace.locations} | {str(each.directory) for each in modules}
    every = {str(each.directory) for each in workspace.projects}
    names = frozenset(name for project in workspace.projects for name in project.import_packages)
    found: list[SourceFile] = []
    for directory, files in _folders(enumeration):
        project = _innermost(directory, every)
        if project in wanted:
            found.extend(memory.source(f"{directory}{os.sep}{each}", project, names) for each in files)
    return tuple(sorted(found, key=lambda each: each.path))


def python_folders(enumeration: Enumeration) -> frozenset[Path]:
    """Every directory that holds Python files, and those above it in its listing."""
    found: set[Path] = set()
    for directory, files in _folders(enumeration):
        if any(each.endswith(".py") for each in files):
            found.add(Path(directory))
    return frozenset(found)


def _folders(enumeration: Enumeration) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The directories with the files of code in them."""
    folders: dict[str, list[str]] = {}
    for top, names in enumeration.listed:
        for name in names:
            if name.endswith(_SUFFIXES):
                parent, _, base = name.rpartition("/")
                folders.setdefault(f"{top}{os.sep}{parent}" if parent else str(top), []).append(base)
    for directory, files in folders.items():
        if not is_skipped(directory):
            yield directory, tuple(files)


def _innermost(directory: str, projects: Iterable[str]) -> str:
    """The project directory that is nearest above `directory`; empty for none."""
    while directory not in projects:
        above, separator, _ = directory.rpartition(os.sep)
        if not separator:
            return ""
        directory = above
    return directory
