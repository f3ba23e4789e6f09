"""Keys and tables put in and taken out, in whichever of TOML's forms the tables around them are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.tools.pyproject import arrays
from dagster_commons.tools.pyproject.layout import key_part_ends, layout_of
from dagster_commons.tools.pyproject.splices import (
    cut_lines,
    insert_lines,
    key_literal,
    line_end,
    line_start,
    rest_of_line,
    spliced,
)

if TYPE_CHECKING:
    from dagster_commons.tools.pyproject.layout import Container, Keys, Layout, Pair, Section, Value


def insert_pair(text: str, table: tuple[str, ...], key: str, literal: str) -> str:
    """`key = literal` as the last key of `table`, which is created where it is missing."""
    layout = layout_of(text)
    section = layout.section(table)
    if section is not None:
        return _insert_below_header(text, section, f"{key_literal(key)} = {literal}")
    for depth in range(len(table), 0, -1):
        container = layout.container(table[:depth])
        if container is not None and not container.is_array:
            return _insert_inline(text, container, (*table[depth:], key), literal)
    sibling = _last_dotted_sibling(layout, table)
    if sibling is not None:
        return _insert_beside(text, table, sibling, f"{key_literal(key)} = {literal}")
    return insert_section(text, f"[{_dotted(table)}]", (f"{key_literal(key)} = {literal}",), near=table)


def insert_section(text: str, header: str, lines: tuple[str, ...], *, near: tuple[str, ...]) -> str:
    """A header with its lines, set off by blank lines, below the section that shares most of the keys `near`."""
    layout = layout_of(text)
    position = _place_for_section(layout, near)
    above = text[:position].removeprefix("\ufeff")
    is_set_off = not above or above.splitlines()[-1].strip() == ""
    leading = () if is_set_off else ("",)
    trailing = () if not text[position:] or rest_of_line(text, position) == "" else ("",)
    return insert_lines(text, position, *leading, header, *lines, *trailing)


def insert_section_before(text: str, section: Section, header: str, lines: tuple[str, ...]) -> str:
    """A header with its lines and a blank line, above `section` and the comments that belong to it."""
    return insert_lines(text, start_with_comments(layout_of(text), section), header, *lines, "")


def remove_value(text: str, value: Value) -> str:
    """A statement, or an element or pair inside its value, gone; a comment on its line goes with it."""
    if value.around:
        container, item = value.around[-1]
        return arrays.take_out(text, container, item)
    return cut_lines(text, value.pair.start, value.pair.end)


def remove_pairs(text: str, pairs: tuple[Pair, ...]) -> str:
    """Statements gone, last first, so that the spans of the others stay true."""
    for pair in sorted(pairs, key=lambda each: each.start, reverse=True):
        text = cut_lines(text, pair.start, pair.end)
    return text


def remove_section(text: str, section: Section) -> str:
    """A header, its statements and what stands between them gone, and one of the blank lines that set it off."""
    start, end = section.start, section.end
    before = text[:start]
    is_blank_before = before.endswith(("\n\n", "\n\r\n"))
    is_blank_after = end == len(text) or rest_of_line(text, end) == ""
    if is_blank_after and end < len(text) and not before.removeprefix("\ufeff"):
        return cut_lines(text, start, line_end(text, end))
    if is_blank_before and is_blank_after:
        start = line_start(text, start - 1)
    return cut_lines(text, start, end)


def remove_header_if_bare(text: str, table: tuple[str, ...]) -> str:
    """The header of `table` gone if nothing stands below it and no comment on, directly above or below it."""
    layout = layout_of(text)
    section = layout.section(table)
    if section is None or section.pairs or _has_comments(layout, section):
        return text
    return remove_section(text, section)


def start_with_comments(layout: Layout, section: Section) -> int:
    """Where the comment lines begin that stand directly above the section's header."""
    position = layout.sections.index(section)
    limit = layout.sections[position - 1].end if position else section.start
    start = section.start
    while start > limit:
        above = line_start(layout.text, start - 1)
        if not layout.text[above:start].lstrip(" \t").startswith("#"):
            break
        start = above
    return start


def _insert_below_header(text: str, section: Section, assignment: str) -> str:
    if section.pairs:
        last = section.pairs[-1]
        indentation = text[last.start : last.key_start]
    else:
        header = text[section.start : section.body]
        indentation = header[: len(header) - len(header.lstrip(" \t"))]
    return insert_lines(text, section.end, indentation + assignment)


def _insert_inline(text: str, table: Container, keys: tuple[str, ...], literal: str) -> str:
    """A pair as the last of an inline table."""
    assignment = f"{_dotted(keys)} = {literal}"
    if table.items:
        return arrays.append(text, table, assignment)
    closing = table.end - 1
    if text[table.start + 1 : closing].strip():
        return spliced(text, [(closing, closing, f"{assignment} ")])
    return spliced(text, [(table.start + 1, closing, f" {assignment} ")])


def _last_dotted_sibling(layout: Layout, table: tuple[str, ...]) -> tuple[Section, Pair] | None:
    """The last statement that gives `table` a key by a dotted key, with its section."""
    depth = len(table)
    found = [
        (section, pair)
        for section in layout.sections
        for pair in section.pairs
        if pair.keys[:depth] == table and len(section.keys) < depth < len(pair.keys)
    ]
    return found[-1] if found else None


def _insert_beside(text: str, table: tuple[str, ...], sibling: tuple[Section, Pair], assignment: str) -> str:
    section, pair = sibling
    prefix = text[pair.start : key_part_ends(text, pair.key_start, len(table) - len(section.keys))]
    return insert_lines(text, pair.end, f"{prefix}.{assignment}")


def _place_for_section(layout: Layout, near: tuple[str, ...]) -> int:
    """After the last section that shares most keys with `near`, before what belongs to the section that follows it."""
    shared = [_shared_depth(section, near) for section in layout.sections]
    most = max(shared)
    last = len(shared) - 1 if most == 0 else max(place for place, depth in enumerate(shared) if depth == most)
    if last == len(shared) - 1:
        return len(layout.text)
    start = layout.sections[last].end
    gap = layout.text[start : start_with_comments(layout, layout.sections[last + 1])].rstrip()
    return line_end(layout.text, start + len(gap) - 1) if gap else start


def _shared_depth(section: Section, near: Keys) -> int:
    """How many leading keys a section's header, or a dotted key below it, has in common with `near`."""
    candidates = [section.keys, *(pair.keys for pair in section.pairs)]
    return max(
        next((depth for depth in range(len(near), 0, -1) if keys[:depth] == near[:depth]), 0) for keys in candidates
    )


def _has_comments(layout: Layout, section: Section) -> bool:
    """Whether comments stand on, directly above or below a header that has no statements."""
    text, position = layout.text, layout.sections.index(section) + 1
    following = layout.sections[position] if position < len(layout.sections) else None
    end = len(text) if following is None else start_with_comments(layout, following)
    is_ambiguous = following is not None and end == section.body != following.start
    on_line = "#" in text[section.start : section.body].partition("]")[2]
    above = start_with_comments(layout, section) != section.start
    return on_line or above or is_ambiguous or "#" in text[section.body : end]


def _dotted(keys: tuple[str, ...]) -> str:
    return ".".join(key_literal(key) for key in keys)
