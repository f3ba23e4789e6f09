"""Where something stands in a TOML text, for messages."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from dagster_commons.tools.pyproject.layout import container_at, layout_of

if TYPE_CHECKING:
    from dagster_commons.tools.pyproject.layout import Keys

_COMMENT = re.compile(r"[ \t]*,?[ \t]*(#[^\r\n]*)")


class LineIndex:
    """The lines of all tables, keys and array elements of one text, scanned once; text that is no TOML is no error."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._starts: dict[Keys, int] = {}
        self._values: dict[Keys, tuple[int, int]] = {}
        self._opened: set[Keys] = set()
        for section in layout_of(text).sections:
            self._note(section.keys, section.start)
            for pair in section.pairs:
                self._note(pair.keys, pair.key_start)
                self._values.setdefault(pair.keys, (pair.value_start, pair.value_end))

    def line_of(self, *keys: str | int) -> int | None:
        """The 1-based line on which the table, key or array element at `keys` begins; None where there is none."""
        self._open_above(keys)
        start = self._starts.get(keys)
        return None if start is None else bisect_right(self._newlines, start) + 1

    def comment_on(self, *keys: str | int) -> str | None:
        """The comment, `#` included, that follows the value at `keys` on its line."""
        self._open_above(keys)
        span = self._values.get(keys)
        match = _COMMENT.match(self._text, span[1]) if span else None
        return match[1] if match else None

    def _open_above(self, keys: Keys) -> None:
        """See to it that the insides of every value above `keys` are known."""
        for length in range(1, len(keys)):
            above = keys[:length]
            if above in self._values and above not in self._opened:
                self._opened.add(above)
                self._open(above)

    def _open(self, keys: Keys) -> None:
        container = container_at(self._text, self._values[keys][0])
        for item in container.items if container else ():
            inner = (*keys, *item.keys)
            self._note(inner, item.start)
            self._values.setdefault(inner, (item.value_start, item.value_end))

    def _note(self, keys: Keys, start: int) -> None:
        """A dotted key or header also is where the tables above it first appear."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self._starts:
                return
            self._starts[keys[:length]] = start


def line_of(text: str, *keys: str | int) -> int | None:
    """`LineIndex(text).line_of(*keys)`; keep the index when asking more than once."""
    return LineIndex(text).line_of(*keys)


def comment_on(text: str, *keys: str | int) -> str | None:
    """The comment, `#` included, that follows the value at `keys` on its line."""
    return LineIndex(text).comment_on(*keys)
