"""How a call can fail, or mean something else, when a signature changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.api.rule import Found
from dagster_commons.analysis.api.types import outside, parsed, relation, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from dagster_commons.model.api import Parameter, ParameterKind, Signature

    Ancestors = Callable[[str], tuple[str, ...]]

_POSITIONAL = ("positional-only", "positional-or-keyword")


def parameter_changes(old: Signature, new: Signature, ancestors: Ancestors) -> Iterator[Found]:
    """What changed for a caller; `self` and `cls` are left out by whoever calls this."""
    before = {each.name: each for each in old.parameters}
    after = {each.name: each for each in new.parameters}
    renamed = dict(_renamed(old, new))
    yield from _missing(old, new, renamed)
    yield from _added(old, new, set(renamed.values()))
    for was in old.parameters:
        now = after.get(renamed.get(was.name, was.name))
        if now is not None:
            yield from _changed(was, now, ancestors)
    if _order(old, after, renamed) != _order(
        new, before, {after_it: before_it for before_it, after_it in renamed.items()}
    ):
        yield Found(rule="parameter-moved", what=f"{_names(old)} became {_names(new)}")


def _renamed(old: Signature, new: Signature) -> Iterator[tuple[str, str]]:
    """Pairs of names where a parameter has another name at the same place, and is alike."""
    known = {each.name for each in old.parameters}
    left = {each.name for each in new.parameters}
    for position, was in enumerate(old.parameters):
        if was.name in left or was.kind.startswith("variadic"):
            continue
        now = new.parameters[position] if position < len(new.parameters) else None
        if now is not None and was.kind == "positional-only" and now.kind in _POSITIONAL and now.name not in known:
            yield was.name, now.name  # its place is all that it goes by
            continue
        is_alike = now is not None and now.kind == was.kind and now.is_required == was.is_required
        if was.kind == "keyword-only" and _is_absorbed(was, {each.kind for each in new.parameters}):
            continue  # it is still taken by its name
        if now is not None and is_alike and now.name not in known and _is_like(was, now):
            yield was.name, now.name


def _is_like(was: Parameter, now: Parameter) -> bool:
    return was.annotation == now.annotation or None in (was.annotation, now.annotation)


def _missing(old: Signature, new: Signature, renamed: dict[str, str]) -> Iterator[Found]:
    kept = {each.name for each in new.parameters}
    kinds = {each.kind for each in new.parameters}
    for was in old.parameters:
        if was.kind.startswith("variadic"):
            if was.kind not in kinds:
                stars = "*" if was.kind == "variadic-positional" else "**"
                yield Found(rule="variadic-removed", what=f"{stars}{was.name} is gone")
        elif was.name in renamed:
            if was.kind != "positional-only":
                yield Found(rule="parameter-renamed", what=f"{was.name} became {renamed[was.name]}")
        elif was.name not in kept and not _is_absorbed(was, kinds):
            yield Found(rule="parameter-removed", what=f"{was.name} is gone")


def _is_absorbed(was: Parameter, kinds: AbstractSet[ParameterKind]) -> bool:
    by_name = "variadic-keyword" in kinds
    return by_name and (was.kind == "keyword-only" or "variadic-positional" in kinds)


def _added(old: Signature, new: Signature, known: set[str]) -> Iterator[Found]:
    names = {each.name for each in old.parameters} | known
    takes_any = any(each.kind == "variadic-positional" for each in old.parameters)
    positional = [each.name for each in new.parameters if each.kind in _POSITIONAL]
    for now in new.parameters:
        if now.name in names:
            continue
        if now.kind.startswith("variadic"):
            if now.kind not in {each.kind for each in old.parameters}:
                yield Found(rule="parameter-added", what=f"{now.name} takes any further arguments")
        elif now.is_required:
            yield Found(rule="parameter-added-required", what=f"{now.name} has to be given")
        elif now.kind in _POSITIONAL and (takes_any or _comes_before(now.name, positional, names)):
            yield Found(rule="parameter-inserted", what=f"{now.name} comes before what was there")
        else:
            yield Found(rule="parameter-added", what=f"{now.name} can be given")


def _comes_before(name: str, positional: list[str], known: set[str]) -> bool:
    return any(each in known for each in positional[positional.index(name) + 1 :])


def _changed(was: Parameter, now: Parameter, ancestors: Ancestors) -> Iterator[Found]:
    if was.kind.startswith("variadic") or now.kind.startswith("variadic"):
        return
    if was.kind in _POSITIONAL and now.kind == "keyword-only":
        yield Found(rule="parameter-keyword-only", what=f"{now.name} is taken by keyword only")
    if was.kind != "positional-only" and now.kind == "positional-only":
        yield Found(rule="parameter-positional-only", what=f"{now.name} is taken by position only")
    if now.is_required and not was.is_required:
        yield Found(rule="parameter-became-required", what=f"{now.name} had the default {was.default}")
    elif was.is_required and not now.is_required:
        yield Found(rule="parameter-became-optional", what=f"{now.name} has the default {now.default}")
    elif was.default != now.default:
        yield Found(rule="default-changed", what=f"{now.name}={was.default} became {now.name}={now.default}")
    yield from _type_of_parameter(was, now, ancestors)


def _type_of_parameter(was: Parameter, now: Parameter, ancestors: Ancestors) -> Iterator[Found]:
    old, new = parsed(was.annotation), parsed(now.annotation)
    if old is None or new is None:
        return
    how = relation(old, new, ancestors)
    words = f"{now.name}: {shown(old)} became {shown(new)}"
    if how == "supertype":
        yield Found(rule="parameter-widened", what=words)
    elif how in ("subtype", "unclear", "other"):
        lost = outside(old, new, ancestors)
        yield Found(rule="parameter-narrowed" if lost else "parameter-type-changed", what=words)


def _order(signature: Signature, others: dict[str, Parameter], renamed: dict[str, str]) -> list[str]:
    """The positional parameters that both have, in order, by the smaller of their two names."""
    shared: list[str] = []
    for each in signature.parameters:
        other = others.get(renamed.get(each.name, each.name))
        if each.kind in _POSITIONAL and other is not None and other.kind in _POSITIONAL:
            shared.append(min(each.name, other.name))
    return shared


def _names(signature: Signature) -> str:
    return f"({', '.join(each.name for each in signature.parameters)})"
