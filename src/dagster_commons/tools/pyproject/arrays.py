"""Elements of an array put in, taken out and exchanged in the style in which the array is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.tools.pyproject.splices import (
    cut,
    line_end,
    line_start,
    newline_of,
    rest_of_line,
    spliced,
)

if TYPE_CHECKING:
    from dagster_commons.tools.pyproject.layout import Container, Item

DEFAULT_INDENTATION = "    "
_OWN_LINE = re.compile(r"[ \t]*(?:,[ \t]*)?")  # also where commas lead the lines


def quote_of(text: str, array: Container) -> str:
    """The quote that the array's last string is written with; a double one where there is none."""
    quotes = [text[item.value_start] for item in array.items if text[item.value_start] in "\"'"]
    return quotes[-1] if quotes else '"'


def append(text: str, array: Container, literal: str) -> str:
    """`literal` as the last element."""
    if not array.items:
        return _fill(text, array, literal)
    last = array.items[-1]
    prefix = text[line_start(text, last.start) : last.start]
    has_comma = last.comma is not None
    end = last.value_end if last.comma is None else last.comma + 1
    following = rest_of_line(text, end)
    if _OWN_LINE.fullmatch(prefix) and (not following or following.startswith("#")):
        below = line_end(text, end)
        line = prefix + literal + ("," if has_comma else "") + newline_of(text)
        comma = "" if has_comma or "," in prefix else ","
        return spliced(text, [(end, end, comma), (below, below, line)])
    separator = _separator(text, array, prefix)
    return spliced(text, [(end, end, f"{separator}{literal}," if has_comma else f",{separator}{literal}")])


def prepend(text: str, array: Container, literal: str) -> str:
    """`literal` as the first element."""
    if not array.items:
        return _fill(text, array, literal)
    first = array.items[0]
    prefix = text[line_start(text, first.start) : first.start]
    separator = newline_of(text) + prefix if not prefix.strip() else " "
    return spliced(text, [(first.start, first.start, f"{literal},{separator}")])


def exchange(text: str, item: Item, literal: str) -> str:
    """The element's value replaced by `literal`; comma and comments stay."""
    return spliced(text, [(item.value_start, item.value_end, literal)])


def take_out(text: str, container: Container, item: Item) -> str:
    """The element (or the pair of an inline table) gone, with its comma.

    On a line of its own it takes the comment on that line with it.
    """
    position = container.items.index(item)
    previous = container.items[position - 1] if position else None
    following = container.items[position + 1] if position + 1 < len(container.items) else None
    end = item.value_end if item.comma is None else item.comma + 1
    if previous is None and following is None and "\n" not in text[container.start : container.end]:
        return cut(text, container.start + 1, container.end - 1)
    start = line_start(text, item.start)
    rest = rest_of_line(text, end)
    if _OWN_LINE.fullmatch(text[start : item.start]) and (not rest or rest.startswith("#")):
        return _without_line(text, item, previous, (start, line_end(text, end)))
    if following is not None and "\n" not in text[end : following.start]:
        return cut(text, item.start, following.start)
    if previous is not None:
        return _cut_after(text, item, previous, end)
    return cut(text, item.start, end)


def _fill(text: str, array: Container, literal: str) -> str:
    """The first element of an empty array; in one of several lines it gets a line, after comments."""
    inside = text[array.start + 1 : array.end - 1]
    if "\n" not in inside:
        return spliced(text, [(array.start + 1, array.start + 1, inside + literal)])
    closing_line = line_start(text, array.end - 1)
    comment = re.search(r"\n([ \t]*)#[^\n]*\n[^\n]*$", inside)
    closing_indentation = text[closing_line : array.end - 1]
    indentation = comment[1] if comment else closing_indentation + DEFAULT_INDENTATION
    return spliced(text, [(closing_line, closing_line, f"{indentation}{literal},{newline_of(text)}")])


def _separator(text: str, array: Container, prefix: str) -> str:
    """What stands, or would stand, between a comma and the element after it."""
    if not prefix.strip():
        return newline_of(text) + prefix
    comma = array.items[-2].comma if len(array.items) > 1 else None
    between = " " if comma is None else text[comma + 1 : array.items[-1].start]
    return between if not between.strip(" \t") else " "


def _without_line(text: str, item: Item, previous: Item | None, lines: tuple[int, int]) -> str:
    edits = [(*lines, "")]
    if item.comma is None and previous is not None and previous.comma is not None and previous.comma < lines[0]:
        edits.append((previous.comma, previous.comma + 1, ""))
    return spliced(text, edits)


def _cut_after(text: str, item: Item, previous: Item, end: int) -> str:
    """The element with what separates it from the previous one; comments between them stay."""
    start = previous.value_end if item.comma is None or previous.comma is None else previous.comma + 1
    between = text[start : item.start]
    if "#" not in between:
        return cut(text, start, end)
    comma = [(start, start + 1, "")] if between.startswith(",") else []
    return spliced(text, [*comma, (item.start, end, "")])
