"""When two values, or two objects, are the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.model.definitions import DefinedObject, ObjectKind, Value

Named: TypeAlias = "tuple[ObjectKind, str]"
Fields: TypeAlias = "dict[str, Value]"
Differences: TypeAlias = "dict[str, tuple[Value, Value]]"

_ROOT = re.compile(r"[.\[{]")
AUTO_CREATED_STUB = "metadata.dagster/auto_created_stub_asset"


def is_same(old: Value, new: Value) -> bool:
    """Equal and of the same type: 1 is neither True nor 1.0, and nan is nan."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        return len(old) == len(new) and all(map(is_same, old, new))
    return type(old) is type(new) and (old == new or (old != old and new != new))  # noqa: PLR0124 - nan


def differences(old: Mapping[str, Value], new: Mapping[str, Value]) -> Differences:
    """The paths whose values differ, sorted; an absent field is None."""
    if old == new and all(map(is_same, old.values(), (new[path] for path in old))):
        return {}
    return {
        path: (old.get(path), new.get(path))
        for path in sorted({*old, *new})
        if not is_same(old.get(path), new.get(path))
    }


def root_of(path: str) -> str:
    """The first part of a field path: `config` of `config[].a.type`."""
    return _ROOT.split(path, maxsplit=1)[0]


def label(kind: ObjectKind, name: str) -> str:
    """`asset sales/orders`: how an object is written; the definitions as a whole have no name."""
    return f"{kind} {name}".rstrip()


def is_stub(thing: DefinedObject) -> bool:
    """Whether Dagster only made it up because something depends on its key."""
    return any(path == AUTO_CREATED_STUB for path, _ in thing.fields)


def ancestors(path: str) -> Iterator[str]:
    """The paths around `path`, outermost first: `config`, `config.a`, `config.a[]` for `config.a[].b`."""
    for position, character in enumerate(path):
        if position and character in ".[{":
            yield path[:position]
