"""`[[tool.uv.index]]`: package indexes, put in and taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.tools.pyproject import arrays, statements
from dagster_commons.tools.pyproject.documents import INDEXES, elements, tables
from dagster_commons.tools.pyproject.layout import layout_of
from dagster_commons.tools.pyproject.lines import line_of
from dagster_commons.tools.pyproject.splices import assignments, inline_table
from dagster_commons.tools.pyproject.verification import parsed, proven, refuse, with_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.tools.pyproject.documents import Document
    from dagster_commons.tools.pyproject.layout import Layout, Section

_HEADER = "[[tool.uv.index]]"


def add_index(text: str, index: Mapping[str, str | bool], *, first: bool) -> str:
    """An index, asked before (`first`) or after all others that the file names.

    Raises:
        UsageError: an index of that name is there already, or the indexes cannot be edited.

    """
    document = parsed(text)
    for position in _positions(document, index.get("name")):
        refuse(f"an index named {index['name']} is there already", line=line_of(text, *INDEXES, position))
    existing = elements(document, *INDEXES)
    expected = [dict(index), *existing] if first else [*existing, dict(index)]
    by_hand = "\n".join((_HEADER, *assignments(index)))
    return proven(_with_index(text, index, first=first), with_value(document, INDEXES, expected), by_hand=by_hand)


def remove_index(text: str, name: str) -> str:
    """`text` without the indexes named `name`; the text itself where there are none.

    Raises:
        UsageError: the indexes cannot be edited.

    """
    document = parsed(text)
    positions = _positions(document, name)
    edited = text
    for position in reversed(positions):
        edited = _without_index(edited, position)
    left = [each for position, each in enumerate(elements(document, *INDEXES)) if position not in positions]
    expected = with_value(document, INDEXES, left) if positions else document
    return proven(edited, expected, by_hand=f"take {_HEADER} {name} out", may_vanish=INDEXES)


def _positions(document: Document, name: object) -> tuple[int, ...]:
    if name is None:
        return ()
    return tuple(position for position, each in enumerate(tables(document, *INDEXES)) if each.get("name") == name)


def _with_index(text: str, index: Mapping[str, str | bool], *, first: bool) -> str:
    layout = layout_of(text)
    array = layout.container(INDEXES)
    if array is not None:
        return (arrays.prepend if first else arrays.append)(text, array, inline_table(index))
    sections = _sections(layout)
    if not sections and layout.container(INDEXES[:-1]) is not None:
        return statements.insert_pair(text, INDEXES[:-1], INDEXES[-1], f"[{inline_table(index)}]")
    lines = assignments(index)
    if sections and first:
        return statements.insert_section_before(text, sections[0], _HEADER, lines)
    return statements.insert_section(text, _HEADER, lines, near=INDEXES)


def _without_index(text: str, position: int) -> str:
    layout = layout_of(text)
    value = layout.value((*INDEXES, position))
    if value is not None:
        return statements.remove_value(text, value)
    for section in reversed(_sections(layout)):
        if section.keys[: len(INDEXES) + 1] == (*INDEXES, position):
            text = statements.remove_section(text, section)
    return text


def _sections(layout: Layout) -> list[Section]:
    return [each for each in layout.sections if each.keys[: len(INDEXES)] == INDEXES]
