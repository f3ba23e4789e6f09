"""Third-party closures: one environment for all locations whose locks name the same third-party packages."""

from __future__ import annotations

import contextlib
import fcntl
from typing import TYPE_CHECKING

from dagster_commons.probe.environments import python_of
from dagster_commons.proof.contents import digest_of
from dagster_commons.tools.cache import cache_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.tools.lockfile import Lock, LockedRequirement

NO_FIRST_PARTY = ("--no-install-project", "--no-install-workspace", "--no-install-local")


def closure_key(lock: Lock, python: str | None) -> str:
    """Equal for locks that install the same third-party packages: what is locked, and what first-party code asks for.

    Raises:
        UsageError: the lock is malformed.

    """
    local = set(lock.local_names())
    locked = sorted(
        f"{name} {version} {source.kind} {source.value}"
        for name in lock.names()
        if name not in local
        for version, source in zip(lock.versions(name), lock.sources(name), strict=True)
    )
    asked = sorted(line for name in local for line in _asked_by(lock, name, local))
    return digest_of(text.encode() for text in (lock.requires_python, python or "", *locked, *asked))[:24]


def closure_environment(project: Path, key: str) -> Path:
    """The Python of the environment for closure `key`, made from the lock at `project` the first time.

    Raises:
        ToolError: uv could not make it: the lock is stale, or an index cannot be reached.

    """
    directory = cache_directory() / "closures" / key
    directory.mkdir(parents=True, exist_ok=True)
    environment, done = directory / "venv", directory / "done"
    with _alone(directory):
        if not done.exists():
            uv(project, "sync", "--locked", *NO_FIRST_PARTY, environment={"UV_PROJECT_ENVIRONMENT": str(environment)})
            done.touch()
    return python_of(environment)


def site_packages(python: Path) -> Path:
    """The directory of an environment into which distributions are installed."""
    return next((python.parent.parent / "lib").glob("python3*/site-packages"))


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _asked_by(lock: Lock, name: str, local: set[str]) -> Iterator[str]:
    for package in lock.package(name):
        yield from (_spelled(each, "") for each in package.requires_dist if each.name not in local)
        for group, requirements in package.requires_dev:
            yield from (_spelled(each, group) for each in requirements if each.name not in local)
        yield f"default groups {package.default_groups}" if package.default_groups is not None else ""


def _spelled(requirement: LockedRequirement, group: str) -> str:
    return f"{group}|{requirement!r}"
