"""A build file's text as the value that its kind has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.analysis.build_files import dockerfile
from dagster_commons.analysis.build_files.shell import commands, numbered
from dagster_commons.model.build_files import BuildFile, BuildFileKind, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ASSIGNED = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*?)\s*$")
_INI_OPTION = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*[=:]\s*(.*?)\s*$")
_RECIPE = re.compile(r"\t[@+-]*(.*)$")


def parsed(path: Path, kind: BuildFileKind, text: str) -> BuildFile:
    """What `text` says, as far as its kind is understood.

    Raises:
        UnreadableYamlError: a CI file or compose file is no YAML.

    """
    match kind:
        case "dockerfile":
            return BuildFile(
                path=path,
                kind=kind,
                text=text,
                commands=tuple(dockerfile.run_commands(text)),
                settings=tuple(dockerfile.settings(text)),
                instructions=dockerfile.instructions(text),
            )
        case "github" | "gitlab" | "ci":
            return _ci_file(path, kind, text)
        case "compose":
            from dagster_commons.analysis.build_files.ci_yaml import compose_builds  # noqa: PLC0415 - lazy, as below

            return BuildFile(path=path, kind=kind, text=text, steps=compose_builds(text))
        case "script":
            return _script(path, text)
        case "env" | "pip" | "git-config" | "gitmodules":
            pattern = _ASSIGNED if kind == "env" else _INI_OPTION
            return BuildFile(path=path, kind=kind, text=text, settings=tuple(_settings(text, pattern)))
        case _:
            return BuildFile(path=path, kind=kind, text=text)


def _ci_file(path: Path, kind: BuildFileKind, text: str) -> BuildFile:
    from dagster_commons.analysis.build_files.ci_yaml import ci_contents  # noqa: PLC0415 - lazy: many have none

    steps, settings = ci_contents(text)
    run = tuple(command for step in steps for command in step.commands)
    return BuildFile(path=path, kind=kind, text=text, commands=run, settings=settings, steps=steps)


def _script(path: Path, text: str) -> BuildFile:
    lines = numbered(text)
    if path.suffix != ".sh":  # a Makefile's commands are the recipes alone
        lines = tuple(
            line if match is None else type(line)(number=line.number, text=match[1])
            for line in lines
            for match in (_RECIPE.match(line.text),)
            if match is not None or line.text.startswith((" ", "\t"))
        )
    settings = tuple(_settings(text, _ASSIGNED))
    return BuildFile(path=path, kind="script", text=text, commands=tuple(commands(lines, "script")), settings=settings)


def _settings(text: str, pattern: re.Pattern[str]) -> Iterator[Setting]:
    for line in numbered(text):
        match = pattern.match(line.text)
        if match is not None and not line.text.lstrip().startswith(("#", ";")):
            yield Setting(name=match[1], value=match[2].strip("\"'"), line=line.number)
