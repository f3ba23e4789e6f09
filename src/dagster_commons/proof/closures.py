"""Third-party closures: one environment for all locations whose locks name the same third-party packages."""

from __future__ import annotations

import contextlib
import fcntl
import sys
from dataclasses import replace
from platform import machine
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.probe.environments import python_of
from dagster_commons.proof.bytecode import share_bytecode
from dagster_commons.proof.contents import digest_of
from dagster_commons.tools import lockfile
from dagster_commons.tools.cache import cache_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dagster_commons.tools.lockfile import Lock, LockedRequirement, LockSource

NO_FIRST_PARTY = ("--no-install-project", "--no-install-workspace")


def closure_key(lock: Lock, project: str, settings: Iterable[str], *, without: tuple[str, ...] = ()) -> str:
    """Equal where uv installs the same third-party packages for `project`, one of those that `lock` is for.

    That is decided by what is locked of what it reaches, by what first-party code on the way asks for, and by
    `settings`: everything else that uv heeds when it syncs.  `without` are locked packages that are not installed.

    Raises:
        UsageError: the lock is malformed.

    """
    reached = (project, *lockfile.reachable_names(lock, project))
    local = {*lock.local_names(), *without}
    locked = sorted(
        f"{name} {version} {source} {_hashes(lock, name, source)}"
        for name in reached
        if name not in local
        for version, source in zip(lock.versions(name), lock.sources(name), strict=True)
    )
    asked = sorted(line for name in local.intersection(reached) for line in _asked_by(lock, name))
    platform = f"{sys.platform} {machine()}"
    return digest_of(text.encode() for text in (platform, lock.requires_python, *settings, *locked, *asked))[:24]


def closure_environment(project: Path, key: str, *, without: tuple[str, ...] = ()) -> Path:
    """The Python of the environment for closure `key`, made from the lock at `project` the first time.

    `without` are the packages that are not installed: the projects on disk that the lock has, and those of the key.

    Raises:
        ToolError: uv could not make it, e.g. because an index cannot be reached.

    """
    directory = cache_directory() / "closures" / key
    directory.mkdir(parents=True, exist_ok=True)
    environment, done = directory / "venv", directory / "done"
    with _alone(directory):
        if not (done.exists() and python_of(environment).exists()):
            left_out = (word for name in without for word in ("--no-install-package", name))
            uv(
                project,
                "sync",
                "--frozen",
                *NO_FIRST_PARTY,
                *left_out,
                environment={"UV_PROJECT_ENVIRONMENT": str(environment)},
            )
            _take_over_bytecode(directory, python_of(environment))
            done.touch()
    return python_of(environment)


def known_site_packages(key: str) -> Path | None:
    """The site-packages directory of the environment for closure `key`, if it is made already."""
    directory = cache_directory() / "closures" / key
    return site_packages(python_of(directory / "venv")) if (directory / "done").exists() else None


def site_packages(python: Path) -> Path:
    """The directory of an environment into which distributions are installed.

    Raises:
        ToolError: the environment has none.

    """
    found = next((python.parent.parent / "lib").glob("python3*/site-packages"), None)
    if found is None:
        raise ToolError(f"the environment of {python} is damaged", hint="remove it: it is made again")
    return found


def _take_over_bytecode(directory: Path, python: Path) -> None:
    """From the environment made last: most closures of a workspace have most of their packages in common."""
    with contextlib.suppress(ToolError, OSError):  # another run may be removing it: nothing is lost but time
        others = [each for each in directory.parent.glob("*/done") if each.parent != directory]
        for newest in sorted(others, key=lambda each: each.stat().st_mtime)[-1:]:
            share_bytecode(site_packages(python_of(newest.parent / "venv")), site_packages(python))


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hashes(lock: Lock, name: str, source: LockSource) -> str:
    """What the lock says of the bytes of files that may become others under the same name."""
    if source.kind not in lockfile.FILE_KINDS:
        return ""
    return " ".join(sorted(each for package in lock.package(name) for each in package.hashes))


def _asked_by(lock: Lock, name: str) -> Iterator[str]:
    for package in lock.package(name):
        yield from (_spelled(each, "") for each in package.requires_dist)
        for group, requirements in package.requires_dev:
            yield from (_spelled(each, group) for each in requirements)
        yield f"default groups {package.default_groups}" if package.default_groups is not None else ""


def _spelled(requirement: LockedRequirement, group: str) -> str:
    """A requirement, without the place of a project on disk: that differs from location to location."""
    is_local = requirement.source is not None and requirement.source.kind in lockfile.LOCAL_KINDS
    return f"{group}|{replace(requirement, source=None) if is_local else requirement!r}"
