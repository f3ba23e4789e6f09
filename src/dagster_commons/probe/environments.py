"""Environments of our own cache, in which proofs run; the user's `.venv` is never used for them."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import sys
from typing import TYPE_CHECKING

from dagster_commons.tools.cache import cache_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def environment_for(
    project: Path,
    *,
    identity: Path,
    extras: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    linked: Path | None = None,
) -> Iterator[Path]:
    """Yield the Python of an environment synced from the lock at `project`, kept for the next time under `identity`.

    With `linked`, that project is then installed as a link is.  While the context is open no other `commons` uses the
    environment.

    Raises:
        ToolError: uv could not sync, e.g. because the lock is stale or an index cannot be reached.

    """
    # uv's sync takes a link of the same version for what the lock names, so it needs an environment of its own.
    digest = hashlib.sha256(f"{identity}{' linked' if linked is not None else ''}".encode()).hexdigest()[:16]
    directory = cache_directory() / "environments" / digest
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = directory / "venv"
        wanted = [word for extra in extras for word in ("--extra", extra)]
        wanted += [word for group in groups for word in ("--group", group)]
        uv(project, "sync", "--locked", *wanted, environment={"UV_PROJECT_ENVIRONMENT": str(environment)})
        if linked is not None:
            install_link(project, python_of(environment), linked)
        yield python_of(environment)


def install_link(project: Path, python: Path, linked: Path) -> None:
    """Let the environment of `python`, one of `project`, import the project at `linked`; it gets nothing else.

    Raises:
        ToolError: uv could not install it.

    """
    uv(project, "pip", "install", "--python", str(python), "--no-deps", "--editable", str(linked))


def python_of(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
