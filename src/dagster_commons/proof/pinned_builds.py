"""Builds that give the same bytes for the same source: their backend pinned, their files' permissions settled."""

from __future__ import annotations

import os
import stat
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.plans.build_pins import LEGACY, BuildPins, build_pins
from dagster_commons.tools import pyproject
from dagster_commons.tools.builds import build
from dagster_commons.tools.git import git, top_level

if TYPE_CHECKING:
    from pathlib import Path


def build_pinned(name: str, directory: Path, output: Path, *, pins: BuildPins) -> tuple[Path, ...]:
    """The sdist and the wheel of the project in `directory`, a tree of ours, in the new directory `output`.

    Raises:
        ToolError: the build failed; says what the backend said.

    """
    settle_permissions(directory)
    constraints = output.with_name(f"{output.name}-constraints.txt")
    write_constraints(constraints, pins)
    try:
        return build(directory, output, constraints=constraints)
    except ToolError as error:
        raise cannot_be_built(name, error) from error


def cannot_be_built(name: str, error: ToolError) -> ToolError:
    """The error to show when uv could not build `name`: what the backend said."""
    _, _, said = error.message.partition("\n")
    return ToolError(f"{name} cannot be built\n{said or error.message}".rstrip(), hint=error.hint)


def write_constraints(file: Path, pins: BuildPins) -> None:
    """The requirements file that has uv take the pinned backend."""
    file.write_text("".join(f"{each}\n" for each in pins.pins), encoding="utf-8")


def pins_of(directory: Path) -> BuildPins:
    """The build requirements of the project in `directory`, pinned."""
    file = directory / "pyproject.toml"
    if not file.is_file():
        return build_pins(LEGACY, (), uv_version=version_of("uv"))
    document = pyproject.read(file.read_text(encoding="utf-8"), file)
    requires = pyproject.strings(pyproject.table(document, "build-system"), "requires") or LEGACY
    own = pyproject.strings(pyproject.table(document, "tool", "uv"), "build-constraint-dependencies")
    return build_pins(requires, own, uv_version=version_of("uv"))


def require_history(name: str, directory: Path, pins: BuildPins) -> None:
    """A clone without its tags gives versions like 0.1.dev1, which nobody meant.

    Raises:
        RefusedError: the version is computed from history, and the clone is shallow.

    """
    if not pins.reads_history or top_level(directory) is None:
        return
    if git(directory, "rev-parse", "--is-shallow-repository").text.strip() == "true":
        raise RefusedError(
            f"the version of {name} is computed from git's history, and this clone is shallow",
            hint="git fetch --unshallow --tags (in GitHub's checkout: fetch-depth: 0)",
            file=directory / "pyproject.toml",
        )


def settle_permissions(directory: Path) -> None:
    """What a wheel says of its files' permissions must not depend on the umask of a checkout."""
    for current, directories, files in os.walk(directory):
        directories[:] = [each for each in directories if each != ".git"]
        for name in files:
            path = os.path.join(current, name)  # noqa: PTH118 - thousands of files
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode):
                os.chmod(path, 0o755 if mode & stat.S_IXUSR else 0o644)  # noqa: PTH101 - likewise
