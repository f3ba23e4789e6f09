"""Directories of our cache that live as long as a context; what a killed run left behind goes with the next one."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.tools.cache import cache_directory

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """A directory on the cache's disk, named after our process, so that a later run knows whether anybody uses it."""
    parent = cache_directory() / "twins"
    parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(parent)
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=parent) as name:
        yield Path(name).resolve()


def _remove_abandoned(parent: Path) -> None:
    for each in parent.iterdir():
        process = each.name.partition("-")[0]
        if process.isdigit() and not is_alive(int(process)):
            shutil.rmtree(each, ignore_errors=True)


def is_alive(process: int) -> bool:
    """Whether the process of that number runs, be it ours or another user's."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
