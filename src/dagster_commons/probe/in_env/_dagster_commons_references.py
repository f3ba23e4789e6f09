"""What a function or class refers to: the values behind the names it uses, and plain values in canonical text.

Standard library only, Python 3.9 syntax.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import os
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from _dagster_commons_syntax import Syntax

PLAIN = (type(None), bool, int, float, complex, str, bytes, decimal.Decimal)
TIMES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
MAXIMUM_DEPTH = 6


class ModuleFile:
    """A module that nothing has imported yet: a function imports it when it runs."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path


def referred(syntax: Syntax, variables: Mapping[str, Any], locals_: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """The values behind the names that `syntax` uses and `variables` holds."""
    for name in sorted(syntax.names):
        root, *rest = name.split(".")
        if root in variables and root not in locals_:
            yield name, _followed(variables[root], rest)
    package = str(variables.get("__package__") or "")
    for module, level, name in syntax.imports:
        found = imported(_absolute(module, level, package), name)
        if found is not None:
            yield f"{module}.{name}", found


def imported(module: str, name: str) -> Any:
    """What `from module import name` would give, without importing anything; None when that cannot be told."""
    whole = f"{module}.{name}" if name else module
    if whole in sys.modules:
        return sys.modules[whole]
    if module in sys.modules:
        value = vars(sys.modules[module]).get(name)
        return value if value is not None else _file_of(whole)
    return _file_of(whole) or _file_of(module)


def constant(value: Any, depth: int = 0) -> str | None:  # noqa: PLR0911 - one return per kind of value
    """Canonical text of a plain value, or None if it is none."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if type(value) in PLAIN:
        return repr(value)
    if isinstance(value, (*TIMES, os.PathLike)):
        return f"{type(value).__name__}:{value}"
    if depth > MAXIMUM_DEPTH:
        return None
    if type(value) in (list, tuple):
        return _joined([constant(each, depth + 1) for each in value], "[]")
    if type(value) in (set, frozenset):
        parts = [constant(each, depth + 1) for each in value]
        return None if None in parts else _joined(sorted(map(str, parts)), "{}")
    if type(value) is dict:
        pairs = [(constant(key, depth + 1), constant(each, depth + 1)) for key, each in value.items()]
        if any(None in pair for pair in pairs):
            return None
        return _joined([f"{key}:{each}" for key, each in pairs], "{}")
    return None


def contents(value: Any) -> list[Any]:
    """What a container that is not plain holds: functions by name, a list of rules."""
    if type(value) is dict:
        return list(value.values())
    return list(value) if type(value) in (list, tuple, set, frozenset) else []


def cells(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """The variables of enclosing functions that `function` uses, and the defaults of its parameters."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    yield from enumerate_defaults(function)


def enumerate_defaults(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    code = function.__code__
    values = function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    yield from zip(positional[len(positional) - len(values) :], values)
    yield from (function.__kwdefaults__ or {}).items()


def unwrapped(value: Any) -> Any:
    """The function under a descriptor or decorator: staticmethod, property, lru_cache, a validator's proxy."""
    for name in ("__wrapped__", "__func__", "fget", "func", "wrapped"):
        try:
            inner = object.__getattribute__(value, name)  # never what a proxy computes
        except AttributeError:
            continue
        if inner is not value and callable(inner):
            return inner
    return None


def _followed(value: Any, path: list[str]) -> Any:
    """`value.a.b` as far as it goes through modules; what comes after belongs to the value found."""
    for name in path:
        if not isinstance(value, types.ModuleType):
            return value
        if name not in vars(value):
            return None
        value = vars(value)[name]
    return value


def _absolute(module: str, level: int, package: str) -> str:
    if level == 0:
        return module
    base = package.split(".")[: len(package.split(".")) - level + 1]
    return ".".join([*base, *([module] if module else [])])


@functools.lru_cache(maxsize=None)
def _file_of(module: str) -> ModuleFile | None:
    """The source of a module whose parent is imported already, or that is at the top."""
    parent, _, last = module.rpartition(".")
    if parent and parent not in sys.modules:
        return None
    places = list(getattr(sys.modules[parent], "__path__", ())) if parent else sys.path
    for place in places:
        for path in (os.path.join(place, last + ".py"), os.path.join(place, last, "__init__.py")):
            if os.path.isfile(path):
                return ModuleFile(module, path)
    return None


def _joined(parts: list[Any], brackets: str) -> str | None:
    return None if None in parts else brackets[0] + ",".join(parts) + brackets[1]
