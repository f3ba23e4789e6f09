"""Dockerfile text -> instructions, commands and settings.

Source: the Dockerfile reference (docs.docker.com): parser directives, line continuation, comments inside it, flags,
here-documents, and FROM as the beginning of a stage.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from dagster_commons.analysis.build_files.shell import commands
from dagster_commons.model.build_files import Command, Instruction, Line, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ESCAPE = re.compile(r"\s*#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)(?:\s+(.*))?$", re.DOTALL)
_FLAG = re.compile(r"\s*(--[a-z][a-z-]*(?:=\S*)?)(?=\s|$)")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")
_SHELLS = re.compile(r"^\s*(?:(?:/usr)?/bin/)?(?:ba|da|z)?sh\b")
_WITH_HEREDOC = ("RUN", "COPY", "ADD")


def instructions(text: str) -> tuple[Instruction, ...]:
    """Every instruction in its order."""
    return tuple(_Parsing(text.splitlines()).instructions())


def run_commands(text: str) -> Iterator[Command]:
    """What RUN tells a shell to do, in its order; a flow is a stage."""
    for instruction, lines in _Parsing(text.splitlines()).parsed():
        if instruction.name != "RUN":
            continue
        flow = f"stage {instruction.stage}"
        if instruction.heredoc:
            before = _HEREDOC.split(instruction.text)[0].strip()
            if before and not _SHELLS.match(before):
                yield Command(line=instruction.line, text=before, flow=flow)
            else:
                yield from commands(instruction.heredoc, flow)
        elif instruction.text.startswith("["):
            yield Command(line=instruction.line, text=_exec_form(instruction.text), flow=flow)
        else:
            yield from commands(lines, flow)


def settings(text: str) -> Iterator[Setting]:
    """What ENV and ARG set."""
    for instruction in instructions(text):
        if instruction.name not in ("ENV", "ARG"):
            continue
        name, separator, value = instruction.text.partition(" ")
        if instruction.name == "ENV" and separator and "=" not in name:
            yield Setting(name=name, value=value.strip(), line=instruction.line)
            continue
        for word in _words(instruction.text):
            name, _, value = word.partition("=")
            yield Setting(name=name, value=value, line=instruction.line)


class _Parsing:
    """One Dockerfile while it is read, line by line."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.position = 0
        self.stage = -1
        directive = next((match for each in lines[:1] if (match := _ESCAPE.match(each))), None)
        self.escape = directive[1] if directive else "\\"

    def instructions(self) -> Iterator[Instruction]:
        return (instruction for instruction, _ in self.parsed())

    def parsed(self) -> Iterator[tuple[Instruction, tuple[Line, ...]]]:
        """Each instruction with the lines of its arguments, flags and its name left out, still continued."""
        while self.position < len(self.lines):
            logical = self._logical_line()
            if logical:
                yield self._instruction(logical)

    def _logical_line(self) -> list[Line]:
        """The next line with those that continue it; comments and blank lines between them are dropped."""
        found: list[Line] = []
        while self.position < len(self.lines):
            number, text = self.position + 1, self.lines[self.position]
            self.position += 1
            if not text.strip() or text.lstrip().startswith("#"):
                continue
            is_continued = text.rstrip().endswith(self.escape)
            found.append(Line(number=number, text=f"{text.rstrip()[:-1]}\\" if is_continued else text))
            if not is_continued:
                break
        return found

    def _instruction(self, lines: list[Line]) -> tuple[Instruction, tuple[Line, ...]]:
        match = _INSTRUCTION.match(lines[0].text)
        name = match[1].upper() if match else ""
        self.stage += name == "FROM"
        flags, rest = _flags([Line(number=lines[0].number, text=(match[2] or "") if match else ""), *lines[1:]])
        text = " ".join(each.text.rstrip().removesuffix("\\").strip() for each in rest).strip()
        heredoc = tuple(self._heredoc(text)) if name in _WITH_HEREDOC else ()
        instruction = Instruction(
            line=lines[0].number, name=name, text=text, flags=flags, stage=self.stage, heredoc=heredoc
        )
        return instruction, rest

    def _heredoc(self, text: str) -> Iterator[Line]:
        for match in _HEREDOC.finditer(text):
            while self.position < len(self.lines):
                line = self.lines[self.position]
                self.position += 1
                if line.strip() == match[2]:
                    break
                yield Line(number=self.position, text=line)


def _flags(lines: list[Line]) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """The flags that the arguments begin with, on however many lines, and the lines without them."""
    flags: list[str] = []
    rest: list[Line] = []
    for position, line in enumerate(lines):
        text = line.text
        while match := _FLAG.match(text):
            flags.append(match[1])
            text = text[match.end() :]
        if text.strip() and text.strip() != "\\":
            rest = [Line(number=line.number, text=text), *lines[position + 1 :]]
            break
    return tuple(flags), tuple(rest)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _exec_form(text: str) -> str:
    return shlex.join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
