"""Where the statements of a TOML text stand: spans only, no values (source: the TOML 1.1 grammar, toml.io).

Offsets count characters of the text.  Nothing here raises: of a text that is no TOML, what can be made out is
described.  Whoever edits by these spans lets a real parser judge the text before and after.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Key: TypeAlias = str | int
Keys: TypeAlias = tuple[Key, ...]

_BASIC = r'"(?:[^"\\\n]++|\\.)*+"'
_LITERAL = r"'[^'\n]*+'"
_KEY = rf"(?:[A-Za-z0-9_-]++|{_BASIC}|{_LITERAL})"
_DOTTED = rf"{_KEY}(?:[ \t]*+\.[ \t]*+{_KEY})*+"
_STRING = (
    r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']++|'{1,2}(?!'))*+'{3,5}"
    rf"|{_BASIC}|{_LITERAL}"
)
_KEY_PART = re.compile(_KEY)
_PAIR = re.compile(rf"({_DOTTED})[ \t]*+=[ \t]*+")
_STATEMENT = re.compile(rf"[ \t]*+(?:(\[\[?+)[ \t]*+({_DOTTED})[ \t]*+\]|{_PAIR.pattern})")
_BLANK_LINES = re.compile(r"(?:[ \t\r]*+(?:#[^\n]*+)?\n)*+")
_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_STRING_VALUE = re.compile(_STRING, re.DOTALL)
_SCALAR = re.compile(r"[^\n#,\]}]*+")
_NESTED = re.compile(rf"(?:[^\[\]{{}}\"'#]++|#[^\n]*+|{_STRING})*+", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A key/value statement."""

    keys: Keys  # from the document's root
    start: int  # of its first line
    key_start: int
    value_start: int
    value_end: int
    end: int  # after its last line's newline


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A header line and the statements below it; the part of a text before its first header has no keys."""

    keys: Keys  # an element of an array of tables ends with its position
    start: int  # of the header's line
    body: int  # after the header line's newline
    pairs: tuple[Pair, ...]

    @property
    def end(self) -> int:
        """After the last statement; blank lines and comments that follow belong to nobody."""
        return self.pairs[-1].end if self.pairs else self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An element of an array, or a pair of an inline table."""

    keys: Keys  # from its container: a position, or the parts of its key
    start: int
    value_start: int
    value_end: int
    comma: int | None  # where the comma after it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """An array or an inline table; `start` and `end` enclose its brackets."""

    start: int
    end: int
    is_array: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value's span, the statement it belongs to, and the containers around it from the outside in."""

    start: int
    end: int
    pair: Pair
    around: tuple[tuple[Container, Item], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All sections of a text in their order."""

    text: str
    sections: tuple[Section, ...]

    @property
    def pairs(self) -> Iterator[Pair]:
        return (pair for section in self.sections for pair in section.pairs)

    def section(self, keys: Keys) -> Section | None:
        """The section whose header says `keys`."""
        return next((each for each in self.sections if each.keys == keys), None) if keys else None

    def value(self, keys: Keys) -> Value | None:
        """The value written at `keys`; None for what is missing and for a table made of headers or dotted keys."""
        for pair in self.pairs:
            if pair.keys == keys[: len(pair.keys)]:
                outermost = Value(start=pair.value_start, end=pair.value_end, pair=pair)
                return self._inside(outermost, keys[len(pair.keys) :])
        return None

    def container(self, keys: Keys) -> Container | None:
        """The array or inline table written at `keys`."""
        value = self.value(keys)
        return container_at(self.text, value.start) if value else None

    def _inside(self, value: Value, keys: Keys) -> Value | None:
        while keys:
            container = container_at(self.text, value.start)
            items = container.items if container else ()
            item = next((each for each in items if each.keys == keys[: len(each.keys)]), None)
            if container is None or item is None:
                return None
            around = (*value.around, (container, item))
            value = Value(start=item.value_start, end=item.value_end, pair=value.pair, around=around)
            keys = keys[len(item.keys) :]
        return value


def layout_of(text: str) -> Layout:
    """The layout of `text`."""
    sections: list[Section] = []
    counts: dict[Keys, int] = {}
    header: Keys = ()
    start = body = 0
    pairs: list[Pair] = []
    position = _BLANK_LINES.match(text, 1 if text.startswith("\ufeff") else 0).end()  # type: ignore[union-attr] # matches always
    while position < len(text):
        match = _STATEMENT.match(text, position)
        end = _line_end(text, position)
        if match and match[1]:
            sections.append(Section(keys=header, start=start, body=body, pairs=tuple(pairs)))
            header = _header_keys(key_parts(match[2]), counts, is_array=match[1] == "[[")
            start, body, pairs = position, end, []
        elif match:
            value_end = end_of_value(text, match.end())
            end = _line_end(text, value_end)
            keys = header + key_parts(match[3])
            pairs.append(
                Pair(
                    keys=keys,
                    start=position,
                    key_start=match.start(3),
                    value_start=match.end(),
                    value_end=value_end,
                    end=end,
                )
            )
        position = _BLANK_LINES.match(text, end).end()  # type: ignore[union-attr] # matches always
    sections.append(Section(keys=header, start=start, body=body, pairs=tuple(pairs)))
    return Layout(text=text, sections=tuple(sections))


def container_at(text: str, start: int) -> Container | None:
    """The array or inline table that begins at `start`; None for any other value."""
    if text[start : start + 1] not in ("[", "{"):
        return None
    is_array = text[start] == "["
    closing = "]" if is_array else "}"
    items: list[Item] = []
    position = _skip_blank(text, start + 1)
    while position < len(text) and text[position] != closing:
        match = None if is_array else _PAIR.match(text, position)
        value_start = match.end() if match else position
        value_end = end_of_value(text, value_start)
        after = _skip_blank(text, value_end)
        comma = after if text[after : after + 1] == "," else None
        keys = key_parts(match[1]) if match else (len(items),)
        items.append(Item(keys=keys, start=position, value_start=value_start, value_end=value_end, comma=comma))
        following = after if comma is None else _skip_blank(text, comma + 1)
        position = following if following > position else len(text)
    return Container(start=start, end=min(position + 1, len(text)), is_array=is_array, items=tuple(items))


def end_of_value(text: str, start: int) -> int:
    """Where the value that begins at `start` ends."""
    match text[start : start + 1]:
        case '"' | "'":
            string = _STRING_VALUE.match(text, start)
            return string.end() if string else max(start, _line_end(text, start) - 1)
        case "[" | "{":
            return _end_of_nested(text, start)
        case _:
            scalar = _SCALAR.match(text, start)
            return start + len(scalar[0].rstrip()) if scalar else start


def key_parts(dotted: str) -> tuple[str, ...]:
    """The keys that a dotted key as written is made of."""
    if '"' in dotted or "'" in dotted:
        return tuple(_unquoted(part) for part in _KEY_PART.findall(dotted))
    if "." not in dotted:
        return (dotted,)
    return tuple(part.strip(" \t") for part in dotted.split("."))


def key_part_ends(text: str, start: int, count: int) -> int:
    """Where the first `count` parts of the dotted key that begins at `start` end."""
    position = start
    for match in _KEY_PART.finditer(text, start):
        position, count = match.end(), count - 1
        if count == 0:
            break
    return position


def _unquoted(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] == '"':
        return _ESCAPE.sub(_unescaped, part[1:-1])
    return part


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _ESCAPED.get(match[4], match[4])


def _header_keys(keys: tuple[str, ...], counts: dict[Keys, int], *, is_array: bool) -> Keys:
    """`keys` with the positions in arrays of tables (counted in `counts`) that they pass through."""
    resolved: Keys = ()
    for depth, key in enumerate(keys, start=1):
        resolved = (*resolved, key)
        if is_array and depth == len(keys):
            counts[resolved] = counts.get(resolved, -1) + 1
        if resolved in counts:
            resolved = (*resolved, counts[resolved])
    return resolved


def _end_of_nested(text: str, start: int) -> int:
    depth, position = 0, start
    while position < len(text):
        character = text[position]
        if character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        position += 1
        if depth == 0:
            return position
        position = _NESTED.match(text, position).end()  # type: ignore[union-attr] # matches always
    return len(text)


def _skip_blank(text: str, position: int) -> int:
    return _BLANK.match(text, position).end()  # type: ignore[union-attr] # matches always


def _line_end(text: str, position: int) -> int:
    newline = text.find("\n", position)
    return len(text) if newline < 0 else newline + 1
