"""What the code of a function says beyond its signature, from its syntax tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPOUND = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.ExceptHandler,
    ast.Match, ast.match_case,
)  # fmt: skip
_BUILT = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.Constant, ast.JoinedStr)
_BUILDING = frozenset({"list", "tuple", "set", "dict", "frozenset", "sorted", "str", "int", "len", "bool"})
_TELLING = ("return", "raise", "yield")
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a function does as far as its own statements say it; nested functions have bodies of their own."""

    yields: bool = False
    raises: tuple[str, ...] = ()
    tuple_lengths: tuple[int, ...] = ()
    builds: bool = False


def body_of(node: Function, text: str) -> Body:
    """The facts of one function, whose source is `text`."""
    if not any(word in text for word in _TELLING):
        return Body(builds=not _is_left_open(node))
    own = _statements(node)
    returned = [each.value for each in own if isinstance(each, ast.Return)]
    lengths = [len(each.elts) if isinstance(each, ast.Tuple) and not _is_starred(each) else 0 for each in returned]
    is_generator = "yield" in text and any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _own(node))
    return Body(
        yields=is_generator,
        builds=not is_generator
        and not _is_left_open(node)
        and all(each is None or _is_built(each) for each in returned),
        raises=tuple(sorted({name for each in own if isinstance(each, ast.Raise) if (name := _raised(each))})),
        tuple_lengths=tuple(sorted(set(lengths))) if lengths and 0 not in lengths else (),
    )


def _statements(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    waiting = [node]
    while waiting:
        holder = waiting.pop()
        for block in _BLOCKS:
            statements = getattr(holder, block, ())
            found += statements
            waiting += [each for each in statements if isinstance(each, _COMPOUND)]
    return found


def _own(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _SCOPES):
            yield from _own(child)


def _is_left_open(node: Function) -> bool:
    """Whether it does nothing yet: `...`, `pass` or a docstring, of a Protocol, a stub or an abstract method."""
    return all(isinstance(each, ast.Pass | ast.Raise) or _is_constant(each) for each in node.body)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_built(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _BUILDING
    return isinstance(node, _BUILT)


def _is_starred(node: ast.Tuple) -> bool:
    return any(isinstance(each, ast.Starred) for each in node.elts)


def _raised(node: ast.Raise) -> str | None:
    """The class that is raised, where it is named: `ValueError(…)`, `ValueError`, `errors.LoadError(…)`."""
    value = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else None
    return name if name is not None and name[:1].isupper() else None
