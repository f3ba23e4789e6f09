"""From import packages in a directory to their `Surface`: griffe reads, names are resolved, nothing is imported.

A name is public when its import path has no component that begins with an underscore: what a module defines, what its
`__all__` says, what `__init__` re-exports from the same package, and what `import x as x` marks as re-export (PEP 484).
"""

from __future__ import annotations

import ast
import contextlib
import gc
import logging
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import griffe

from dagster_commons.errors import UsageError
from dagster_commons.model.api import ApiObject, Code, Metadata, Surface
from dagster_commons.tools.api.bodies import Body, body_of
from dagster_commons.tools.api.objects import api_object, bare_object

_TOLD = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def read_surface(directory: Path, packages: Iterable[str], metadata: Metadata) -> Surface:
    """The surface of `packages`, which lie in `directory`; what cannot be read is said in `unread`.

    Raises:
        UsageError: none of the packages can be read.

    """
    names = tuple(sorted(packages))
    with without_collection():
        reading = _Reading(directory.resolve())
        for name in names:
            reading.add(name)
        return reading.surface(names, metadata)


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Syntax trees are many small objects in no cycles: looking for some would take a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


_OF_PYTHON = frozenset({"__all__", "__getattr__", "__dir__", "__path__", "__doc__"})  # of a module, for Python itself
# What reading a file with griffe ends with where it is no syntax error.
_TOO_MUCH = (RecursionError, MemoryError, ValueError)
_HINT = f"it was read with Python {sys.version_info[0]}.{sys.version_info[1]}: newer syntax needs a newer one"

_Node: TypeAlias = ast.AST | griffe.ObjectNode
_Agent: TypeAlias = griffe.Visitor | griffe.Inspector


class _Bodies(griffe.Extension):
    """Keeps what griffe leaves out of its objects, by the object's path."""

    def __init__(self) -> None:
        self.bodies: dict[str, Body] = {}
        self.code: dict[str, tuple[Path, int, str]] = {}
        self.reexports: dict[str, frozenset[str]] = {}  # `x as x`, by module (PEP 484)
        self._lines: dict[Path, list[str]] = {}

    def on_function_node(self, *, node: _Node, agent: _Agent, **_: object) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and isinstance(agent, griffe.Visitor):
            path = f"{agent.current.path}.{node.name}"
            text = self._text(agent, _first_line(node), node.end_lineno)
            self.code[path] = agent.filepath, node.lineno, text
            self.bodies[path] = body_of(node, text)

    def on_class_node(self, *, node: _Node, agent: _Agent, **_: object) -> None:
        if isinstance(node, ast.ClassDef) and isinstance(agent, griffe.Visitor):
            header = self._text(agent, node.lineno, node.body[0].lineno - 1)
            own = "".join(self._text(agent, each.lineno, each.end_lineno) for each in _apart(node.body))
            end = f"{' ' * node.body[0].col_offset}pass\n"  # a class of methods alone is to be parsed, too
            self.code[f"{agent.current.path}.{node.name}"] = agent.filepath, node.lineno, header + own + end

    def on_module_instance(self, *, node: _Node, mod: griffe.Module, agent: _Agent, **_: object) -> None:
        if isinstance(node, ast.Module) and isinstance(agent, griffe.Visitor):
            own = "".join(self._text(agent, each.lineno, each.end_lineno) for each in _apart(node.body))
            self.code[mod.path] = agent.filepath, 1, own
            imports = (each for each in node.body if isinstance(each, ast.Import | ast.ImportFrom))
            self.reexports[mod.path] = frozenset(
                name.name for each in imports for name in each.names if name.asname == name.name
            )

    def _text(self, agent: griffe.Visitor, first: int, last: int | None) -> str:
        lines = self._lines.get(agent.filepath)
        if lines is None:
            self._lines.clear()  # files are visited one after the other
            lines = self._lines[agent.filepath] = [f"{line}\n" for line in agent.code.splitlines()]
        return "".join(lines[first - 1 : last])


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


class _Finder(griffe.ModuleFinder):
    """Finds all submodules but those in the files `without`."""

    without: frozenset[Path] = frozenset()

    def submodules(self, module: griffe.Module) -> list[tuple[tuple[str, ...], Path]]:
        return [each for each in super().submodules(module) if each[1] not in self.without]


