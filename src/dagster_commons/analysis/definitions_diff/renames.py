"""Objects that are gone and others that are new, paired where they look like one object under another name."""

from __future__ import annotations

from collections import defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.analysis.definitions_diff.values import is_same, root_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dagster_commons.model.definitions import DefinedObject, ObjectKind, Value

Pair: TypeAlias = "tuple[DefinedObject, DefinedObject]"
Shape: TypeAlias = "tuple[ObjectKind, tuple[tuple[str, Value], ...]]"

# Names of other objects, which may have been renamed with it; and what says nothing about what an object is.
REFERENCES = ("deps", "targets", "selection", "job", "asset")
_NOT_SHAPE = (
    *REFERENCES,
    "partition_mapping",
    "monitors",
    "op",
    "group",
    "description",
    "metadata",
    "owners",
    "tags",
    "kinds",
)
_LIKE_ENOUGH = 0.5  # of difflib's ratio of the two names
_LARGEST_COMPARED = 100  # objects of one shape: names are compared pairwise


def pair_renamed(removed: Iterable[DefinedObject], added: Iterable[DefinedObject]) -> tuple[Pair, ...]:
    """Pairs of equal kind and shape, sorted by old name; each object is in one pair at most."""
    gone: defaultdict[Shape, list[DefinedObject]] = defaultdict(list)
    come: defaultdict[Shape, list[DefinedObject]] = defaultdict(list)
    for side, objects in ((gone, removed), (come, added)):
        for each in objects:
            side[_shape(each)].append(each)
    pairs: list[Pair] = []
    for shape in gone.keys() & come.keys():
        pairs.extend(_paired(gone[shape], come[shape]))
    return tuple(sorted(pairs, key=lambda pair: (pair[0].kind, pair[0].name)))


def renamed_value(value: Value, names: dict[str, str]) -> Value:
    """`value` with the new names of what it refers to; the order of a list of names says nothing."""
    if isinstance(value, tuple):
        return tuple(sorted((renamed_value(each, names) for each in value), key=str))
    return names.get(value, value) if isinstance(value, str) else value


def follows_rename(old: DefinedObject, new: DefinedObject, before: Value, after: Value) -> bool:
    """Whether the values differ only by the object's own name, as the name of its op does."""
    return is_same(_neutral(before, old.name), _neutral(after, new.name))


def _shape(thing: DefinedObject) -> Shape:
    """What makes an object what it is: its fields without names, without what only shows."""
    fields = ((path, _neutral(value, thing.name)) for path, value in thing.fields if not _is_beside(path))
    return thing.kind, tuple(fields)


def _is_beside(path: str) -> bool:
    return root_of(path) in _NOT_SHAPE or path.endswith(".description")


def _neutral(value: Value, name: str) -> Value:
    """`value` without the object's own name, as a key and as the name of an op."""
    if isinstance(value, tuple):
        return tuple(_neutral(each, name) for each in value)
    return value.replace(name, "").replace(name.replace("/", "__"), "") if isinstance(value, str) else value


def _paired(gone: Sequence[DefinedObject], come: Sequence[DefinedObject]) -> Iterable[Pair]:
    if len(gone) == len(come) == 1:
        return [(gone[0], come[0])] if _is_alike(gone[0], come[0]) else []
    if max(len(gone), len(come)) > _LARGEST_COMPARED:
        # A prefix that a factory drops keeps the order; more than that cannot be told in reasonable time.
        ordered = (sorted(each, key=lambda thing: thing.name) for each in (gone, come))
        return list(zip(*ordered, strict=True)) if len(gone) == len(come) else []
    return _most_alike_first(gone, come)


def _most_alike_first(gone: Sequence[DefinedObject], come: Sequence[DefinedObject]) -> Iterable[Pair]:
    scored = [(_likeness(old.name, new.name), old, new) for old in gone for new in come]
    scored.sort(key=lambda each: (-each[0], each[1].name, each[2].name))
    taken: set[str] = set()
    for likeness, old, new in scored:
        if likeness >= _LIKE_ENOUGH and not taken & {f"- {old.name}", f"+ {new.name}"}:
            taken |= {f"- {old.name}", f"+ {new.name}"}
            yield old, new


def _is_alike(old: DefinedObject, new: DefinedObject) -> bool:
    """Whether the only two of a shape are one: by name, by the code they run, or by much in common."""
    return (
        _likeness(old.name, new.name) >= _LIKE_ENOUGH
        or bool(set(old.code) & set(new.code))
        or (bool(old.fields) and dict(old.fields) == dict(new.fields))
    )


def _likeness(old: str, new: str) -> float:
    if old.rpartition("/")[2] == new.rpartition("/")[2]:
        return 1.0
    return SequenceMatcher(None, old, new, autojunk=False).ratio()
