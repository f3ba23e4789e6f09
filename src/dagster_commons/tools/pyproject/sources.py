"""`[tool.uv.sources]`: how one distribution package is found, put in and taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.tools.pyproject import statements
from dagster_commons.tools.pyproject.documents import SOURCES, source_key
from dagster_commons.tools.pyproject.layout import layout_of
from dagster_commons.tools.pyproject.lines import line_of
from dagster_commons.tools.pyproject.splices import inline_table, key_literal, spliced, string_literal
from dagster_commons.tools.pyproject.verification import parsed, proven, refuse, with_value

if TYPE_CHECKING:
    from collections.abc import Mapping


def set_source(text: str, name: str, source: Mapping[str, str | bool]) -> str:
    """`name = { … }` in `[tool.uv.sources]`, in the place of an entry for the same name if there is one.

    An existing entry keeps its key's spelling; one of several lines (a table of its own, dotted keys, a list) becomes
    one line.

    Raises:
        UsageError: the table cannot be edited.

    """
    document = parsed(text)
    key = source_key(document, name)
    literal = inline_table(source)
    value = layout_of(text).value((*SOURCES, key)) if key is not None else None
    if value is not None:
        edited = spliced(text, [(value.start, value.end, literal)])
    else:
        spread_out_removed = text if key is None else _without_spread_out(text, key)
        edited = statements.insert_pair(spread_out_removed, SOURCES, key or name, literal)
    expected = with_value(document, (*SOURCES, key or name), dict(source))
    return proven(edited, expected, by_hand=f"[tool.uv.sources] {key_literal(key or name)} = {literal}")


def set_source_value(text: str, name: str, key: str, value: str) -> str:
    """`text` with another string for `key` (say `tag`) of the one source of `name`; however it is spelled, that stays.

    Raises:
        UsageError: there is no such key, or it cannot be edited.

    """
    document = parsed(text)
    place = (*SOURCES, source_key(document, name) or name, key)
    found = layout_of(text).value(place)
    by_hand = f"[tool.uv.sources] {key_literal(name)}: {key} = {string_literal(value)}"
    if found is None or text[found.start] not in "\"'":
        refuse(f"the source of {name} has no `{key}` that can be edited", by_hand=by_hand, line=line_of(text, *SOURCES))
    edited = spliced(text, [(found.start, found.end, string_literal(value, quote=text[found.start]))])
    return proven(edited, with_value(document, place, value), by_hand=by_hand)


def remove_source(text: str, name: str) -> str:
    """`text` without the entry for `name`, and without the table's header if it was there for nothing else.

    Raises:
        UsageError: the table cannot be edited.

    """
    document = parsed(text)
    key = source_key(document, name)
    if key is None:
        return text
    value = layout_of(text).value((*SOURCES, key))
    edited = _without_spread_out(text, key) if value is None else statements.remove_value(text, value)
    edited = statements.remove_header_if_bare(_without_empty_inline(edited), SOURCES)
    expected = with_value(document, (*SOURCES, key), None)
    return proven(edited, expected, by_hand=f"take {key} out of [tool.uv.sources]", may_vanish=SOURCES)


def _without_spread_out(text: str, key: str) -> str:
    """The entry gone that is made of dotted keys, of a table of its own or of an array of tables."""
    keys = (*SOURCES, key)
    layout = layout_of(text)
    sections = [each for each in layout.sections if each.keys[: len(keys)] == keys]
    for section in reversed(sections):
        text = statements.remove_section(text, section)
    pairs = tuple(each for each in layout_of(text).pairs if each.keys[: len(keys)] == keys)
    return statements.remove_pairs(text, pairs)


def _without_empty_inline(text: str) -> str:
    """`sources = {}` left over by a removal gone, unless a comment stands on it."""
    value = layout_of(text).value(SOURCES)
    if value is None or text[value.start + 1 : value.end - 1].strip() or "#" in text[value.start : value.pair.end]:
        return text
    return statements.remove_value(text, value)
