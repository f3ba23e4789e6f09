"""Whether a config type accepts all that another one did, from the names that a snapshot gives them.

`Int`, `Noneable[Int]`, `Array[String]`, `Map[String, Int]`, `Enum(Colour: BLUE, RED)`, `String or Selector`, `Shape`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster_commons.model.definitions import Value

STRICT = "Shape"  # a field without a type of its own holds fields

_GENERIC = re.compile(r"(Noneable|Array|Map)\[(.*)\]", re.DOTALL)
_ENUM = re.compile(r"Enum\([^:]*: (.*)\)", re.DOTALL)
_WIDER = {"Int": ("Float",), STRICT: ("Permissive",)}  # Dagster's Float takes an int


def accepts_less(old: Value, new: Value) -> bool:
    """Whether some value of type `old` is none of type `new`, as far as the names tell."""
    return not _accepts(_name(new), _name(old))


def _name(value: Value) -> str:
    return value if isinstance(value, str) else STRICT


def _accepts(wide: str, narrow: str) -> bool:
    if wide in {narrow, "Any"}:
        return True
    wide_choices, narrow_choices = _split(wide, " or "), _split(narrow, " or ")
    if len(wide_choices) > 1 or len(narrow_choices) > 1:
        return all(any(_accepts(each, choice) for each in wide_choices) for choice in narrow_choices)
    wide_parts, narrow_parts = _generic(wide), _generic(narrow)
    if wide_parts[0] == "Noneable":
        return _accepts(wide_parts[1][0], narrow_parts[1][0] if narrow_parts[0] == "Noneable" else narrow)
    if wide_parts[0] and wide_parts[0] == narrow_parts[0]:
        return all(map(_accepts, wide_parts[1], narrow_parts[1]))
    wide_enum, narrow_enum = _ENUM.fullmatch(wide), _ENUM.fullmatch(narrow)
    if wide_enum and narrow_enum:
        return set(wide_enum[1].split(", ")) >= set(narrow_enum[1].split(", "))
    return wide in _WIDER.get(narrow, ())


def _generic(name: str) -> tuple[str, list[str]]:
    """`Map[String, Int]` as `Map` and its parts; no name and no parts for anything else."""
    found = _GENERIC.fullmatch(name)
    return (found[1], _split(found[2], ", ")) if found else ("", [])


def _split(text: str, separator: str) -> list[str]:
    """`text` cut at `separator` outside all brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "[(") - (character in "])")
        if depth == 0 and text.startswith(separator, position):
            parts.append(text[start:position])
            start = position + len(separator)
    return [*parts, text[start:]]
