"""Directories moved and copied so that at every moment one complete copy is at a known place."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.tools.atomic_files import synchronise_directory

if TYPE_CHECKING:
    from pathlib import Path


def move(source: Path, destination: Path) -> None:
    """Move `source`; finish or clean up what an interrupted move, in either direction, has left.

    Within a file system it is one rename.  Across, the copy and then the original get temporary names beside their
    places, so that whatever stands under its own name is complete.

    Raises:
        ToolError: something else is at `destination`.
        OSError: the file system refused.

    """
    if os.path.lexists(source):
        _discard(temporary_of(destination))
        if os.path.lexists(destination):
            raise ToolError(f"{destination} is in the way of {source}", hint="move it away", file=destination)
        destination.parent.mkdir(parents=True, exist_ok=True)
        _rename_or_copy(source, destination)
    elif not os.path.lexists(destination) and os.path.lexists(temporary_of(destination)):
        temporary_of(destination).rename(destination)
    _discard(temporary_of(source))


def is_moved(source: Path, destination: Path) -> bool:
    """Whether the move is complete, or there was nothing to move; something new may have taken the place since."""
    if any(os.path.lexists(temporary_of(each)) for each in (source, destination)):
        return False
    return os.path.lexists(destination) or not os.path.lexists(source)


def copy(source: Path, destination: Path) -> None:
    """Copy a directory; `destination` appears whole or not at all.

    Raises:
        OSError: the file system refused.

    """
    _discard(temporary_of(destination))
    if os.path.lexists(destination):
        return
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, temporary_of(destination), symlinks=True)
    temporary_of(destination).rename(destination)
    synchronise_directory(destination.parent)


def temporary_of(path: Path) -> Path:
    """Where `path` is while it is incomplete."""
    return path.with_name(f".{path.name}.commons-part")


def _rename_or_copy(source: Path, destination: Path) -> None:
    try:
        source.rename(destination)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_anything(source, temporary_of(destination))
        source.rename(temporary_of(source))
        temporary_of(destination).rename(destination)
    synchronise_directory(destination.parent)
    synchronise_directory(source.parent)


def _copy_anything(source: Path, destination: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, destination, symlinks=True)
    else:
        shutil.copy2(source, destination, follow_symlinks=False)


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
