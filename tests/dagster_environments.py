"""Environments of several Dagster and Python versions, made once per test run."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.process import Command, run
from dagster_commons.tools.uv import uv
from environments import Environment, once_per_run

if TYPE_CHECKING:
    from pathlib import Path

OLDEST_DAGSTER = "1.9.13"
NEWEST_DAGSTER = "1.13.27"
OWN_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def dagster_of(factory: pytest.TempPathFactory, dagster: str, python: str = OWN_PYTHON) -> Environment:
    """An environment with that Dagster; the test is skipped where there is no such Python."""
    base = factory.getbasetemp()
    every = every_pyenv_version()
    if not uv(base, "python", "find", "--no-python-downloads", python, environment=every, check=False).text.strip():
        pytest.skip(f"there is no CPython {python} here")

    def make(directory: Path) -> None:
        uv(base, "venv", "--quiet", "--no-python-downloads", "--python", python, str(directory), environment=every)
        environment = Environment(directory=directory)
        uv(base, "pip", "install", "--quiet", "--python", str(environment.python), f"dagster=={dagster}")

    return Environment(directory=once_per_run(factory, f"dagster-{dagster}-python-{python}", make))


def every_pyenv_version() -> dict[str, str]:
    """What makes all of pyenv's Pythons available, not only those that are chosen here."""
    if shutil.which("pyenv") is None:
        return {}
    return {"PYENV_VERSION": ":".join(run(Command(argv=("pyenv", "versions", "--bare"))).text.split())}
