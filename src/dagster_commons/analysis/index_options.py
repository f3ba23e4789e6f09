"""Every place outside the sources table that says which index is asked: options, variables, settings, with their lines.

Sources: uv's settings and environment variables, pip's configuration and requirements file format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.build_files import BuildFile, Command

ADDING = frozenset(
    {"--extra-index-url", "extra-index-url", "PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL", "--index", "UV_INDEX"}
)
REPLACING = frozenset(
    {"--index-url", "-i", "index-url", "PIP_INDEX_URL", "UV_INDEX_URL", "--default-index", "UV_DEFAULT_INDEX"}
)
LINKING = frozenset({"--find-links", "-f", "find-links", "PIP_FIND_LINKS", "UV_FIND_LINKS"})
STRATEGY = frozenset({"--index-strategy", "index-strategy", "UV_INDEX_STRATEGY"})
WITHOUT_SOURCES = frozenset(
    {"--no-sources", "--no-sources-package", "no-sources", "UV_NO_SOURCES", "UV_NO_SOURCES_PACKAGE"}
)
_OPTIONS = frozenset(each for each in ADDING | REPLACING | LINKING | STRATEGY | WITHOUT_SOURCES if each.startswith("-"))
_NAMES = (ADDING | REPLACING | LINKING | STRATEGY | WITHOUT_SOURCES) - _OPTIONS
_SWITCHES = frozenset({"--no-sources"})
_PROGRAM = re.compile(r"(?:uvx?|pip[0-9.]*|pip-(?:compile|sync)|python[0-9.]*|pipx|poetry)$")
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"\s*([A-Za-z-]+)\s*=\s*(.*)$")
_OPTION_LINE = re.compile(r"\s*(-[-a-z]+)[ =]+(\S+)")
_UV_TABLES = frozenset({"tool.uv", "tool.uv.pip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOption:
    """One of these, as it is spelled; `command` is the command line that it stands in, "" outside one."""

    file: Path
    line: int
    name: str
    value: str
    command: str = ""


def index_options(evidence: Evidence) -> tuple[IndexOption, ...]:
    """All of them in the order of files and lines."""
    found = (each for file in evidence.files for each in _in_file(file))
    return tuple(sorted(found, key=lambda each: (str(each.file), each.line, each.name)))


def _in_file(file: BuildFile) -> Iterator[IndexOption]:
    for command in file.commands:
        yield from _in_command(file, command)
    for setting in file.settings:
        if setting.name in _NAMES:
            yield IndexOption(file=file.path, line=setting.line, name=setting.name, value=setting.value)
    match file.kind:
        case "requirements":
            yield from _in_requirements(file)
        case "pyproject":
            yield from _in_settings(file, is_project=True)
        case "uv":
            yield from _in_settings(file, is_project=False)
        case _:
            return


def _in_command(file: BuildFile, command: Command) -> Iterator[IndexOption]:
    words = command.words
    if not words or not _PROGRAM.match(PurePath(words[0]).name):
        return
    for position, word in enumerate(words):
        name, separator, value = word.partition("=")
        if name not in _OPTIONS:
            continue
        if not separator and name not in _SWITCHES and position + 1 < len(words):
            value = words[position + 1]
        yield IndexOption(file=file.path, line=command.line, name=name, value=value, command=command.text)


def _in_requirements(file: BuildFile) -> Iterator[IndexOption]:
    for line in file.lines:
        match = _OPTION_LINE.match(line.text)
        if match is not None and match[1] in _OPTIONS:
            yield IndexOption(file=file.path, line=line.number, name=match[1], value=match[2])


def _in_settings(file: BuildFile, *, is_project: bool) -> Iterator[IndexOption]:
    """The keys of `[tool.uv]` (in `uv.toml` of the top and of `[pip]`), each at its line."""
    tables = _UV_TABLES if is_project else frozenset({"", "pip"})
    current = ""
    for line in file.lines:
        if (table := _TABLE.match(line.text)) is not None:
            current = table[1].strip()
        elif current in tables and (key := _KEY.match(line.text)) is not None and key[1] in _NAMES:
            yield IndexOption(file=file.path, line=line.number, name=key[1], value=key[2].strip().strip("\"'"))
