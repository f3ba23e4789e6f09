"""Source files as syntax trees, and digests of single functions and classes that survive moving and commenting.

A digest leaves out positions, comments and docstrings, and what one Python minor says in a tree and another does not.
Standard library only, Python 3.9 syntax.
"""

from __future__ import annotations

import ast
import hashlib
from typing import NamedTuple

from _dagster_commons_names import Import, free_names

# Positions, type comments and prefixes of strings say nothing of what runs; `ctx` follows from the place.
LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "decorator_list"})
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Syntax(NamedTuple):
    """A function or class as written: a digest, and what it names."""

    qualified_name: str
    line: int
    digest: str
    names: frozenset[str]  # that it takes from outside: `HELPER`, `io.write`
    imports: tuple[Import, ...]
    decorators: tuple[tuple[str, str], ...]  # root name, text


class SourceFile:
    """One parsed file."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as stream:
            self.tree = ast.parse(stream.read(), path)
        self._nodes: dict[tuple[str, int], list[tuple[str, ast.AST]]] = {}
        self._classes: dict[str, list[ast.ClassDef]] = {}
        self._known: dict[tuple[str, int], Syntax] = {}
        self._index(self.tree, "")

    def function(self, name: str, first_line: int) -> Syntax | None:
        """The function whose code object has this name and first line; several lambdas of one line are one."""
        key = (name, first_line)
        if key not in self._known:
            found = self._nodes.get(key)
            if not found:
                return None
            self._known[key] = _syntax(found[0][0], [node for _, node in found])
        return self._known[key]

    def class_(self, qualified_name: str) -> Syntax | None:
        """The class of this qualified name without its methods, which are functions of their own."""
        key = (qualified_name, 0)
        if key not in self._known:
            found = self._classes.get(qualified_name)
            if not found:
                return None
            self._known[key] = _syntax(qualified_name, list(found))
        return self._known[key]

    def module(self) -> Syntax:
        """The file as a whole."""
        if ("", 0) not in self._known:
            self._known["", 0] = _syntax("<module>", [self.tree])
        return self._known["", 0]

    def _index(self, parent: ast.AST, prefix: str) -> None:
        for node in ast.iter_child_nodes(parent):
            if not isinstance(node, SCOPES):
                self._index(node, prefix)
                continue
            name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
            qualified = prefix + name
            if isinstance(node, ast.ClassDef):
                self._classes.setdefault(qualified, []).append(node)
                self._index(node, qualified + ".")
                continue
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            first = min([node.lineno, *(each.lineno for each in decorators)])
            self._nodes.setdefault((name, first), []).append((qualified, node))
            self._index(node, qualified + ".<locals>.")


def _syntax(qualified_name: str, nodes: list[ast.AST]) -> Syntax:
    is_class = isinstance(nodes[0], ast.ClassDef)
    written: list[str] = []
    for node in nodes:
        _write(node, written, without_methods=is_class)
    names, imports = free_names(nodes, without_methods=is_class)
    decorators = [each for node in nodes for each in getattr(node, "decorator_list", ())]
    return Syntax(
        qualified_name,
        getattr(nodes[0], "lineno", 1),
        hashlib.sha256("".join(written).encode("utf-8", "surrogatepass")).hexdigest(),
        names,
        imports,
        tuple((_root(each), _text(each)) for each in decorators),
    )


def _text(node: ast.AST) -> str:
    written: list[str] = []
    _write(node, written)
    return "".join(written)


def _write(node: ast.AST, written: list[str], *, without_methods: bool = False) -> None:
    """Append a canonical text of `node`."""
    written.append(type(node).__name__)
    written.append("(")
    for name in node._fields:
        value = getattr(node, name, None)
        if value is None or value == [] or name in LEFT_OUT:
            continue
        written.append(name)
        if isinstance(value, list):
            if name == "body":
                value = _body(node, value, without_methods=without_methods)
            for each in value:
                if isinstance(each, ast.AST):
                    _write(each, written)
                else:
                    written.append(repr(each))
        elif isinstance(value, ast.AST):
            _write(value, written)
        else:
            written.append(repr(value))
    written.append(")")


def _body(node: ast.AST, body: list[ast.stmt], *, without_methods: bool) -> list[ast.stmt]:
    """Statements without the docstring, and, of a class, without its methods."""
    if body and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            body = body[1:]
    if without_methods:
        return [each for each in body if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return body


def _root(decorator: ast.AST) -> str:
    while isinstance(decorator, (ast.Call, ast.Attribute)):
        decorator = decorator.func if isinstance(decorator, ast.Call) else decorator.value
    return decorator.id if isinstance(decorator, ast.Name) else ""
