"""A twin of the root: every touched working tree with its uncommitted changes, the places relative to each other kept.

The user's repositories are only read: the twin has its own refs, index and configuration, and reads their objects.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.model.plan import FileEffect, SubmoduleEffect
from dagster_commons.proof.twin_files import READ_FROM_ABOVE, copy_direct_files, copy_directory
from dagster_commons.proof.twin_repositories import copy_repository
from dagster_commons.tools.atomic_files import content_of, permissions_of
from dagster_commons.tools.submodules import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dagster_commons.model.plan import SubmoduleRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Copies of directories below `at`, each at its own absolute path."""

    at: Path
    root: Path  # the workspace root, outside
    repositories: tuple[Path, ...]  # the working trees that were copied, submodules included; outside
    directories: tuple[Path, ...] = ()  # copied without being repositories; outside

    def inside(self, path: Path) -> Path:
        """Where the user's `path` (absolute) is in the twin."""
        return self.at / path.relative_to(path.anchor)

    def outside(self, path: Path) -> Path:
        """The user's path of what is at `path` in the twin.

        Raises:
            ValueError: `path` is not in the twin.

        """
        return Path(path.anchor) / path.relative_to(self.at)

    def remove(self) -> None:
        """Remove the twin from disk; nothing happens when it is gone."""
        if self.at.exists():
            shutil.rmtree(self.at)


def build_twin(workspace_root: Path, repositories: Iterable[Path], extra_directories: Iterable[Path], at: Path) -> Twin:
    """Copy the working trees `repositories` and the `extra_directories` outside git to below `at`.

    A repository comes with its submodules.  Files right in `workspace_root` come along too, and what uv reads in the
    directories above.  All paths are absolute.

    Raises:
        ToolError: something cannot be read or written; nothing is left below `at`.
        UsageError: a `.gitmodules` cannot be parsed; nothing is left below `at`.

    """
    at.mkdir(parents=True, exist_ok=True)
    wanted, extra = tuple(sorted(set(repositories))), tuple(sorted(set(extra_directories)))
    empty = Twin(at=at.resolve(), root=workspace_root, repositories=wanted, directories=extra)
    try:
        copied = _copy_repositories(empty)
        for directory in extra:
            copy_directory(directory, empty.inside(directory), _redirection(empty))
        _copy_surroundings(empty)
    except BaseException:
        empty.remove()
        raise
    return Twin(at=empty.at, root=workspace_root, repositories=copied, directories=extra)


def file_effect(twin: Twin, path: Path) -> FileEffect | None:
    """What became of the user's file `path` in the twin; None when its bytes are the same.

    Raises:
        ToolError: one of the two cannot be read.

    """
    before, after = content_of(path), content_of(twin.inside(path))
    if before == after:
        return None
    mode = permissions_of(twin.inside(path) if before is None else path) if after is not None else None
    return FileEffect(path=path, before=before, after=after, mode=mode)


def submodule_effect(twin: Twin, repository: Path, path: Path) -> SubmoduleEffect | None:
    """What became of the user's submodule at `path` in the twin; None when it is the same, or is in neither.

    Raises:
        ToolError: git cannot read one of the two repositories.
        UsageError: a `.gitmodules` cannot be parsed.

    """
    before = record(repository, path)
    after = record(twin.inside(repository), twin.inside(path))
    if _identity(before) == _identity(after):
        return None
    return SubmoduleEffect(
        repository=repository,
        path=path,
        before=before,
        after=after,
        gitmodules_before=content_of(repository / ".gitmodules"),
        gitmodules_after=content_of(twin.inside(repository) / ".gitmodules"),
    )


def _copy_repositories(twin: Twin) -> tuple[Path, ...]:
    copied: list[Path] = []
    for repository in twin.repositories:
        if repository not in copied:
            copied.extend(copy_repository(repository, twin.inside(repository), _redirection(twin)))
    return tuple(copied)


def _copy_surroundings(twin: Twin) -> None:
    copied = (*twin.repositories, *twin.directories)
    if twin.root.is_dir() and not any(twin.root.is_relative_to(each) for each in copied):
        names = sorted(each.name for each in twin.root.iterdir())
        copy_direct_files(twin.root, twin.inside(twin.root), names, _redirection(twin))
    above = {parent for each in (twin.root, *copied) for parent in each.parents}
    for directory in sorted(above):
        copy_direct_files(directory, twin.inside(directory), READ_FROM_ABOVE, _redirection(twin))


def _redirection(twin: Twin) -> Callable[[str], str]:
    """Where a symbolic link points in the twin: an absolute one to something copied would lead back to the user's."""
    copied = (twin.root, *twin.repositories, *twin.directories)

    def redirected(target: str) -> str:
        path = Path(target)
        if path.is_absolute() and any(path.is_relative_to(each) for each in copied):
            return str(twin.inside(path))
        return target

    return redirected


def _identity(record: SubmoduleRecord | None) -> tuple[str, str, str] | None:
    return (record.name, record.url, record.commit) if record else None
