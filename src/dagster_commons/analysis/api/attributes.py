"""Changes of constants, class attributes and properties."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dagster_commons.analysis.api.rule import Found
from dagster_commons.analysis.api.types import NONE, Form, outside, parsed, relation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.api.rule import Pair
    from dagster_commons.model.api import ApiObject


def attribute_changes(pair: Pair) -> Iterator[Found]:
    """What changed for whoever reads it; fields and enum members have rules of their own."""
    old, new = pair.old, pair.new
    if _is_told_by_its_class(old, pair):
        return
    if (old.binding == "property") != (new.binding == "property") and old.value is not None:
        yield Found(rule="constant-changed", what="it is computed now")
        return
    before, after = _shared_constant(old), _shared_constant(new)
    if before is not None and after is not None and before != after:
        yield Found(rule="constant-changed", what=f"{old.value} became {new.value}")
    yield from _type_changes(pair)


def _shared_constant(each: ApiObject) -> str | None:
    return None if each.path.rpartition(".")[2].startswith("__") else constant(each.value)


def _is_told_by_its_class(each: ApiObject, pair: Pair) -> bool:
    owner = pair.before.objects.get(each.path.rpartition(".")[0])
    if owner is None or owner.kind != "class":
        return False
    name = each.path.rpartition(".")[2]
    return owner.class_kind == "enum" or any(field.name == name for field in owner.fields)


def constant(text: str | None) -> str | None:
    """Source text in one spelling, of literals alone: what is computed may be the same."""
    if text is None:
        return None
    try:
        return repr(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _type_changes(pair: Pair) -> Iterator[Found]:
    old, new = parsed(pair.old.annotation), parsed(pair.new.annotation)
    if old is None or new is None:
        return
    how = relation(old, new, pair.ancestors)
    words = f"{shown(old)} became {shown(new)}"
    gained = outside(new, old, pair.ancestors)
    if how == "subtype":
        yield Found(rule="return-narrowed", what=words)
    elif how != "same" and Form(name=NONE) in gained:
        yield Found(rule="return-optional", what=words)
    elif how != "same":
        yield Found(rule="return-changed" if gained else "return-type-changed", what=words)
