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
from typing import TYPE_CHECKING

import griffe

from dagster_commons.errors import UsageError
from dagster_commons.model.api import ApiObject, Code, Metadata, Surface
from dagster_commons.tools.api.lineage import members_of
from dagster_commons.tools.api.objects import api_object, bare_object, imported_object
from dagster_commons.tools.api.visits import OVERLOADS_ALONE, Visits

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
_OF_CLASSES = frozenset(
    {"__slots__", "__doc__", "__module__", "__annotations__", "__metaclass__"}
)  # likewise of a class
# What reading a file with griffe ends with where it is no syntax error.
_TOO_MUCH = (RecursionError, MemoryError, ValueError)
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
_HINT = f"it was read with Python {_PYTHON}: newer syntax needs a newer one"


class _Finder(griffe.ModuleFinder):
    """Finds all submodules but those in the files `without`."""

    without: frozenset[Path] = frozenset()

    def submodules(self, module: griffe.Module) -> list[tuple[tuple[str, ...], Path]]:
        return [each for each in super().submodules(module) if each[1] not in self.without]


class _Reading:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._visits = Visits()
        self._finder = _Finder(search_paths=[directory])
        self._loader = griffe.GriffeLoader(
            extensions=griffe.Extensions(self._visits), allow_inspection=False, store_source=False
        )
        self._loader.finder = self._finder
        self._objects: dict[str, ApiObject] = {}
        self._names: dict[str, str] = {}
        self._imported: dict[str, str] = {}
        self._bound: set[str] = set()
        self._unlisted: set[str] = set()
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
        read = {file for file, _, _ in self._visits.code.values()}
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
            bound=frozenset(self._bound - self._names.keys() - self._imported.keys()),
            unlisted=frozenset(self._unlisted - self._names.keys()),
            lazy=tuple(sorted(self._lazy)),
            unread=tuple(self._unread.values()),
            unseen=frozenset(self._unread),
            metadata=metadata,
        )

    def _code(self) -> dict[str, Code]:
        files = {file: self._shown(file) for file in {each[0] for each in self._visits.code.values()}}
        return {
            path: Code(file=files[file], line=line, text=text) for path, (file, line, text) in self._visits.code.items()
        }

    def _read_module(self, module: griffe.Module, path: str, above: set[str]) -> None:
        """Record `module` under the public import path `path`, and all that is public in it."""
        if module.path in above:
            return
        self._record(module, path)
        if "__getattr__" in module.members or any(each.endswith("/*") for each in module.members):
            self._lazy.add(path)
        self._imported |= {f"{path}.{name}": target for name, target in self._imports_of(module)}
        bound = {f"{path}.{name}" for name in self._visits.bound.get(module.path, ()) if not name.startswith("_")}
        (self._bound if module.exports is None else self._unlisted).update(bound)
        for name, member in self._public_members(module):
            self._read(member, f"{path}.{name}", above | {module.path})

    def _public_members(self, module: griffe.Module) -> Iterator[tuple[str, griffe.Object | griffe.Alias]]:
        exported = [str(each) for each in module.exports] if module.exports is not None else None
        for name, member in (*module.members.items(), *self._beside_submodules(module)):
            if exported is not None and (name in exported or member.is_alias or not member.is_module):
                is_public = name in exported
            elif name.startswith("_"):
                is_public = _is_dunder(name) and not member.is_alias and name not in _OF_PYTHON
            elif member.is_alias:
                is_public = self._is_reexport(module, name, member)
            else:
                is_public = True
            if is_public:
                yield name, self._stub_of(module, name, member)

    def _beside_submodules(self, module: griffe.Module) -> Iterator[tuple[str, griffe.Alias]]:
        """What is imported under the name of a submodule (`from m.load import load`): the name stands for that then."""
        for name, alias in self._visits.imports.get(module.path, {}).items():
            member = module.members.get(name)
            if isinstance(member, griffe.Module) and alias.target_path != member.path:
                yield name, alias

    def _stub_of(
        self, module: griffe.Module, name: str, member: griffe.Object | griffe.Alias
    ) -> griffe.Object | griffe.Alias:
        """Of what is imported from code that cannot be read: what the stub says, where there is one."""
        return self._visits.stubs.get(module.path, {}).get(name, member) if _resolved(member) is None else member

    def _imports_of(self, module: griffe.Module) -> Iterator[tuple[str, str]]:
        """What a module imports, by name, whether it is offered or not: the path of the definition, as far as known."""
        for name, member in module.members.items():
            is_import = isinstance(member, griffe.Alias) and (member.runtime or "__getattr__" in module.members)
            if isinstance(member, griffe.Alias) and is_import and not name.startswith("_"):
                found = _resolved(member) if self._is_own(member) else None
                yield name, found.path if found is not None else member.target_path

    def _is_own(self, member: griffe.Object | griffe.Alias) -> bool:
        target = str(getattr(member, "target_path", ""))
        return target.partition(".")[0] in {each.path for each in self._modules}

    def _is_reexport(self, module: griffe.Module, name: str, member: griffe.Object | griffe.Alias) -> bool:
        is_there = member.runtime or "__getattr__" in module.members  # more than a type checker sees it
        is_said = name in self._visits.reexports.get(module.path, ())
        return is_there and (is_said or (module.is_init_module and self._is_own(member)))

    def _read(self, member: griffe.Object | griffe.Alias, path: str, above: set[str]) -> None:
        found = _named(_resolved(member))
        if found is None:
            if isinstance(member, griffe.Alias) and not self._is_own(member):
                self._names[path] = path
                self._objects[path] = imported_object(member, path, self._directory)
            return
        if isinstance(found, griffe.Module):
            self._read_module(found, path, above)
            return
        self._record(found, path)
        if isinstance(found, griffe.Class):
            self._read_class(found, path)

    def _read_class(self, found: griffe.Class, path: str) -> None:
        for name, member in members_of(found).items():
            if (name.startswith("_") and not _is_dunder(name)) or name in _OF_CLASSES:
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
        made = self._read_object(found)
        stub = self._visits.stub_of(found)
        return replace(made, file=self._shown(stub)) if stub is not None else made

    def _read_object(self, found: griffe.Object) -> ApiObject:
        if isinstance(found, griffe.Function) and found.path in self._visits.overloads:
            found.overloads = self._visits.overloads[found.path]
            found.labels.add(OVERLOADS_ALONE)
        try:
            made = api_object(found, self._directory, self._visits.bodies.get(found.path))
        except RecursionError:
            made = bare_object(found, self._directory)
            self._unread[found.path] = f"{made.file}: line {made.line}: it is nested too deeply"
        if not isinstance(found, griffe.Class):
            return made
        bound = {name: f"{found.path}.{name}" for name in self._visits.bound.get(found.path, ())}
        return replace(made, members={**bound, **_member_paths(found)})


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
        return f"line {error.lineno}: {error.msg} for Python {_PYTHON}" if error.lineno else error.msg
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


def _member_paths(found: griffe.Class) -> dict[str, str]:
    resolved = {name: _resolved(member) for name, member in members_of(found).items()}
    return {name: each.path for name, each in resolved.items() if each is not None}
