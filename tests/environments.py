"""Real environments for tests, made once per test run and shared by its workers."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.proof.closures import site_packages
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

    from dagster_commons.tools.process import Completed

DAGSTER_VERSION = "1.13.27"
DAGSTER = tuple(f"{name}=={DAGSTER_VERSION}" for name in ("dagster", "dagster-webserver", "dagster-dg-cli"))
QUIET_DG = '[cli]\nsuppress_warnings = ["project_and_activated_venv_mismatch"]\n\n[cli.telemetry]\nenabled = false\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment."""

    directory: Path

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    def program(self, name: str) -> Path:
        return self.directory / "bin" / name

    def run(self, *argv: str, at: Path, environment: Mapping[str, str] | None = None) -> Completed:
        """Run one of the environment's programs in `at`, as if it were activated.

        Raises:
            ToolError: it ended with a non-zero code.

        """
        activated = {
            "VIRTUAL_ENV": str(self.directory),
            "PATH": f"{self.directory / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        command = Command(
            argv=(str(self.program(argv[0])), *argv[1:]), cwd=at, environment={**activated, **(environment or {})}
        )
        return run(command)


def make_environment(directory: Path, *requirements: str) -> Environment:
    """A new environment with `requirements`, from uv's own default index."""
    uv(directory.parent, "venv", "--quiet", str(directory))
    environment = Environment(directory=directory)
    uv(directory.parent, "pip", "install", "--quiet", "--python", str(environment.python), *requirements)
    return environment


def environment_with_pip(directory: Path) -> Environment:
    """A new environment with the pip of this one, compiled already: `venv` alone takes seconds to install its own."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory], check=True, capture_output=True)
    environment = Environment(directory=directory)
    there = site_packages(environment.python)
    for each in site_packages(Path(sys.executable)).glob("pip*"):
        shutil.copytree(each, there / each.name)
    program = environment.program("pip")
    program.write_text(f"#!{environment.python}\nfrom pip._internal.cli.main import main\nraise SystemExit(main())\n")
    program.chmod(0o755)
    return environment


def once_per_run(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The directory `name` that all workers of this test run share, filled by the first that asks for it."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    directory, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(directory)
            done.touch()
    return directory