class _Reading:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._bodies = _Bodies()
        self._finder = _Finder(search_paths=[directory])
        self._loader = griffe.GriffeLoader(
            extensions=griffe.Extensions(self._bodies), allow_inspection=False, store_source=False
        )
        self._loader.finder = self._finder
        self._objects: dict[str, ApiObject] = {}
        self._names: dict[str, str] = {}
        self._imported: dict[str, str] = {}
        self._lazy: set[str] = set()
        self._unread: dict[str, str] = {}  # the reasons, by import path
        self._modules: list[griffe.Module] = []

    def add(self, name: str) -> None:
        """Read one import package; where a file of it is too much for griffe, without such files."""
        logging.getLogger("griffe").setLevel(logging.CRITICAL)
        try:
            try:
                loaded = self._loader.load(name, try_relative_path=False)
            except _TOO_MUCH:
                self._finder.without |= _unreadable(self._directory / name)
                self._loader.modules_collection.members.pop(name, None)
                loaded = self._loader.load(name, try_relative_path=False)
        except (ImportError, griffe.LoadingError, *_TOO_MUCH) as error:
            self._unread[name] = self._reason(name, error)
            return
        if isinstance(loaded, griffe.Module):
            self._modules.append(loaded)

    def _reason(self, name: str, error: Exception) -> str:
        places = (self._directory / name / "__init__.py", self._directory / f"{name}.py")
        file = next((each for each in places if each.is_file()), None)
        return f"{name}: {error}" if file is None else f"{self._shown(file)}: {_why_not(file)}"

    def _shown(self, file: Path) -> str:
        return file.relative_to(self._directory).as_posix()

    def _left_out(self, name: str) -> Iterator[tuple[str, str]]:
        """Import path and reason of what was not read, though it can be imported."""
        place = self._directory / name
        read = {file for file, _, _ in self._bodies.code.values()}
        for file in sorted(place.rglob("*")) if place.is_dir() else ():
            if file.name.startswith("."):
                continue
            path = ".".join(file.relative_to(self._directory).with_name(file.name.partition(".")[0]).parts)
            path = path.removesuffix(".__init__")
            is_importable = all(each.isidentifier() for each in path.split("."))
            has_source = any(file.with_name(f"{path.rpartition('.')[2]}{each}") in read for each in (".py", ".pyi"))
            if is_importable and file.suffix in (".so", ".pyd") and not has_source:
                yield path, f"{self._shown(file)}: compiled code"
            elif is_importable and file.suffix == ".py" and not {file, file.with_suffix(".pyi")} & read:
                yield path, f"{self._shown(file)}: {_why_not(file)}"

    def surface(self, packages: tuple[str, ...], metadata: Metadata) -> Surface:
        if not self._modules:
            raise UsageError(f"not read: {'; '.join(self._unread.values())}", hint=_HINT)
        self._loader.resolve_aliases(implicit=False, external=False)
        for module in self._modules:
            self._read_module(module, module.path, set())
            self._unread |= dict(self._left_out(module.path))
        return Surface(
            packages=packages,
            objects=self._objects,
            names=self._names,
            code=self._code(),
            imported={path: target for path, target in self._imported.items() if path not in self._names},
            lazy=tuple(sorted(self._lazy)),
            unread=tuple(self._unread.values()),
            unseen=frozenset(self._unread),
            metadata=metadata,
        )

    def _code(self) -> dict[str, Code]:
        files = {file: self._shown(file) for file in {each[0] for each in self._bodies.code.values()}}
        return {
            path: Code(file=files[file], line=line, text=text) for path, (file, line, text) in self._bodies.code.items()
        }

    def _read_module(self, module: griffe.Module, path: str, above: set[str]) -> None:
        """Record `module` under the public import path `path`, and all that is public in it."""
        if module.path in above:
            return
        self._record(module, path)
        if "__getattr__" in module.members or any(each.endswith("/*") for each in module.members):
            self._lazy.add(path)
        self._imported |= {f"{path}.{name}": target for name, target in self._imports_of(module)}
        for name, member in self._public_members(module):
            self._read(member, f"{path}.{name}", above | {module.path})

    def _public_members(self, module: griffe.Module) -> Iterator[tuple[str, griffe.Object | griffe.Alias]]:
        exported = [str(each) for each in module.exports] if module.exports is not None else None
        for name, member in module.members.items():
            if exported is not None and (name in exported or member.is_alias or not member.is_module):
                is_public = name in exported
            elif name.startswith("_"):
                is_public = _is_dunder(name) and not member.is_alias and name not in _OF_PYTHON
            elif member.is_alias:
                is_public = self._is_reexport(module, name, member)
            else:
                is_public = True
            if is_public:
                yield name, member

    def _imports_of(self, module: griffe.Module) -> Iterator[tuple[str, str]]:
        """What a module imports, by name, whether it is offered or not: the path of the definition, as far as known."""
        for name, member in module.members.items():
            if isinstance(member, griffe.Alias) and not name.startswith("_"):
                found = _resolved(member) if self._is_own(member) else None
                yield name, found.path if found is not None else member.target_path

    def _is_own(self, member: griffe.Object | griffe.Alias) -> bool:
        target = str(getattr(member, "target_path", ""))
        return target.partition(".")[0] in {each.path for each in self._modules}

    def _is_reexport(self, module: griffe.Module, name: str, member: griffe.Object | griffe.Alias) -> bool:
        return self._is_own(member) and (module.is_init_module or name in self._bodies.reexports.get(module.path, ()))

    def _read(self, member: griffe.Object | griffe.Alias, path: str, above: set[str]) -> None:
        found = _named(_resolved(member))
        if found is None:
            return
        if isinstance(found, griffe.Module):
            self._read_module(found, path, above)
            return
        self._record(found, path)
        if isinstance(found, griffe.Class):
            self._read_class(found, path)

    def _read_class(self, found: griffe.Class, path: str) -> None:
        for name, member in _all_members(found).items():
            if name.startswith("_") and not _is_dunder(name):
                continue
            resolved = _named(_resolved(member))
            if resolved is not None and not isinstance(resolved, griffe.Module):
                self._record(resolved, f"{path}.{name}")
                if isinstance(resolved, griffe.Class) and resolved.path != found.path:
                    self._read_class(resolved, f"{path}.{name}") if resolved.path.startswith(found.path) else None

    def _record(self, found: griffe.Object, path: str) -> None:
        self._names[path] = found.path
        if found.path not in self._objects:
            self._objects[found.path] = self._made(found)

    def _made(self, found: griffe.Object) -> ApiObject:
        try:
            made = api_object(found, self._directory, self._bodies.bodies.get(found.path))
        except RecursionError:
            made = bare_object(found, self._directory)
            self._unread[found.path] = f"{made.file}: line {made.line}: it is nested too deeply"
        return replace(made, members=_member_paths(found)) if isinstance(found, griffe.Class) else made


