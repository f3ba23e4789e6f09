"""A finished demo, opened in the Dagster UI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.cli._story.script import DAGSTER_HOME, PROJECTS, WORKSPACE_FILE
from dagster_commons.report import console
from dagster_commons.report import story as transcript
from dagster_commons.tools.process import Command, become

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn


def is_finished(directory: Path) -> bool:
    """Whether `directory` holds a demo that Dagster can open."""
    return (directory / WORKSPACE_FILE).is_file() and _dagster(directory).is_file()


def open_in_dagster(directory: Path, port: int) -> NoReturn:
    """Become the Dagster UI of the demo in `directory`, on loopback.

    Raises:
        ToolError: it cannot be started.

    """
    words = ("dev", "--workspace", WORKSPACE_FILE, "--host", "127.0.0.1", "--port", str(port))
    program = _dagster(directory)
    environment = (("DAGSTER_HOME", str(directory / DAGSTER_HOME)),)
    console.write(f"\nThe Dagster UI, on http://127.0.0.1:{port} (Ctrl-C ends it):\n")
    console.write(transcript.command((str(program.relative_to(directory)), *words), environment))
    become(Command(argv=(str(program), *words), cwd=directory, environment=dict(environment)))


def _dagster(directory: Path) -> Path:
    """The program of a code location's environment that has the webserver."""
    return directory / PROJECTS["sales"] / ".venv" / "bin" / "dagster"
