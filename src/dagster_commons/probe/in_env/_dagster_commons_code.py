"""Which of the user's own functions and classes every object runs, and a digest of each.

A unit's digest covers what is written in it and the plain values and functions behind the names it uses; what those
functions do has digests of its own.  So a changed body changes one digest, and the objects that run it are those that
name it among their units, however far down it is called.
Standard library only, Python 3.9 syntax.
"""

from __future__ import annotations

import functools
import hashlib
import sys
import types
from typing import TYPE_CHECKING, Any

from _dagster_commons_references import (
    ModuleFile,
    cells,
    constant,
    contents,
    referred,
    unwrapped,
)
from _dagster_commons_syntax import SourceFile, Syntax
from _dagster_commons_values import SECRET_NAME, NormalForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _dagster_commons_inputs import Places

# Definitions that are objects of their own: what they run is not what runs one that merely mentions them.
OTHER_OBJECTS = frozenset(
    [
        "AssetsDefinition",
        "SourceAsset",
        "JobDefinition",
        "UnresolvedAssetJobDefinition",
        "RepositoryDefinition",
        "Definitions",
        "AssetGraph",
        "AssetNode",
        "AssetSpec",
        "AssetCheckSpec",
        "AssetKey",
        "CachingRepositoryData",
        "GraphDefinition",
    ]
)
SIMPLE = (str, bytes, int, float, bool, type(None), types.ModuleType)
DAGSTER = ("dagster", "dagster_shared")
DIGITS = 16


class Unit:
    """A function, class or module of the user's own; several of one name (overloads, lambdas) are one unit."""

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line
        self.digests: set[str] = set()

    def digest(self) -> str:
        return hashlib.sha256("\n".join(sorted(self.digests)).encode()).hexdigest()[:DIGITS]


