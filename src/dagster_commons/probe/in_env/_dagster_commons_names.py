"""The names that a piece of source code takes from outside of it, by Python's rules of scope.

Standard library only, Python 3.9 syntax.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from collections.abc import Iterable

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
Import = tuple[str, int, str]  # module, level, name ("" for the module itself)


def free_names(nodes: Iterable[ast.AST], *, without_methods: bool = False) -> tuple[frozenset[str], tuple[Import, ...]]:
    """Dotted names (`HELPER`, `io.write`) that `nodes` do not bind themselves, and what is imported anywhere in them.

    Decorators of the nodes themselves do not count, and with `without_methods` neither do functions of a class.
    """
    scope = _Scope([])
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            scope.enter_function(node)
        elif isinstance(node, ast.ClassDef):
            methods = (ast.FunctionDef, ast.AsyncFunctionDef) if without_methods else ()
            scope.enter_class(node, [each for each in node.body if not isinstance(each, methods)])
        else:
            scope.visit(node)
    return frozenset(scope.free()), tuple(scope.imports)


class _Scope(ast.NodeVisitor):
    """One scope being read: what it uses, what it binds."""

    def __init__(self, imports: list[Import]) -> None:
        self.imports = imports  # shared by all scopes of one reading
        self._used: set[str] = set()
        self._bound: set[str] = set()
        self._global: set[str] = set()
        self._passing: set[str] = set()  # used by functions of a class, which do not see what the class binds

    def free(self) -> set[str]:
        local = self._bound - self._global
        return {name for name in self._used if name.partition(".")[0] not in local} | self._passing

    def enter_function(self, node: Function) -> None:
        """Read a function without its decorators and its own name."""
        self._used |= self._function_names(node)

    def enter_class(self, node: ast.ClassDef, body: Iterable[ast.stmt]) -> None:
        """Read a class without its decorators and its own name."""
        for each in (*node.bases, *node.keywords):
            self.visit(each)
        inner = _ClassScope(self.imports)
        for statement in body:
            inner.visit(statement)
        self._used |= inner.free()

    def _function_names(self, node: Union[Function, ast.Lambda]) -> set[str]:
        inner = _Scope(self.imports)
        arguments = node.args
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if each is not None:
                inner._bound.add(each.arg)
                if each.annotation is not None:
                    self.visit(each.annotation)
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        if isinstance(node, ast.Lambda):
            inner.visit(node.body)
        else:
            if node.returns is not None:
                self.visit(node.returns)
            for statement in node.body:
                inner.visit(statement)
        return inner.free()

    def visit_Name(self, node: ast.Name) -> None:
        (self._used if isinstance(node.ctx, ast.Load) else self._bound).add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        parts = [node.attr]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            self._used.add(".".join([inner.id, *reversed(parts)]))
        else:
            self.visit(inner)

    def visit_FunctionDef(self, node: Function) -> None:
        self._bound.add(node.name)
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._add_inner(self._function_names(node))

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._add_inner(self._function_names(node))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bound.add(node.name)
        for decorator in node.decorator_list:
            self.visit(decorator)
        self.enter_class(node, node.body)

    def _add_inner(self, names: set[str]) -> None:
        self._used |= names

    def _visit_comprehension(self, node: ast.AST) -> None:
        inner = _Scope(self.imports)
        inner.generic_visit(node)
        self._add_inner(inner.free())

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension  # noqa: N815

    def visit_Global(self, node: ast.Global) -> None:
        self._global.update(node.names)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bound.add(alias.asname or alias.name.partition(".")[0])
            self.imports.append((alias.name, 0, ""))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._bound.add(alias.asname or alias.name)
            self.imports.append((node.module or "", node.level, alias.name))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bound.add(node.name)
        self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        if type(node).__name__ in ("MatchAs", "MatchStar"):  # since Python 3.10
            self._bound.add(getattr(node, "name", None) or "")
        super().generic_visit(node)


class _ClassScope(_Scope):
    def _add_inner(self, names: set[str]) -> None:
        self._passing |= names
