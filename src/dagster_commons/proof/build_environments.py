"""Environments of build backends, kept: what a backend imports is compiled once and not at every build."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.probe.environments import python_of
from dagster_commons.proof.contents import digest_of
from dagster_commons.tools.cache import cache_directory
from dagster_commons.tools.interpreters import interpreter_of
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from pathlib import Path


def backend_environment(requires: tuple[str, ...], pins: tuple[str, ...], python_version: str) -> Path | None:
    """The Python of an environment with just the build requirements in the pinned versions.

    None where there is no such Python, or they cannot be installed: a build in isolation then says why.
    """
    interpreter = interpreter_of(python_version)
    if interpreter is None:
        return None
    key = digest_of(text.encode() for text in (str(interpreter), *requires, "", *pins))[:24]
    directory = cache_directory() / "backends" / key
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment, done = directory / "venv", directory / "done"
        if not done.exists():
            constraints = directory / "constraints.txt"
            constraints.write_text("".join(f"{each}\n" for each in pins), encoding="utf-8")
            into = ("--python", str(python_of(environment)))
            try:
                uv(directory, "venv", "--quiet", "--clear", "--no-project", "--python", str(interpreter), "venv")
                uv(directory, "pip", "install", *into, "--constraints", str(constraints), *requires)
            except ToolError:
                return None
            done.touch()
    return python_of(environment)
