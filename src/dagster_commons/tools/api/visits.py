"""What griffe leaves out of its objects, kept while it visits files: code, bodies, every name that is bound."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

import griffe

from dagster_commons.tools.api.bodies import Body, body_of
from dagster_commons.tools.api.bound import bound_names
from dagster_commons.tools.api.lineage import KEY

if TYPE_CHECKING:
    from pathlib import Path

_Node: TypeAlias = ast.AST | griffe.ObjectNode
_Agent: TypeAlias = griffe.Visitor | griffe.Inspector
_TOLD = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
# Of a function that has overloads alone: a stub's, or a Protocol's.
OVERLOADS_ALONE = "overloads-alone"


class Visits(griffe.Extension):
    """Everything is kept by the path of the object that it belongs to."""

    def __init__(self) -> None:
        self.bodies: dict[str, Body] = {}
        self.code: dict[str, tuple[Path, int, str]] = {}
        self.reexports: dict[str, frozenset[str]] = {}  # `x as x`, by module (PEP 484)
        self.bound: dict[str, frozenset[str]] = {}  # of modules and classes
        self.imports: dict[str, dict[str, griffe.Alias]] = {}  # of modules, before submodules take their names
        self.stubs: dict[str, dict[str, griffe.Object | griffe.Alias]] = {}  # members of `.pyi` modules
        self.overloads: dict[str, list[griffe.Function]] = {}  # of functions that have overloads alone
        self._stub_files: dict[str, Path] = {}
        self._lines: dict[Path, list[str]] = {}

    def on_function_node(self, *, node: _Node, agent: _Agent, **_: object) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and isinstance(agent, griffe.Visitor):
            path = f"{agent.current.path}.{node.name}"
            text = self._text(agent, _first_line(node), node.end_lineno)
            if self._keep(path, agent, node.lineno, text):
                self.bodies[path] = body_of(node, text)

    def on_class_node(self, *, node: _Node, agent: _Agent, **_: object) -> None:
        if isinstance(node, ast.ClassDef) and isinstance(agent, griffe.Visitor):
            header = self._text(agent, node.lineno, node.body[0].lineno - 1)
            own = "".join(self._text(agent, each.lineno, each.end_lineno) for each in _apart(node.body))
            end = f"{' ' * node.body[0].col_offset}pass\n"  # a class of methods alone is to be parsed, too
            path = f"{agent.current.path}.{node.name}"
            self._keep(path, agent, node.lineno, header + own + end)
            self.bound[path] = self.bound.get(path, frozenset()) | bound_names(node.body)

    def on_module_instance(self, *, node: _Node, mod: griffe.Module, agent: _Agent, **_: object) -> None:
        if isinstance(node, ast.Module) and isinstance(agent, griffe.Visitor):
            own = "".join(self._text(agent, each.lineno, each.end_lineno) for each in _apart(node.body))
            self._keep(mod.path, agent, 1, own)
            imports = (each for each in node.body if isinstance(each, ast.Import | ast.ImportFrom))
            self.reexports[mod.path] = frozenset(
                name.name for each in imports for name in each.names if name.asname == name.name
            )
            self.bound[mod.path] = self.bound.get(mod.path, frozenset()) | bound_names(node.body)

    def on_module_members(self, *, mod: griffe.Module, agent: _Agent, **_: object) -> None:
        self.overloads |= _taken_overloads(mod)
        self.imports[mod.path] = {name: each for name, each in mod.members.items() if isinstance(each, griffe.Alias)}
        if not isinstance(agent, griffe.Visitor):
            return
        if agent.filepath.suffix == ".pyi":
            self.stubs[mod.path] = dict(mod.members)
            self._stub_files[mod.path] = agent.filepath
        if mod.is_init_module:
            _add_directories(mod, agent.filepath.parent)

    def on_class_members(self, *, cls: griffe.Class, **_: object) -> None:
        self.overloads |= _taken_overloads(cls)

    def stub_of(self, found: griffe.Object) -> Path | None:
        """The stub that alone defines `found`: griffe puts what only a stub says into the module that has the code."""
        top, above = found, found.parent
        while above is not None and not isinstance(above, griffe.Module):
            top, above = above, above.parent
        is_of_stub = above is not None and self.stubs.get(above.path, {}).get(top.name) is top
        return self._stub_files[above.path] if above is not None and is_of_stub else None

    def _keep(self, path: str, agent: griffe.Visitor, line: int, text: str) -> bool:
        """Keep the code of `path`, but for a stub's where there is the real one."""
        known = self.code.get(path)
        is_stub = agent.filepath.suffix == ".pyi" and known is not None and known[0].suffix == ".py"
        if not is_stub:
            self.code[path] = agent.filepath, line, text
        return not is_stub

    def _text(self, agent: griffe.Visitor, first: int, last: int | None) -> str:
        lines = self._lines.get(agent.filepath)
        if lines is None:
            self._lines.clear()  # files are visited one after the other
            lines = self._lines[agent.filepath] = [f"{line}\n" for line in agent.code.splitlines()]
        return "".join(lines[first - 1 : last])


def _taken_overloads(holder: griffe.Module | griffe.Class) -> dict[str, list[griffe.Function]]:
    """Functions that have overloads alone, made members: griffe waits for the implementation."""
    found = {}
    for name, overloads in list(holder.overloads.items()):
        if overloads and name not in holder.members:
            first = overloads[0]
            function = griffe.Function(
                name, lineno=first.lineno, parameters=first.parameters, returns=first.returns, runtime=first.runtime
            )
            function.labels |= first.labels
            function.decorators = first.decorators
            function.extra[KEY][OVERLOADS_ALONE] = True
            holder.set_member(name, function)
            found[function.path] = overloads
            del holder.overloads[name]
    return found


def _add_directories(module: griffe.Module, place: Path) -> None:
    """Add directories of Python files without `__init__.py`: they can be imported (PEP 420), and griffe skips them."""
    for directory in sorted(place.iterdir()):
        is_new = directory.is_dir() and directory.name.isidentifier() and directory.name != "__pycache__"
        if is_new and not any((directory / f"__init__.{each}").exists() for each in ("py", "pyi")):
            if next(directory.rglob("*.py"), None) is None:
                continue
            added = griffe.Module(directory.name, filepath=[directory])
            if directory.name not in module.members:
                module.set_member(directory.name, added)
                _add_directories(added, directory)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Where what a function does begins: signature and docstring are told for themselves."""
    is_documented = ast.get_docstring(node, clean=False) is not None
    inside = node.body[1:] if is_documented else node.body
    if not inside:
        return (node.end_lineno or node.lineno) + 1
    first = min([inside[0].lineno, *(each.lineno for each in getattr(inside[0], "decorator_list", ()))])
    signature = max([node.lineno, *(each.end_lineno or 0 for each in (*node.args.args, node.returns) if each)])
    return node.lineno if first <= signature else first


def _apart(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements but imports and definitions, which are told for themselves, and the docstring."""
    first = body[0] if body else None
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    others = body[1:] if is_docstring else body
    return [each for each in others if not isinstance(each, _TOLD)]
