"""Python source -> the top-level import packages that it imports, with lines; nothing is imported."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from dagster_commons.model.source_files import Import

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def imports_of(text: str) -> tuple[Import, ...]:
    """Every package that is imported absolutely, each once, an unguarded import before a guarded one.

    Raises:
        SyntaxError: the text is no Python that this interpreter reads.
        ValueError: it holds a null byte.

    """
    found: dict[str, Import] = {}
    for package, line, is_guarded in _imports(ast.parse(text), is_guarded=False):
        known = found.get(package)
        if known is None or (known.is_guarded and not is_guarded):
            found[package] = Import(package=package, line=line, is_guarded=is_guarded)
    return tuple(sorted(found.values(), key=lambda each: (each.line, each.package)))


def mentions_of(text: str, names: frozenset[str]) -> frozenset[str]:
    """Those of `names` that stand in `text` as a word."""
    return names.intersection(_WORD.findall(text))


def _imports(node: ast.AST, *, is_guarded: bool) -> Iterator[tuple[str, int, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield alias.name.partition(".")[0], child.lineno, is_guarded
        elif isinstance(child, ast.ImportFrom):
            if child.level == 0 and child.module:
                yield child.module.partition(".")[0], child.lineno, is_guarded
        elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _imports(child, is_guarded=is_guarded or _is_guard(child))


def _is_guard(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        test = node.test
        name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
        return name == "TYPE_CHECKING"
    return isinstance(node, ast.Try | ast.TryStar)
