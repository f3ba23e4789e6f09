"""The smallest edits: lines put in, lines cut out, values written as TOML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def newline_of(text: str) -> str:
    """The line ending that most lines of `text` have."""
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def line_start(text: str, position: int) -> int:
    """Where the line that contains `position` begins (after a byte order mark)."""
    start = text.rfind("\n", 0, position) + 1
    return start + 1 if start == 0 and text.startswith("\ufeff") else start


def line_end(text: str, position: int) -> int:
    """Where the line after the one that contains `position` begins."""
    newline = text.find("\n", position)
    return len(text) if newline < 0 else newline + 1


def rest_of_line(text: str, position: int) -> str:
    """What follows `position` on its line, without the line ending and surrounding blanks."""
    return text[position : line_end(text, position)].strip()


def insert_lines(text: str, position: int, *lines: str) -> str:
    """`lines` as whole lines at `position`, the start of a line or the end of the text.

    A last line without a line ending stays the last line without one.
    """
    newline = newline_of(text)
    block = "".join(line + newline for line in lines)
    if position == len(text) and text.rstrip("\ufeff") and not text.endswith("\n"):
        block = newline + block.removesuffix(newline)
    return text[:position] + block + text[position:]


def cut(text: str, start: int, end: int) -> str:
    """`text` without the span."""
    return text[:start] + text[end:]


def cut_lines(text: str, start: int, end: int) -> str:
    """`text` without the whole lines of the span; a text without a final line ending still has none."""
    kept = text[:start]
    if end == len(text) and not text.endswith("\n"):
        kept = kept.removesuffix("\n").removesuffix("\r")
    return kept + text[end:]


def spliced(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """`text` with every span (start, end) replaced; spans do not overlap."""
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def key_literal(key: str) -> str:
    """`key` as TOML."""
    return key if _BARE_KEY.fullmatch(key) else string_literal(key)


def string_literal(value: str, *, quote: str = '"') -> str:
    """`value` as a TOML string, between `quote` where it can be so without an escape."""
    other = "'" if quote == '"' else '"'
    for each in (quote, other):
        if each not in value and "\\" not in value and not _UNPRINTABLE.search(value):
            return f"{each}{value}{each}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _UNPRINTABLE.sub(lambda match: rf"\u{ord(match[0]):04x}", escaped) + '"'


def inline_table(values: Mapping[str, str | bool]) -> str:
    """`values` as a one-line TOML table in their order."""
    return "{ " + ", ".join(assignments(values)) + " }"


def assignments(values: Mapping[str, str | bool]) -> tuple[str, ...]:
    """`values` as `key = value` texts in their order."""
    return tuple(f"{key_literal(key)} = {_literal(value)}" for key, value in values.items())


def _literal(value: str | bool) -> str:  # noqa: FBT001 - a TOML value, not a switch
    if isinstance(value, bool):
        return "true" if value else "false"
    return string_literal(value)
