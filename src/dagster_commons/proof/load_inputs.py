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
from dagster_commons.proof.contents import LEFT_OUT
from dagster_commons.tools.process import Command, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.model.workspace import CodeLocation, Workspace

COMPONENT_STATE = ".local_defs_state"  # kept by dg beside the definitions, ignored by git
PREPARE_TIMEOUT_SECONDS = 600.0


def variables(workspace: Workspace, location: CodeLocation, env_file: Path | None) -> Mapping[str, str]:
    """The variables that loading `location` gets: dg's `.env` files (root, then project), commons.toml, `--env-file`.

    Later ones win: what stands in commons.toml is a placeholder.  The shell's own variables win over `.env` files, as
    they do in dg.

    Raises:
        UsageError: `env_file` cannot be read.

    """
    found: dict[str, str] = {}
    for file in (workspace.root / ".env", location.path / ".env"):
        if file.is_file():
            found |= parse_env_file(file)
    found = {name: os.environ.get(name, value) for name, value in found.items()}
    found |= dict(declared_inputs(workspace, location).env)
    return found | (parse_env_file(env_file) if env_file is not None else {})


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


def freeze(workspace: Workspace, state: Path, location: CodeLocation, project: Path) -> None:
    """Give the state's `project` what git does not carry: component state and the declared inputs, as they are now.

    What the state has itself stays: it may be another than the user's.  Nothing is written but below `state`.

    Raises:
        OSError: something cannot be copied.

    """
    declared = declared_inputs(workspace, location)
    wanted = list(_component_states(location.path))
    if not declared.prepare:
        wanted += [location.path / name for name in declared.inputs]
    for source in wanted:
        target = Path(os.path.normpath(project / os.path.relpath(source, location.path)))
        if target.exists() or not target.is_relative_to(state):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():
            shutil.copy2(source, target)


def prepare(
    workspace: Workspace, location: CodeLocation, project: Path, python: Path, given: Mapping[str, str]
) -> MissingInput | None:
    """Run `prepare` of commons.toml in the state's `project`, then see that every declared input is there.

    `given` are the variables that loading gets.
    """
    declared = declared_inputs(workspace, location)
    if declared.prepare:
        path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command = Command(
            argv=declared.prepare,
            cwd=project,
            environment={"PATH": path, **given},
            timeout_seconds=PREPARE_TIMEOUT_SECONDS,
        )
        try:
            run(command)
        except ToolError as error:
            said = (error.message.splitlines() or ["it said nothing"])[-1]
            return MissingInput(reason=f"`{shlex.join(declared.prepare)}` failed: {said}")
    missing = next((name for name in declared.inputs if not (project / name).exists()), None)
    return MissingInput(reason=f"its input {missing} is not there") if missing is not None else None


def declared_inputs(workspace: Workspace, location: CodeLocation) -> LocationInputs:
    """What commons.toml says that loading `location` needs."""
    known = (each for each in workspace.configuration.locations if each.location == location.name)
    return next(known, LocationInputs(location=location.name))


def _component_states(project: Path) -> Iterator[Path]:
    for current, directories, _ in os.walk(project):
        directories[:] = [each for each in directories if each not in LEFT_OUT]
        if COMPONENT_STATE in directories:
            directories.remove(COMPONENT_STATE)
            yield Path(current) / COMPONENT_STATE