def _unreadable(place: Path) -> frozenset[Path]:
    """The files below `place` that are too much for griffe: nested too deeply, or with null bytes."""
    found = set()
    for file in place.rglob("*.py"):
        try:
            griffe.visit(file.stem, filepath=file, code=file.read_text("utf-8-sig"))
        except (*_TOO_MUCH, SyntaxError):
            found.add(file)
    return frozenset(found)


def _why_not(file: Path) -> str:
    """The reason why griffe has not read `file`, with the line where there is one."""
    try:
        ast.parse(file.read_bytes())
        file.read_text("utf-8-sig")
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except (OSError, ValueError) as error:
        return str(error)
    return "it is nested too deeply, or in a directory without __init__.py"


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _resolved(member: griffe.Object | griffe.Alias) -> griffe.Object | None:
    if not isinstance(member, griffe.Alias):
        return member
    try:
        return member.final_target
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None


def _named(found: griffe.Object | None) -> griffe.Object | None:
    """Of a name that a module or class gives to another definition of its own (`old = new`): that definition."""
    if not isinstance(found, griffe.Attribute) or not isinstance(found.value, griffe.ExprName):
        return found
    scope = found.parent
    is_scope = isinstance(scope, griffe.Module | griffe.Class)
    target = scope.members.get(str(found.value)) if scope is not None and is_scope else None
    resolved = _resolved(target) if target is not None else None
    return resolved if isinstance(resolved, griffe.Function | griffe.Class) else found


def _all_members(found: griffe.Class) -> dict[str, griffe.Object | griffe.Alias]:
    try:
        return dict(found.all_members)
    except (griffe.AliasResolutionError, griffe.CyclicAliasError, ValueError):
        return dict(found.members)


def _member_paths(found: griffe.Class) -> dict[str, str]:
    resolved = {name: _resolved(member) for name, member in _all_members(found).items()}
    return {name: each.path for name, each in resolved.items() if each is not None}
