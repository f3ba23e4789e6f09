"""Shell text -> the commands in it, as far as it takes to see which programs are run with which arguments.

Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting, 2.3 Token Recognition, 2.7.4 Here-Document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.model.build_files import Command, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")
_TOKEN = re.compile(
    r"""(?P<escaped>\\.)
    | (?P<quoted>'[^']*' | "(?:[^"\\]|\\.)*")
    | (?P<comment>(?<!\S)\#.*)
    | (?P<end>&& | \|\| | ;;? | \| | (?<![>&0-9])&(?![>&]))
    | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


def numbered(text: str, first: int = 1) -> tuple[Line, ...]:
    """The lines of `text`, the first of which stands at line `first` of its file."""
    return tuple(Line(number=number, text=each) for number, each in enumerate(text.splitlines(), start=first))


def commands(lines: Iterable[Line], flow: str) -> Iterator[Command]:
    """The commands of `lines`, each at the line where it begins; the bodies of here-documents are none."""
    waiting: list[Line] = []
    terminator: str | None = None
    for line in lines:
        if terminator is not None:
            terminator = None if line.text.strip() == terminator else terminator
            continue
        is_continued = _is_continued(line.text)
        waiting.append(Line(number=line.number, text=line.text.rstrip()[:-1] if is_continued else line.text))
        if is_continued:
            continue
        yield from _split(waiting, flow)
        heredoc = _HEREDOC.search(line.text)
        terminator = heredoc[2] if heredoc else None
        waiting = []
    yield from _split(waiting, flow)


def _is_continued(text: str) -> bool:
    stripped = text.rstrip()
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return backslashes % 2 == 1


def _split(lines: list[Line], flow: str) -> Iterator[Command]:
    """One logical line at its operators."""
    text, starts = "", []
    for line in lines:
        starts.append((len(text), line.number))
        text += f"{line.text.strip()} "
    begin = 0
    for match in _TOKEN.finditer(text):
        if match["end"] is not None or match["comment"] is not None:
            yield from _command(text, begin, match.start(), starts, flow)
            begin = match.end()
    yield from _command(text, begin, len(text), starts, flow)


def _command(text: str, begin: int, end: int, starts: list[tuple[int, int]], flow: str) -> Iterator[Command]:
    written = text[begin:end]
    stripped = written.strip(" \t(){}")
    if stripped:
        at = begin + written.index(stripped)
        number = next(line for offset, line in reversed(starts) if offset <= at)
        yield Command(line=number, text=stripped, flow=flow)
