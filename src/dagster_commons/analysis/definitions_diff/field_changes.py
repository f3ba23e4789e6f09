"""The fields of one object that changed, so reduced that one change is one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.change_rules.config_types import accepts_less
from dagster_commons.analysis.change_rules.paths import FACETS, config_root, is_given_value
from dagster_commons.analysis.definitions_diff.op_changes import reduce_ops
from dagster_commons.analysis.definitions_diff.renames import REFERENCES, renamed_value
from dagster_commons.analysis.definitions_diff.values import ancestors, differences, is_same, root_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dagster_commons.analysis.definitions_diff.values import Differences, Fields
    from dagster_commons.model.definitions import DefinedObject, ObjectKind, Value

_MAPPING = "partition_mapping."


def field_changes(
    old: DefinedObject, new: DefinedObject, names: Mapping[str, str], ignored: Collection[str] = ()
) -> Differences:
    """Field paths with their values before and after.

    `names` are the new names of renamed objects: a reference that only follows one is no change.  Fields whose first
    part is in `ignored` are left out.
    """
    before, after = _renamed_references(dict(old.fields), dict(new.fields), dict(names))
    found = {path: pair for path, pair in differences(before, after).items() if root_of(path) not in ignored}
    if not found:
        return {}
    _reduce_mappings(found)
    _reduce_partitions(found)
    _reduce_executor(found)
    reduce_ops(found, before, after)
    return _with_reduced_config(new.kind, found, before, after)


def _renamed_references(before: Fields, after: Fields, names: dict[str, str]) -> tuple[Fields, Fields]:
    """Both sides with lists of references in order, and the old one speaking of the new names."""
    if not names:
        return before, after
    moved: Fields = {}
    for path, value in before.items():
        if path.startswith(_MAPPING):
            key = path.removeprefix(_MAPPING)
            moved[_MAPPING + names.get(key, key)] = value
        else:
            moved[path] = renamed_value(value, names) if path in REFERENCES else value
    ordered = {path: renamed_value(value, {}) if path in REFERENCES else value for path, value in after.items()}
    return moved, ordered


def _reduce_mappings(found: Differences) -> None:
    """A partition mapping comes and goes with its dependency."""
    old, new = found.get("deps", ((), ()))
    moving = set(old if isinstance(old, tuple) else ()) ^ set(new if isinstance(new, tuple) else ())
    for path in [each for each in found if each.startswith(_MAPPING)]:
        if path.removeprefix(_MAPPING) in moving:
            del found[path]


def _reduce_partitions(found: Differences) -> None:
    """Partitions of another kind have other facets: the kind says it all."""
    for kind in [path for path in found if path.startswith("partitions") and path.endswith(".kind")]:
        prefix = kind.removesuffix("kind")
        for path in [each for each in found if each.startswith(prefix) and each != kind]:
            del found[path]


def _reduce_executor(found: Differences) -> None:
    if "executor" in found:
        for path in [each for each in found if each.startswith("executor.")]:
            del found[path]


def _with_reduced_config(kind: ObjectKind, found: Differences, before: Fields, after: Fields) -> Differences:
    reduced: Differences = {}
    facets: dict[str, set[str]] = {}
    for path, pair in found.items():
        place, facet = _place(kind, path)
        if place is None:
            reduced[path] = pair
        else:
            facets.setdefault(place, set()).add(facet)
    if facets:
        sides = _Schema(kind, before), _Schema(kind, after)
        for place in sorted(facets):
            reduced.update(_config_change(place, facets, sides))
    _reduce_values(kind, reduced)
    return dict(sorted(reduced.items()))


class _Schema:
    """The config fields of one side."""

    def __init__(self, kind: ObjectKind, fields: Fields) -> None:
        self._fields = fields
        self._places: set[str] = set()
        for path in fields:
            place, _ = _place(kind, path)
            if place is not None:
                self._places.update((place, *ancestors(place)))

    def __contains__(self, place: str) -> bool:
        return place in self._places

    def facet(self, place: str, facet: str) -> Value:
        """What is said of the field at `place`: of each field that there is, whether it is required."""
        value = self._fields.get(f"{place}.{facet}")
        return value is True if facet == "required" and place in self else value


def _place(kind: ObjectKind, path: str) -> tuple[str | None, str]:
    """`config.retries.default` as (`config.retries`, `default`); no place for what is no part of a config schema."""
    place, _, facet = path.rpartition(".")
    if facet not in FACETS or config_root(path) is None or is_given_value(kind, path):
        return None, ""
    return place, facet


def _config_change(
    place: str, changed: Mapping[str, Collection[str]], sides: tuple[_Schema, _Schema]
) -> Iterator[tuple[str, tuple[Value, Value]]]:
    root = config_root(f"{place}.") or ""
    around = [each for each in ancestors(place) if len(each) >= len(root)]
    if any("type" in changed.get(each, ()) and accepts_less(*_pair(sides, each, "type")) for each in around):
        return  # refused, whatever is inside
    if not all(place in side for side in sides):
        # A field that comes or goes says so once, with all that is inside it.
        outermost = next(each for each in (*around, place) if each != root and not all(each in side for side in sides))
        yield f"{outermost}.required", _pair(sides, outermost, "required")
        return
    told = [each for each in ("type", "required") if not is_same(*_pair(sides, place, each))]
    if not told and "default" in changed[place]:
        told = ["default"]
    if "description" in changed[place]:
        told.append("description")
    for facet in told:
        yield f"{place}.{facet}", _pair(sides, place, facet)


def _pair(sides: tuple[_Schema, _Schema], place: str, facet: str) -> tuple[Value, Value]:
    old, new = sides
    return old.facet(place, facet), new.facet(place, facet)


def _reduce_values(kind: ObjectKind, found: Differences) -> None:
    """A value that is given is the default of its field, too."""
    for path in [each for each in found if is_given_value(kind, each)]:
        default = path.replace(".value", ".default", 1)
        if found.get(default) == found[path]:
            del found[default]
