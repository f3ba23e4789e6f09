"""Compiled modules shared among environments: what one has compiled, another need not compile again."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COMPILED = "__pycache__"


def share_bytecode(source: Path, target: Path) -> None:
    """Link into `target`, a site-packages directory, what is compiled in `source`, another one.

    Only where both have the very same source file: uv links them from its cache.  What cannot be read or linked is
    left out, e.g. because `source` is being removed; Python compiles it.
    """
    for directory, subdirectories, _ in os.walk(source):
        if COMPILED not in subdirectories:
            continue
        subdirectories.remove(COMPILED)
        other = os.path.join(target, os.path.relpath(directory, source))  # noqa: PTH118 - thousands of files
        with contextlib.suppress(OSError):
            _share_directory(directory, other)


def _share_directory(directory: str, other: str) -> None:
    same = _inodes(directory).items() & _inodes(other).items()
    names = {name.removesuffix(".py") for name, _ in same}
    compiled = [each for each in os.listdir(f"{directory}/{COMPILED}") if each.partition(".")[0] in names]  # noqa: PTH208
    if compiled:
        os.makedirs(f"{other}/{COMPILED}", exist_ok=True)  # noqa: PTH103
    for name in compiled:
        with contextlib.suppress(FileExistsError):
            os.link(f"{directory}/{COMPILED}/{name}", f"{other}/{COMPILED}/{name}")


def _inodes(directory: str) -> dict[str, tuple[int, int]]:
    """Each Python file, and which file of which disk it is."""
    found: dict[str, tuple[int, int]] = {}
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat(follow_symlinks=False)
                found[entry.name] = status.st_dev, status.st_ino
    return found
