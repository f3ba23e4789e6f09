"""Files that say how code locations are built, tested and configured, as `check` reads them; none is ever run."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

BuildFileKind: TypeAlias = Literal[
    "dockerfile",
    "dockerignore",
    "compose",
    "github",  # a workflow or an action
    "gitlab",
    "ci",  # of any other service
    "cloud",  # dagster_cloud.yaml
    "pyproject",
    "project",  # setup.py, setup.cfg, MANIFEST.in
    "requirements",
    "pip",  # pip.conf, pip.ini, .pypirc
    "uv",  # uv.toml
    "commons",  # commons.toml
    "env",
    "script",  # shell scripts, Makefiles and what reads like them
    "gitignore",
    "gitmodules",
    "git-config",  # of a repository, not of the user
]

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_BEFORE_A_PROGRAM = frozenset({"sudo", "exec", "time", "env", "command", "then", "do", "else", "if", "!", "(", "{"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a file, counted from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command that a shell is told to run, continuation lines joined.

    Commands of one `flow` (a stage of a Dockerfile, a job, a script) run one after the other.
    """

    line: int
    text: str
    flow: str

    @property
    def words(self) -> tuple[str, ...]:
        """Program and arguments without what stands before them (assignments, `sudo`, `then`); () for none.

        What no shell would accept is split at blanks.
        """
        return _words(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A name with a value: an environment variable, an argument of a step, an option of an ini file."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction of a Dockerfile: `name` in capitals, `text` its arguments without `flags`, lines joined."""

    line: int
    name: str
    text: str
    flags: tuple[str, ...] = ()  # "--from=builder"
    stage: int = -1  # counted from 0 by FROM; -1 before the first
    heredoc: tuple[Line, ...] = ()

    def flag(self, name: str) -> str | None:
        """The value of `--name=VALUE`."""
        return next((each.partition("=")[2] for each in self.flags if each.startswith(f"--{name}=")), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CiStep:
    """One step of a CI job: what it uses with which inputs, or what it runs."""

    job: str
    line: int
    uses: str | None = None
    inputs: tuple[Setting, ...] = ()
    commands: tuple[Command, ...] = ()

    def input(self, name: str) -> str | None:
        return next((each.value for each in self.inputs if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFile:
    """One such file: its text, and what of it is understood; the parts that a kind does not have are empty."""

    path: Path
    kind: BuildFileKind
    text: str = ""
    commands: tuple[Command, ...] = ()  # in Dockerfiles, CI files and scripts, in their order
    settings: tuple[Setting, ...] = ()  # ENV, ARG, `env:`, `variables:`, `NAME=value`, `[section]` options
    instructions: tuple[Instruction, ...] = ()  # of a Dockerfile
    steps: tuple[CiStep, ...] = ()  # of a CI file

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines as they stand in the file."""
        return tuple(Line(number=number, text=text) for number, text in enumerate(self.text.splitlines(), start=1))


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[str, ...]:
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    start = 0
    while start < len(words) and (words[start] in _BEFORE_A_PROGRAM or _ASSIGNMENT.match(words[start])):
        start += 1
    return tuple(words[start:])
