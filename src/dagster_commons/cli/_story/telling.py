"""Carrying the story out in a directory while telling it: every command is printed, then run."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, assert_never

from dagster_commons.cli._story.steps import Action, Call, Edit, Write
from dagster_commons.errors import InterruptedRunError, ToolError
from dagster_commons.report import console
from dagster_commons.report import story as transcript
from dagster_commons.tools import journal
from dagster_commons.tools.process import Command, run

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.cli._story.steps import Step


def tell(story: tuple[Step, ...], directory: Path) -> None:
    """Carry the steps out in `directory`, which is made where it is missing; nothing outside it is written.

    Raises:
        ToolError: a step failed, or the directory cannot be written; what is there is left for inspection.
        InterruptedRunError: Ctrl-C or SIGTERM arrived; what is there is left as it is.

    """
    _prepare(directory)
    for number, step in enumerate(story, 1):
        console.write(transcript.heading(number, len(story), step.title, step.said))
        said = ""
        where = f"step {number} of {len(story)}, {step.title}"
        again = f"look at {directory}, which is left as it is; to begin again: rm -rf {shlex.quote(str(directory))}"
        try:
            for action in step.actions:
                with console.progress(step.title):
                    said = _carry_out(action, directory)
                console.write(said)
        except ToolError as error:
            raise ToolError(f"{where}: {error.message}", hint="\n".join(filter(None, (error.hint, again)))) from error
        except KeyboardInterrupt as error:
            raise InterruptedRunError(f"interrupted in {where}", hint=again) from error
        console.write("" if said.endswith("\n\n") else "\n")


def _prepare(directory: Path) -> None:
    """The journal begins inside, so that it is kept there even when `directory` lies in somebody's repository."""
    try:
        journal.create(journal.Journal(directory=directory / journal.DIRECTORY_OUTSIDE_GIT, anchor=directory))
    except OSError as error:
        raise ToolError(f"cannot write {error.filename}: {error.strerror}", hint="name another directory") from error


def _carry_out(action: Action, directory: Path) -> str:
    """What is told of `action` once it is done."""
    match action:
        case Write():
            return _write(action, directory)
        case Edit():
            return _edit(action, directory)
        case Call():
            return _call(action, directory)
        case _:
            assert_never(action)


def _write(action: Write, directory: Path) -> str:
    for path, content in action.files:
        file = directory / action.place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return transcript.written(action.place, tuple(str(path) for path, _ in action.files))


def _edit(action: Edit, directory: Path) -> str:
    file = directory / action.path
    before = text = file.read_text(encoding="utf-8")
    for old, new in action.replacements:
        if text.count(old) != 1:
            raise ToolError(f"{action.path} is not what this step begins from: it lacks\n{old}")
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return transcript.edited(file, before.encode(), text.encode(), directory)


def _call(action: Call, directory: Path) -> str:
    console.write(transcript.command(action.words, action.environment))
    program, *arguments = action.words
    argv = (sys.executable, "-P", "-m", "dagster_commons", *arguments) if program == "commons" else action.words
    environment = _surroundings(directory) | dict(action.environment)
    command = Command(argv=argv, cwd=directory, environment=environment, without=_NOT_THE_READER_S)
    ended = run(command, check=False)
    said = transcript.printed(f"{ended.text}{ended.error_text}", exit_code=action.exit_code)
    if ended.exit_code != action.exit_code:
        console.write(said)
        raise ToolError(f"`{shlex.join(action.words)}` ended with exit code {ended.exit_code}")
    return said


def _surroundings(directory: Path) -> dict[str, str]:
    """Our cache inside the directory, git without the user's configuration, commits by nobody."""
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in _DEMO}
    own = {"DAGSTER_COMMONS_CACHE": str(directory / ".cache")}
    return who | own | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


_NOT_THE_READER_S = ("COMMONS_FAIL_ON", "UV_PROJECT_ENVIRONMENT")
_DEMO = (("NAME", "Demo"), ("EMAIL", "demo@example.com"))