class CodeReach:
    """Collects the units of one snapshot."""

    def __init__(self, places: Places, normal: NormalForm) -> None:
        self._places = places
        self._normal = normal
        self._units: dict[str, Unit] = {}
        self._files: dict[str, SourceFile | None] = {}
        self._reached: dict[int, frozenset[str]] = {}  # of functions and classes found behind names
        self._kept: list[Any] = []  # an id is unique only while its object lives

    def units(self) -> list[dict[str, Any]]:
        return [
            {"id": name, "file": unit.file, "line": unit.line, "digest": unit.digest()}
            for name, unit in sorted(self._units.items())
        ]

    def of(self, roots: Iterable[Any], label: str) -> frozenset[str]:
        """The units that `roots` run; what their closures hold is a unit `function[label]` of its own."""
        walk = _Walk(self, label)
        for root in roots:
            walk.visit(root, is_root=True)
        return frozenset(walk.found)

    def behind_name(self, value: Any) -> frozenset[str]:
        """The units that a value that many may refer to runs, found once."""
        known = self._reached.get(id(value))
        if known is None:
            self._kept.append(value)
            walk = _Walk(self, None)
            walk.visit(value)
            known = self._reached[id(value)] = frozenset(walk.found)
        return known

    def add(self, name: str, file: str, line: int, parts: Iterable[str]) -> str:
        unit = self._units.setdefault(name, Unit(file, line))
        text = "\n".join(map(self._normal.text, parts))
        unit.digests.add(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
        return name

    def shown(self, path: str) -> str | None:
        return self._places.shown(path)

    def source(self, path: str) -> SourceFile | None:
        if path not in self._files:
            try:
                self._files[path] = SourceFile(path)
            except (OSError, SyntaxError, ValueError):  # gone, or made at run time under the name of a file
                self._files[path] = None
        return self._files[path]


class _Walk:
    """One walk from the functions that an object runs to everything that these use.

    With a label it starts from one object; what it meets behind names is found once for all objects, without a label.
    """

    def __init__(self, reach: CodeReach, label: str | None) -> None:
        self._reach = reach
        self._label = label
        self._seen: set[int] = set()
        self._kept: list[Any] = []
        self.found: set[str] = set()

    def visit(self, root: Any, *, is_root: bool = False) -> None:
        pending = [(root, is_root)]
        while pending:
            value, is_first = pending.pop()
            if isinstance(value, SIMPLE) or id(value) in self._seen:
                continue
            self._seen.add(id(value))
            self._kept.append(value)
            pending.extend((each, False) for each in self._next(value, is_root=is_first))

    def _next(self, value: Any, *, is_root: bool) -> Iterable[Any]:  # noqa: PLR0911 - one return per kind of value
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.MethodType):
            return [value.__func__, value.__self__]
        if isinstance(value, functools.partial):
            return [value.func, *value.args, *value.keywords.values()]
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, ModuleFile):
            return self._module(value)
        module = str(type(value).__module__)
        if module.partition(".")[0] in DAGSTER:
            return [] if type(value).__name__ in OTHER_OBJECTS and not is_root else _attributes(value)
        inner = unwrapped(value)
        return [inner] if inner is not None else contents(value) or self._instance(value)

    def _function(self, function: types.FunctionType) -> Iterable[Any]:
        code = function.__code__
        file = self._reach.shown(code.co_filename)
        held = list(cells(function))
        wrapped = getattr(function, "__wrapped__", None)
        if file is None:
            return [*(each for _, each in held), wrapped]
        syntax = _found(self._reach.source(code.co_filename), code)
        variables = function.__globals__
        name = f"{variables.get('__name__', '?')}:{syntax.qualified_name if syntax else code.co_name}"
        if syntax is None:  # made at run time: all there is, is its code
            self.found.add(self._reach.add(name, file, code.co_firstlineno, [repr(code.co_code), repr(code.co_names)]))
            return [each for _, each in held]
        following = self._add(name, file, syntax, variables, frozenset(code.co_freevars))
        captured = sorted(f"{key}={text}" for key, text in _constants(held) if text is not None)
        if captured:
            holder = name if self._label is None else f"{name}[{self._label}]"
            self.found.add(self._reach.add(holder, file, syntax.line, captured))
        return [*following, *(each for _, each in held), wrapped]

    def _class(self, cls: type) -> Iterable[Any]:
        module = sys.modules.get(cls.__module__)
        path = getattr(module, "__file__", None)
        file = self._reach.shown(path) if path else None
        if module is None or path is None or file is None:
            return []
        source = self._reach.source(path)
        syntax = source.class_(cls.__qualname__) if source else None
        if syntax is None:
            return list(cls.__bases__)
        following = self._add(f"{cls.__module__}:{cls.__qualname__}", file, syntax, vars(module), frozenset())
        members = [each if isinstance(each, types.FunctionType) else unwrapped(each) for each in vars(cls).values()]
        return [*following, *cls.__bases__, *(each for each in members if isinstance(each, types.FunctionType))]

    def _module(self, module: ModuleFile) -> Iterable[Any]:
        file = self._reach.shown(module.path)
        source = self._reach.source(module.path) if file else None
        if file is None or source is None:
            return []
        package = module.name if module.path.endswith("__init__.py") else module.name.rpartition(".")[0]
        return self._add(f"{module.name}:<module>", file, source.module(), {"__package__": package}, frozenset())

    def _add(
        self, name: str, file: str, syntax: Syntax, variables: dict[str, Any], own: frozenset[str]
    ) -> Iterable[Any]:
        """Add a unit as written; return what it refers to that has to be followed from here."""
        parts = [syntax.digest, *self._other_peoples_decorators(syntax, variables)]
        following = []
        for used, value in referred(syntax, variables, own):
            text = constant(value)
            if text is not None:
                parts.append(f"{used}={text}")
                continue
            if isinstance(value, (types.FunctionType, type)):
                parts.append(f"{used}->{value.__module__}:{value.__qualname__}")
            following.append(value)
        self.found.add(self._reach.add(name, file, syntax.line, parts))
        if self._label is None:
            return following
        for value in following:
            self.found |= self._reach.behind_name(value)
        return []

    def _other_peoples_decorators(self, syntax: Syntax, variables: dict[str, Any]) -> list[str]:
        """What Dagster's decorators say are fields; one's own are met as the functions that they leave behind."""
        texts = []
        for root, text in syntax.decorators:
            value = variables.get(root)
            name = value.__name__ if isinstance(value, types.ModuleType) else str(getattr(value, "__module__", ""))
            path = getattr(sys.modules.get(name), "__file__", None)
            is_own = path is not None and self._reach.shown(path) is not None
            if not is_own and name.partition(".")[0] not in DAGSTER:
                texts.append(text)
        return texts

    def _instance(self, value: Any) -> Iterable[Any]:
        """An object of a class of the user's own: the class, and the functions it holds."""
        path = getattr(sys.modules.get(type(value).__module__), "__file__", None)
        if path is None or self._reach.shown(path) is None:
            return []
        held = getattr(value, "__dict__", None) or {}
        return [type(value), *held.values()]


def _found(source: SourceFile | None, code: types.CodeType) -> Syntax | None:
    return source.function(code.co_name, code.co_firstlineno) if source else None


def _constants(held: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, str | None]]:
    return [(name, constant(value)) for name, value in held if not SECRET_NAME.search(name)]


def _attributes(value: Any) -> list[Any]:
    """What an object of Dagster's holds that could lead to a function of the user's."""
    held = list(getattr(value, "__dict__", {}).values())
    if isinstance(value, tuple):
        held.extend(tuple.__iter__(value))  # Dagster's own records refuse to be iterated
    for each in type(value).__mro__:
        held.extend(getattr(value, name, None) for name in getattr(each, "__slots__", ()))
    return held
