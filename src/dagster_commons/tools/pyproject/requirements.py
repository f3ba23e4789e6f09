"""Requirements put into, taken out of and changed in the arrays of dependencies, extras, groups and constraints."""

from __future__ import annotations

from typing import TypeAlias

from dagster_commons.model.names import is_requirement_of, normalise_name, requirement_name
from dagster_commons.tools.pyproject import arrays, statements
from dagster_commons.tools.pyproject.documents import (
    CONSTRAINTS,
    OVERRIDES,
    Document,
    elements,
    requirement_places,
    strings,
)
from dagster_commons.tools.pyproject.layout import Container, layout_of
from dagster_commons.tools.pyproject.lines import line_of
from dagster_commons.tools.pyproject.splices import string_literal
from dagster_commons.tools.pyproject.verification import parsed, proven, refuse, with_value

Place: TypeAlias = tuple[str, ...]


def add_dependency(text: str, requirement: str, *, extra: str | None = None, group: str | None = None) -> str:
    """`requirement` as the last of the project's dependencies, or of an extra's or a group's; made where missing.

    Raises:
        UsageError: its name stands there already, the array is dynamic or cannot be edited; nothing is changed.

    """
    document = parsed(text)
    name = requirement_name(requirement)
    places = requirement_places(document, extra=extra, group=group)
    for place in places:
        for position in _positions(document, place, name):
            refuse(f"{name} already stands in {_said(place)}", line=line_of(text, *place, position))
    if places[0][-1] in strings(document, "project", "dynamic") or (
        extra is not None and "optional-dependencies" in strings(document, "project", "dynamic")
    ):
        refuse(f"{_said(places[0])} is dynamic, set by the build backend", line=line_of(text, "project", "dynamic"))
    return _appended(text, document, places[0], requirement)


def remove_dependency(text: str, name: str, *, extra: str | None = None, group: str | None = None) -> str:
    """`text` without any requirement on `name` among the project's dependencies, or an extra's or a group's.

    The array stays, the text too where there is none.

    Raises:
        UsageError: the array cannot be edited.

    """
    for place in requirement_places(parsed(text), extra=extra, group=group):
        text = _removed(text, parsed(text), place, name)
    return text


def replace_dependency(
    text: str,
    name: str,
    requirement: str,
    *,
    extra: str | None = None,
    group: str | None = None,
    old: str | None = None,
) -> str:
    """`requirement` in the place of the one on `name`; `old` (its text) chooses where several markers give several.

    Raises:
        UsageError: there is none, or several and no `old`, or the array cannot be edited.

    """
    document = parsed(text)
    places = requirement_places(document, extra=extra, group=group)
    found = [
        (place, position)
        for place in places
        for position in _positions(document, place, name)
        if old is None or elements(document, *place)[position] == old
    ]
    if not found:
        refuse(f"`{old or normalise_name(name)}` does not stand in {_said(places[0])}")
    place, position = found[0]
    if len(found) > 1:
        lines = ", ".join(str(line_of(text, *place, position)) for place, position in found)
        refuse(f"{name} stands in {_said(place)} several times (lines {lines})", by_hand=f'"{requirement}"')
    return _replaced(text, document, (place, position), requirement)


def add_constraint(text: str, requirement: str) -> str:
    """`requirement` in `[tool.uv] constraint-dependencies`, in the place of the one of the same name if there is one.

    Raises:
        UsageError: the array cannot be edited.

    """
    return _with_one(text, CONSTRAINTS, requirement)


def add_override(text: str, requirement: str) -> str:
    """As `add_constraint`, in `[tool.uv] override-dependencies`.

    Raises:
        UsageError: the array cannot be edited.

    """
    return _with_one(text, OVERRIDES, requirement)


def remove_constraint(text: str, name: str) -> str:
    """`text` without constraints on `name`, and without the key and the header that nothing else needs then.

    Raises:
        UsageError: the array cannot be edited.

    """
    document = parsed(text)
    if not _positions(document, CONSTRAINTS, name):
        return text
    text = _removed(text, document, CONSTRAINTS, name)
    value = layout_of(text).value(CONSTRAINTS)
    if value is None or "#" in text[value.start : value.pair.end] or elements(parsed(text), *CONSTRAINTS):
        return text
    expected = with_value(parsed(text), CONSTRAINTS, None)
    edited = statements.remove_header_if_bare(statements.remove_value(text, value), CONSTRAINTS[:-1])
    return proven(edited, expected, by_hand=f"{_said(CONSTRAINTS)} = []", may_vanish=CONSTRAINTS)


def _with_one(text: str, place: Place, requirement: str) -> str:
    """`requirement` in the array at `place`, and no other one of its name."""
    document = parsed(text)
    positions = _positions(document, place, requirement_name(requirement))
    if not positions:
        return _appended(text, document, place, requirement)
    text = _replaced(text, document, (place, positions[0]), requirement)
    for position in reversed(positions[1:]):
        text = _without_positions(text, parsed(text), place, (position,))
    return text


def _positions(document: Document, place: Place, name: str) -> tuple[int, ...]:
    return tuple(position for position, each in enumerate(elements(document, *place)) if is_requirement_of(each, name))


def _appended(text: str, document: Document, place: Place, requirement: str) -> str:
    layout = layout_of(text)
    array = layout.container(place)
    expected = with_value(document, place, [*elements(document, *place), requirement])
    if array is not None and array.is_array:
        edited = arrays.append(text, array, string_literal(requirement, quote=arrays.quote_of(text, array)))
    else:
        edited = statements.insert_pair(text, place[:-1], place[-1], f"[{string_literal(requirement)}]")
    return proven(edited, expected, by_hand=f"add {string_literal(requirement)} to {_said(place)}")


def _replaced(text: str, document: Document, at: tuple[Place, int], requirement: str) -> str:
    place, position = at
    by_hand = f"write {string_literal(requirement)} in {_said(place)}"
    array = _array(text, place, by_hand=by_hand)
    item = array.items[position]
    quote = text[item.value_start]
    edited = arrays.exchange(text, item, string_literal(requirement, quote=quote))
    expected = [requirement if number == position else each for number, each in enumerate(elements(document, *place))]
    return proven(edited, with_value(document, place, expected), by_hand=by_hand)


def _removed(text: str, document: Document, place: Place, name: str) -> str:
    return _without_positions(text, document, place, _positions(document, place, name))


def _without_positions(text: str, document: Document, place: Place, positions: tuple[int, ...]) -> str:
    by_hand = f"take {', '.join(str(elements(document, *place)[each]) for each in positions)} out of {_said(place)}"
    edited = text
    for position in reversed(positions):
        array = _array(edited, place, by_hand=by_hand)
        edited = arrays.take_out(edited, array, array.items[position])
    left = [each for number, each in enumerate(elements(document, *place)) if number not in positions]
    return proven(edited, with_value(document, place, left), by_hand=by_hand) if positions else text


def _array(text: str, place: Place, *, by_hand: str) -> Container:
    array = layout_of(text).container(place)
    if array is None or not array.is_array:
        refuse(f"{_said(place)} is not written as an array", by_hand=by_hand, line=line_of(text, *place))
    return array


def _said(place: Place) -> str:
    """`[project] dependencies`, as a reader would look for it."""
    return f"[{'.'.join(place[:-1])}] {place[-1]}"
