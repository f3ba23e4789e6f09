"""What a rule about changes of definitions is, and the directions in which a value can change."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagster_commons.model.definitions import ChangeKind, ObjectKind, Severity, Value

Fields: TypeAlias = "tuple[tuple[str, Value], ...]"
Direction: TypeAlias = "Callable[[Value, Value], bool]"

ALL_KINDS: tuple[ObjectKind, ...] = ("asset", "check", "job", "schedule", "sensor", "resource", "definitions")


def any_direction(old: Value, new: Value) -> bool:  # noqa: ARG001 - the direction that asks nothing
    return True


def vanishes(old: Value, new: Value) -> bool:
    return old is not None and new is None


def gains(old: Value, new: Value) -> bool:
    """Whether a list has something that it had not, be it that other things are gone."""
    return bool(items(new) - items(old))


def only_gains(old: Value, new: Value) -> bool:
    return items(new) > items(old)


def loses(old: Value, new: Value) -> bool:
    """Whether something of a list is gone, be it that there is more besides."""
    return bool(items(old) - items(new))


def items(value: Value) -> frozenset[Value]:
    """What a list contains; a single value counts as a list of one, None as an empty one."""
    if value is None:
        return frozenset()
    return frozenset(value) if isinstance(value, tuple) else frozenset({value})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRule:
    """A rule as data: which changes it judges, how, and why.

    It judges changes of `kind` in objects of the kinds `objects` whose field matches one of `fields` (shell patterns;
    none for what happens to a whole object), none of `other_than`, and whose values move in `direction`.
    `old` and `new` are an example pair: the fields of an object of the first of `objects`, None where it is absent.
    No two rules judge the same change.
    """

    id: str
    severity: Severity
    reason: str
    objects: tuple[ObjectKind, ...]
    kind: ChangeKind = "changed"
    fields: tuple[str, ...] = ()
    other_than: tuple[str, ...] = ()
    direction: Direction = any_direction
    old: Fields | None
    new: Fields | None

    def is_about(self, kind: ChangeKind, object_kind: ObjectKind, field: str | None) -> bool:
        """Whether it judges such changes, if their values move in its direction."""
        if kind != self.kind or object_kind not in self.objects:
            return False
        if field is None or not self.fields:
            return field is None and not self.fields
        is_meant = any(fnmatchcase(field, each) for each in self.fields)
        return is_meant and not any(fnmatchcase(field, each) for each in self.other_than)
