"""What a location's definitions are made of, as one digest: the key under which a snapshot is kept."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LEFT_OUT = frozenset({".git", ".venv", "__pycache__", "node_modules", ".pytest_cache", ".mypy_cache", ".ruff_cache"})


def digest_of(parts: Iterable[bytes]) -> str:
    """One digest (sha256, hexadecimal) of `parts`, each told apart from the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def tree_digest(directory: Path) -> str:
    """A digest of every file below `directory` by its relative path; caches, environments and git are left out."""
    return digest_of(part for path, content in _files(directory) for part in (os.fsencode(path), content))


def path_digest(path: Path) -> str | None:
    """A digest of a file's bytes or of a directory's names, or None where nothing is there."""
    if path.is_dir():
        return digest_of(os.fsencode(name) for name in sorted(each.name for each in path.iterdir()))
    return digest_of((path.read_bytes(),)) if path.is_file() else None


def _files(directory: Path) -> Iterator[tuple[str, bytes]]:
    for current, directories, files in os.walk(directory):
        directories[:] = sorted(each for each in directories if each not in LEFT_OUT)
        for name in sorted(files):
            path = os.path.join(current, name)  # noqa: PTH118 - a Path for every file of a large tree is slow
            if os.path.islink(path):  # noqa: PTH114
                yield os.path.relpath(path, directory), os.fsencode(os.readlink(path))  # noqa: PTH115
            elif not name.endswith(".pyc") and os.path.isfile(path):  # noqa: PTH113 - a pipe would never end
                with open(path, "rb") as stream:  # noqa: PTH123
                    yield os.path.relpath(path, directory), stream.read()
