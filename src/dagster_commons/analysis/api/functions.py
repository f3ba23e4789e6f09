"""Changes of functions and methods: parameters, what they return, how they are called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.api.rule import Found
from dagster_commons.analysis.api.signatures import parameter_changes
from dagster_commons.analysis.api.types import (
    NONE,
    Form,
    is_concrete,
    is_iterator,
    outside,
    parsed,
    relation,
    shown,
)
from dagster_commons.model.api import Signature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.api.rule import Pair
    from dagster_commons.model.api import ApiObject, Parameter

CONTEXT_MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")
# These give back what is called in the same way.
TRANSPARENT = frozenset(
    {"abstractmethod", "override", "final", "deprecated", "overload", "wraps", "cache", "lru_cache", "staticmethod"}
    | {"classmethod", "property", "cached_property", "no_type_check", "runtime_checkable", "public", "beta", "preview"}
    | {"deprecated_param", "hidden_param", "beta_param", "preview_param", "superseded"}
)
# Dagster's decorators make another object of a function: what calls it then is something else.
DEFINITIONS = frozenset(
    {"asset", "multi_asset", "graph_asset", "graph_multi_asset", "asset_check", "multi_asset_check", "op", "graph"}
    | {"job", "schedule", "sensor", "asset_sensor", "multi_asset_sensor", "run_status_sensor", "run_failure_sensor"}
    | {"resource", "io_manager", "observable_source_asset", "executor", "logger", "config_mapping", "repository"}
)


def function_changes(pair: Pair) -> Iterator[Found]:
    """What changed for whoever calls the function, or overrides the method."""
    old, new = pair.old, pair.new
    was, now = _called(old), _called(new)
    if was is None or now is None:
        return
    if _is_called_by_python(new):
        was, now = _by_position(was, now)
    if old.binding != new.binding and "instance" in (old.binding, new.binding):
        yield Found(rule="binding-changed", what=f"a {_kind(old)} became a {_kind(new)}")
    yield from _decorator_changes(old, new)
    yield from parameter_changes(*_as_given(was, now), pair.ancestors)
    yield from _overload_changes(pair, now)
    if _is_rewrapped(old, new):
        yield Found(rule="made-otherwise", what=_wrappers(old, new))
    elif not _is_definition(old) and not _is_definition(new):
        yield from _return_changes(pair, was, now)
    gone, came = sorted(set(was.raises) - set(now.raises)), sorted(set(now.raises) - set(was.raises))
    if gone or came:
        words = (f"raises no more {', '.join(gone)}" if gone else "", f"raises {', '.join(came)}" if came else "")
        yield Found(rule="exception-changed", what=" and ".join(filter(None, words)))
    if new.is_deprecated and not old.is_deprecated:
        yield Found(rule="deprecated", what="it is marked as deprecated")
    if new.is_abstract and not old.is_abstract:
        yield Found(rule="abstract-method-added", what="it has to be implemented by subclasses")


def _called(each: ApiObject) -> Signature | None:
    """As a caller sees it: without `self` and `cls`."""
    if each.signature is None or each.binding not in ("instance", "class"):
        return each.signature
    return replace(each.signature, parameters=each.signature.parameters[1:])


def _is_called_by_python(each: ApiObject) -> bool:
    """Whether it is `__getattr__` or the like, which Python itself calls, by position and always alike."""
    name = each.path.rpartition(".")[2]
    return each.binding is not None and name.startswith("__") and name.endswith("__") and name != "__call__"


def _by_position(was: Signature, now: Signature) -> tuple[Signature, Signature]:
    """Both without names, and with as many parameters where one has `*args`."""
    known: dict[str, str] = {}
    sides = []
    for each in (was, now):
        taken = [one for one in each.parameters if one.kind in ("positional-only", "positional-or-keyword")]
        names = [known.setdefault(str(place), one.name) for place, one in enumerate(taken)]
        kept = tuple(replace(one, name=name, kind="positional-only") for one, name in zip(taken, names, strict=True))
        sides.append(replace(each, parameters=kept))
    is_open = any(one.kind == "variadic-positional" for each in (was, now) for one in each.parameters)
    if is_open:
        least = min(len(each.parameters) for each in sides)
        sides = [replace(each, parameters=each.parameters[:least]) for each in sides]
    return sides[0], sides[1]


def _as_given(was: Signature, now: Signature) -> tuple[Signature, Signature]:
    """Both with `_` parameters under one name, by position: such a name says that nobody gives it by name."""
    pairs = list(zip(was.parameters, now.parameters, strict=False))
    names = {
        after.name: before.name
        for before, after in pairs
        if before.kind == after.kind == "positional-or-keyword"
        and before.name != after.name
        and before.name.startswith("_")
        and was.parameter(after.name) is None
        and now.parameter(before.name) is None
    }
    return was, replace(now, parameters=tuple(replace(e, name=names.get(e.name, e.name)) for e in now.parameters))


def _kind(each: ApiObject) -> str:
    names = {"instance": "method", "class": "classmethod", "static": "staticmethod", "property": "property"}
    return names[each.binding] if each.binding is not None else "function"


def _is_definition(each: ApiObject) -> bool:
    return any(_is_dagster(name) for name in each.decorators)


def _is_dagster(decorator: str) -> bool:
    library, _, name = decorator.rpartition(".")
    return name in DEFINITIONS and library.partition(".")[0] == "dagster"


def _is_rewrapped(old: ApiObject, new: ApiObject) -> bool:
    """Whether a decorator came or went of which it is not known what it makes of a function."""
    return any(not is_known_decorator(each) for each in set(old.decorators) ^ set(new.decorators))


def is_known_decorator(decorator: str) -> bool:
    """Whether it is known what the decorator makes of a function."""
    return decorator.rpartition(".")[2] in TRANSPARENT or decorator in CONTEXT_MANAGERS or _is_dagster(decorator)


def _wrappers(old: ApiObject, new: ApiObject) -> str:
    gone = sorted({each.rpartition(".")[2] for each in set(old.decorators) - set(new.decorators)})
    came = sorted({each.rpartition(".")[2] for each in set(new.decorators) - set(old.decorators)})
    words = (
        f"it is no more wrapped by {', '.join(gone)}" if gone else "",
        f"wrapped by {', '.join(came)}" if came else "",
    )
    return " and ".join(filter(None, words)) if gone else f"it is {words[1]}"


def _decorator_changes(old: ApiObject, new: ApiObject) -> Iterator[Found]:
    for name in sorted(set(old.decorators) ^ set(new.decorators)):
        if name in CONTEXT_MANAGERS or _is_dagster(name):
            is_now = "is now" if name in new.decorators else "is no more"
            is_proven = name not in CONTEXT_MANAGERS or _is_no_context_manager(old if name in new.decorators else new)
            rule = "decorator-changed" if is_proven else "made-otherwise"
            yield Found(rule=rule, what=f"it {is_now} wrapped by {name.rpartition('.')[2]}")


def _is_no_context_manager(each: ApiObject) -> bool:
    """Whether what it gives without the decorator is provably nothing for `with`."""
    signature = each.signature or Signature()
    kind = parsed(signature.returns)
    is_plain = kind is not None and all(is_concrete(form) or is_iterator(frozenset({form})) for form in kind)
    return signature.yields or signature.builds or is_plain


def _overload_changes(pair: Pair, now: Signature) -> Iterator[Found]:
    """Overloads that are gone and whose arguments are provably not taken any more."""
    rest = pair.new.overloads or (now,)
    for overload in pair.old.overloads:
        if any(_refuses(pair, each, rest) for each in overload.parameters):
            taken = ", ".join(each.annotation or each.name for each in overload.parameters)
            yield Found(rule="overload-removed", what=f"({taken}) is taken no more")


def _refuses(pair: Pair, was: Parameter, rest: tuple[Signature, ...]) -> bool:
    """Whether a value that `was` took is provably taken by none of `rest`, all of which have the parameter."""
    now = [each.parameter(was.name) for each in rest]
    types = [each.annotation for each in now if each is not None and each.annotation is not None]
    old, new = parsed(was.annotation), parsed(" | ".join(types)) if len(types) == len(rest) else None
    return old is not None and new is not None and bool(outside(old, new, pair.ancestors))


def _return_changes(pair: Pair, was: Signature, now: Signature) -> Iterator[Found]:
    if _is_awaited(was) != _is_awaited(now):
        words = "it has to be awaited now" if _is_awaited(now) else "it is not to be awaited any more"
        yield Found(rule="async-changed", what=words)
        return
    if was.yields and now.yields and was.is_async != now.is_async:
        yield Found(
            rule="async-changed", what=f"it is {'now' if now.is_async else 'no more'} gone through by async for"
        )
        return
    if any(each in pair.new.decorators or each in pair.old.decorators for each in CONTEXT_MANAGERS):
        return
    old, new = parsed(was.returns), parsed(now.returns)
    if was.yields != now.yields and not (is_iterator(old) and is_iterator(new)):
        rule = "generator-changed" if _is_no_iterator(now if was.yields else was) else "made-otherwise"
        yield Found(rule=rule, what="it is a generator now" if now.yields else "it is no generator now")
        return
    if len(was.tuple_lengths) == 1 and now.tuple_lengths and was.tuple_lengths != now.tuple_lengths:
        yield Found(rule="return-tuple-length", what=f"{_lengths(was)} values became {_lengths(now)}")
        return
    if old is None or new is None or old == frozenset({Form(name=NONE)}):
        return  # what gave nothing back may give something
    how = relation(old, new, pair.ancestors)
    words = f"{shown(old)} became {shown(new)}"
    gained = outside(new, old, pair.ancestors)
    if how == "subtype":
        yield Found(rule="return-narrowed", what=words)
    elif how != "same" and Form(name=NONE) in gained:
        yield Found(rule="return-optional", what=words)
    elif how != "same":
        yield Found(rule="return-changed" if gained else "return-type-changed", what=words)


def _is_no_iterator(signature: Signature) -> bool:
    """Whether what it gives is provably something else than a generator gives."""
    kind = parsed(signature.returns)
    if kind is None:
        return signature.builds
    return not any(each.name in ("Any", "object") or is_iterator(frozenset({each})) for each in kind)


def _is_awaited(signature: Signature) -> bool:
    return signature.is_async and not signature.yields  # an async generator is gone through as it comes


def _lengths(signature: Signature) -> str:
    return " or ".join(str(each) for each in signature.tuple_lengths)
