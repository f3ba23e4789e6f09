"""The verbs and options that pages and messages name are ones that there are."""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._app import app
from dagster_commons.cli._verbs import VERBS

from .pages import Page, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PROGRAM = "commons"
SHELLS = frozenset({"sh", "bash", "shell"})
PROMPT = "$ "
HELP_WIDTH = 78  # click leaves two of 80 columns free

_SEPARATORS = frozenset({"&&", "||", ";", "|", ">", ">>"})
_ASSIGNMENT = re.compile(r"[A-Z_][A-Z0-9_]*=")
_PLACEHOLDER = re.compile(r"[A-Z_]+|…|\.\.\.")
_NAMED_BY_A_MESSAGE = re.compile(r"(?:^|`)commons ([a-z][a-z-]*)")


def unknown_commands(pages: Iterable[Page]) -> Iterator[Problem]:
    """Calls of `commons` in shell blocks and code spans whose verb, subcommand or option does not exist."""
    for page in pages:
        for line, text in _calls(page):
            for problem in _problems_of(text):
                yield Problem(file=page.file, line=line, message=f"{problem}: `{text}`")


def verbs_named_by_messages(source: Path) -> Iterator[Problem]:
    """Strings in the code below `source` that tell the user to run a verb that there is not."""
    for file in sorted(source.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for verb in _NAMED_BY_A_MESSAGE.findall(node.value):
                    if verb not in VERBS:
                        yield Problem(file=file, line=node.lineno, message=f"there is no command `commons {verb}`")


def help_of(words: tuple[str, ...]) -> str:
    """What `commons WORDS --help` prints on a terminal of 80 columns."""
    context = click.Context(app, info_name=PROGRAM, terminal_width=HELP_WIDTH, **app.context_settings)
    command: click.Command = app
    for word in words:
        command = _subcommand(command, word)
        context = click.Context(command, info_name=word, parent=context, **command.context_settings)
    return command.get_help(context).rstrip() + "\n"


def all_commands() -> tuple[tuple[str, ...], ...]:
    """The words of every command: none for `commons` itself, then each verb followed by its own subcommands."""
    found: list[tuple[str, ...]] = [()]
    for verb in VERBS:
        found.append((verb,))
        command = _subcommand(app, verb)
        if isinstance(command, click.Group):
            found.extend((verb, each) for each in command.commands)
    return tuple(found)


def _calls(page: Page) -> Iterator[tuple[int, str]]:
    """The calls of `commons` that a page shows, each with its line; continued lines are joined."""
    for block in page.blocks:
        lines = block.text.replace("\\\n", " \x00").splitlines()
        number = block.line
        for text in lines:
            if block.language in SHELLS or text.startswith(PROMPT):
                yield from ((number, call) for call in _split(text.removeprefix(PROMPT).replace("\x00", "")))
            number += 1 + text.count("\x00")
    for number, code in page.code_spans:
        if code.split(" ")[0] == PROGRAM:
            yield from ((number, call) for call in _split(code))


def _split(text: str) -> Iterator[str]:
    """The single calls of `commons` in a line of shell."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in (*lexer, ";"):
        if word not in _SEPARATORS:
            words.append(word)
            continue
        while words and _ASSIGNMENT.match(words[0]):
            del words[0]
        if words and words[0].rpartition("/")[2] == PROGRAM:
            yield shlex.join((PROGRAM, *words[1:]))
        words = []


def _problems_of(call: str) -> Iterator[str]:
    command: click.Command = app
    for word in shlex.split(call)[1:]:
        if word.startswith("-"):
            if word.partition("=")[0] not in _options(command):
                yield f"there is no option {word}"
        elif isinstance(command, click.Group) and not _PLACEHOLDER.fullmatch(word):
            if word not in command.list_commands(click.Context(command)):
                yield f"there is no command {word}"
                return
            command = _subcommand(command, word)


def _options(command: click.Command) -> frozenset[str]:
    own = (option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts))
    return frozenset((*own, "-h", "--help"))


def _subcommand(command: click.Command, word: str) -> click.Command:
    found = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
    if found is None:
        raise LookupError(f"there is no command {word}")
    return found
