"""What loading a location needs beside its code: variables, prepared and ignored files, frozen once for both sides."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.configuration import LocationInputs
from dagster_commons.model.verdicts import MissingInput
from dagster_commons.tools.process import Command, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.model.workspace import CodeLocation, Workspace

COMPONENT_STATE = ".local_defs_state"  # kept by dg beside the definitions, ignored by git
PREPARE_TIMEOUT_SECONDS = 600.0


def variables(workspace: Workspace, location: CodeLocation, env_file: Path | None) -> Mapping[str, str]:
    """The variables that loading `location` gets: dg's `.env` files (root, then project), `--env-file`, commons.toml.

    Later ones win.  The shell's own variables win over `.env` files, as they do in dg.

    Raises:
        UsageError: `env_file` cannot be read.

    """
    found: dict[str, str] = {}
    for file in (workspace.root / ".env", location.path / ".env"):
        if file.is_file():
            found |= parse_env_file(file)
    found = {name: os.environ.get(name, value) for name, value in found.items()}
    if env_file is not None:
        found |= parse_env_file(env_file)
    return found | dict(_declared(workspace, location).env)


def parse_env_file(file: Path) -> dict[str, str]:
    """The assignments in a `.env` file, as python-dotenv (and so dg) reads them.

    Raises:
        UsageError: the file cannot be read.

    """
    from dotenv import dotenv_values  # noqa: PLC0415 - only locations with such a file pay for it

    try:
        values = dotenv_values(file, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name} cannot be read: {error}", file=file) from error
    return {name: value for name, value in values.items() if value is not None}


def freeze(workspace: Workspace, state_root: Path, location: CodeLocation, project: Path) -> None:
    """Give the state's `project` what git does not carry: component state and the declared inputs, as they are now."""
    wanted = [each.relative_to(location.path) for each in location.path.rglob(COMPONENT_STATE) if each.is_dir()]
    if not _declared(workspace, location).prepare:
        wanted += [Path(name) for name in _declared(workspace, location).inputs]
    for relative in wanted:
        source, target = location.path / relative, project / relative
        if source == target or not target.is_relative_to(state_root):
            continue
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def prepare(workspace: Workspace, location: CodeLocation, project: Path, python: Path) -> MissingInput | None:
    """Run `prepare` of commons.toml in the state's `project`, then see that every declared input is there."""
    declared = _declared(workspace, location)
    if declared.prepare:
        path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command = Command(
            argv=declared.prepare,
            cwd=project,
            environment={"PATH": path, **dict(declared.env)},
            timeout_seconds=PREPARE_TIMEOUT_SECONDS,
        )
        try:
            run(command)
        except ToolError as error:
            return MissingInput(reason=f"`{shlex.join(declared.prepare)}` failed: {error.message.splitlines()[-1]}")
    missing = next((name for name in declared.inputs if not (project / name).exists()), None)
    return MissingInput(reason=f"its input {missing} is not there") if missing is not None else None


def _declared(workspace: Workspace, location: CodeLocation) -> LocationInputs:
    known = (each for each in workspace.configuration.locations if each.location == location.name)
    return next(known, LocationInputs(location=location.name))
