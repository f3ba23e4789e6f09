"""Every name that a module's or a class' own statements bind: `a, b = …`, `for x in …`, `import x`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LOOPS = (ast.For, ast.AsyncFor)
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def bound_names(statements: Iterable[ast.stmt]) -> frozenset[str]:
    """The names; what only a type checker sees (`if TYPE_CHECKING:`) is none of them."""
    return frozenset(name for each in statements for name in _bound(each))


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _DEFINITIONS):
        yield node.name
        return
    if isinstance(node, ast.If) and _is_for_types(node.test):
        for each in node.orelse:
            yield from _bound(each)
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (each.asname or each.name.partition(".")[0] for each in node.names if each.name != "*")
    elif isinstance(node, ast.Assign):
        yield from (name for target in node.targets for name in _names(target))
    elif isinstance(node, _LOOPS) or (isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None):
        yield from _names(node.target)
    elif isinstance(node, ast.With | ast.AsyncWith):
        yield from (name for each in node.items if each.optional_vars for name in _names(each.optional_vars))
    for block in _BLOCKS:
        for each in getattr(node, block, ()):
            yield from _bound(each)


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)
    elif isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _names(each)


def _is_for_types(test: ast.expr) -> bool:
    return ast.unparse(test).rpartition(".")[2] == "TYPE_CHECKING" and isinstance(test, ast.Name | ast.Attribute)
