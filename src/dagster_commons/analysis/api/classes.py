"""Changes of classes: how instances are made, what they are, which members and fields they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.api.attributes import constant
from dagster_commons.analysis.api.bases import names_above
from dagster_commons.analysis.api.rule import Found
from dagster_commons.analysis.api.signatures import parameter_changes
from dagster_commons.analysis.api.types import outside, parsed, relation, shown, spelled
from dagster_commons.model.api import Signature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.api.rule import Pair
    from dagster_commons.model.api import ApiObject, Parameter

_UNIVERSAL = frozenset({"object", "builtins.object", "typing.Generic", "abc.ABC", "typing.Protocol"})
_MODELS = ("pydantic", "dataclass", "named-tuple")


def class_changes(pair: Pair) -> Iterator[Found]:
    """What changed for whoever makes instances, subclasses, or asks what an instance is."""
    old, new = pair.old, pair.new
    yield from _base_changes(pair)
    yield from _construction(pair)
    if new.is_deprecated and not old.is_deprecated:
        yield Found(rule="deprecated", what="it is marked as deprecated")
    if new.is_frozen and not old.is_frozen:
        yield Found(rule="class-frozen", what="its instances cannot be changed any more")
    if old.class_kind == new.class_kind == "enum":
        yield from _enum_changes(pair)
    yield from _abstract_members(pair)


def _base_changes(pair: Pair) -> Iterator[Found]:
    gone = [each for each in pair.old.ancestors if each not in pair.new.ancestors and each not in _UNIVERSAL]
    gone = [each for each in gone if each != pair.new.path]
    known = {spelled(each.rpartition(".")[2]) for each in pair.new.ancestors}
    came = [each for each in pair.new.open_bases if each not in pair.old.open_bases]
    above = [names_above(each) for each in came]
    known |= {name for each in above if each is not None for name in each}
    for each in gone:
        name = spelled(each.rpartition(".")[2])
        if name not in known and not any(part.startswith("_") for part in each.split(".")):
            if None in above:
                yield Found(rule="made-otherwise", what=f"it may be no {name} any more: it is a {came[0]} now")
            else:
                yield Found(rule="base-removed", what=f"it is no {name} any more")


def _construction(pair: Pair) -> Iterator[Found]:
    old, new = pair.old, pair.new
    if old.class_kind == new.class_kind and old.class_kind in (*_MODELS, "typed-dict"):
        yield from _field_changes(pair)
        return
    if "enum" in (old.class_kind, new.class_kind):
        return
    was, now = _constructor(old), _constructor(new)
    if was is not None and now is not None:
        yield from parameter_changes(was, now, pair.ancestors)


def _constructor(each: ApiObject) -> Signature | None:
    return Signature(parameters=each.fields) if each.class_kind in _MODELS else each.signature


def _field_changes(pair: Pair) -> Iterator[Found]:
    before = {each.name: each for each in pair.old.fields}
    after = {each.name: each for each in pair.new.fields}
    gone, came = [each for each in before if each not in after], [each for each in after if each not in before]
    renamed = _renamed(pair, gone, came)
    for name in gone:
        if name in renamed:
            yield Found(rule="field-renamed", what=f"{name} became {renamed[name]}")
        else:
            yield Found(rule="field-removed", what=f"{name} is gone")
    for name in came:
        if name not in renamed.values():
            rule = "field-added-required" if after[name].is_required else "field-added"
            yield Found(rule=rule, what=f"{name} {'has to' if after[name].is_required else 'can'} be given")
    for name, was in before.items():
        if name in after:
            yield from _field_change(pair, was, after[name])
    yield from _field_order(pair, renamed)


def _renamed(pair: Pair, gone: list[str], came: list[str]) -> dict[str, str]:
    """A field that has another name at the same place, and is alike."""
    old = {each.name: (position, each) for position, each in enumerate(pair.old.fields)}
    new = {each.name: (position, each) for position, each in enumerate(pair.new.fields)}
    return {
        name: other
        for name in gone
        for other in came
        if old[name][0] == new[other][0]
        and (old[name][1].annotation, old[name][1].default) == (new[other][1].annotation, new[other][1].default)
    }


def _field_change(pair: Pair, was: Parameter, now: Parameter) -> Iterator[Found]:
    if now.is_required and not was.is_required:
        yield Found(rule="field-became-required", what=f"{now.name} had the default {was.default}")
    elif was.default != now.default and not was.is_required:
        yield Found(rule="default-changed", what=f"{now.name}={was.default} became {now.name}={now.default}")
    if was.kind != "keyword-only" and now.kind == "keyword-only":
        yield Found(rule="class-keyword-only", what=f"{now.name} is taken by keyword only")
    old, new = parsed(was.annotation), parsed(now.annotation)
    if old is None or new is None:
        return
    how = relation(old, new, pair.ancestors)
    words = f"{now.name}: {shown(old)} became {shown(new)}"
    if how == "supertype":
        yield Found(rule="field-widened", what=words)
    elif how != "same":
        lost = outside(old, new, pair.ancestors)
        yield Found(rule="field-narrowed" if lost else "field-type-changed", what=words)


def _field_order(pair: Pair, renamed: dict[str, str]) -> Iterator[Found]:
    by_position = [each.name for each in pair.old.fields if each.kind != "keyword-only"]
    now = [each.name for each in pair.new.fields if each.kind != "keyword-only"]
    was = [renamed.get(each, each) for each in by_position]
    common = [each for each in was if each in now]
    if common != [each for each in now if each in common]:
        yield Found(rule="fields-reordered", what=f"({', '.join(was)}) became ({', '.join(now)})")
        return
    first_new = next((place for place, each in enumerate(now) if each not in was), len(now))
    if any(each in was for each in now[first_new + 1 :]):
        yield Found(rule="fields-reordered", what=f"{now[first_new]} comes before what was there")


def _enum_changes(pair: Pair) -> Iterator[Found]:
    before, after = _values(pair.old, pair), _values(pair.new, pair)
    for name, value in before.items():
        if name not in after:
            yield Found(rule="enum-member-removed", what=f"{name} is gone")
        elif after[name] != value and None not in (constant(after[name]), constant(value)):
            yield Found(rule="enum-value-changed", what=f"{name} = {value} became {after[name]}")
    for name in after:
        if name not in before:
            yield Found(rule="enum-member-added", what=f"{name} came")


def _values(each: ApiObject, pair: Pair) -> dict[str, str | None]:
    objects = pair.before.objects if each is pair.old else pair.after.objects
    members = {name: objects.get(path) for name, path in each.members.items() if not name.startswith("_")}
    return {
        name: member.value
        for name, member in members.items()
        if member is not None and member.kind == "attribute" and member.value is not None and member.binding is None
    }


def _abstract_members(pair: Pair) -> Iterator[Found]:
    """Members that came and that subclasses have to implement."""
    for name, path in sorted(pair.new.members.items()):
        member = pair.after.objects.get(path)
        is_own = path.rpartition(".")[0] == pair.new.path
        if member is not None and member.is_abstract and is_own and name not in pair.old.members:
            yield Found(rule="abstract-method-added", what=f"{name} has to be implemented by subclasses")
