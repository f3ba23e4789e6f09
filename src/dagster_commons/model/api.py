"""What a module offers to those who import it, and what a change of that asks of its next version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

ApiKind: TypeAlias = Literal["module", "class", "function", "attribute"]
ClassKind: TypeAlias = Literal["plain", "enum", "dataclass", "typed-dict", "named-tuple", "protocol", "pydantic"]
ParameterKind: TypeAlias = Literal[
    "positional-only", "positional-or-keyword", "variadic-positional", "keyword-only", "variadic-keyword"
]
Binding: TypeAlias = Literal["instance", "class", "static", "property"]
RequiredBump: TypeAlias = Literal["none", "patch", "minor", "major"]
ENTRY_POINTS = ("scripts", "gui-scripts", "entry-points")
METADATA_PARTS = ("requires-python", "dependencies", "optional-dependencies", *ENTRY_POINTS)
REQUIRED_BUMPS: tuple[RequiredBump, ...] = ("none", "patch", "minor", "major")  # least first


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; `annotation` has every name as its full path, `default` is source text; None: there is none."""

    name: str
    kind: ParameterKind
    annotation: str | None = None
    default: str | None = None

    @property
    def is_required(self) -> bool:
        return self.default is None and not self.kind.startswith("variadic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How a function is called and what it gives back.  `yields`: calling it makes a generator.

    `tuple_lengths` are those of the tuples that its `return` statements build; empty where one returns anything else.
    `builds`: all of them give a list, tuple, set, dict or text that is written there, or nothing.
    """

    parameters: tuple[Parameter, ...] = ()
    returns: str | None = None
    is_async: bool = False
    yields: bool = False
    raises: tuple[str, ...] = ()  # names of exceptions in its own `raise` statements, sorted
    tuple_lengths: tuple[int, ...] = ()
    builds: bool = False

    def parameter(self, name: str) -> Parameter | None:
        return next((each for each in self.parameters if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiObject:
    """One definition.  `path` is where it is defined, `file` relative to the directory that holds the import package.

    A class has its members by name, inherited ones of the same package included, each as the path of its definition.
    """

    path: str
    kind: ApiKind
    file: str
    line: int
    signature: Signature | None = None  # of a function; of a class: how it is instantiated; of a callable instance
    overloads: tuple[Signature, ...] = ()
    decorators: tuple[str, ...] = ()  # full paths
    binding: Binding | None = None  # of a method
    is_abstract: bool = False
    is_deprecated: bool = False
    class_kind: ClassKind | None = None
    bases: tuple[str, ...] = ()  # full paths, as written
    ancestors: tuple[str, ...] = ()  # of the same package and, where known by name, beyond
    open_bases: tuple[str, ...] = ()  # base classes, inherited ones included, of which it is not known what they give
    is_frozen: bool = False
    members: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[Parameter, ...] = ()  # of a dataclass, TypedDict, named tuple or pydantic model
    annotation: str | None = None
    value: str | None = None  # source text of an attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What an installer and a type checker look at.

    `unknown` are the parts (keys of `[project]`) that are not said there: a build decides them, or there is no project.
    `places` has file and line of each part: `requires-python`, `dependency NAME`, `extra NAME`, `entry point NAME`.
    """

    version: str | None = None
    requires_python: str | None = None
    dependencies: tuple[str, ...] = ()
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entry_points: Mapping[str, str] = field(default_factory=dict)  # `group:name` to what it names
    has_py_typed: bool = False
    unknown: tuple[str, ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    file: str = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A definition's own code, private ones included: its source text, or (from `api.json`) what that comes to."""

    file: str
    line: int
    text: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """Everything that can be imported from a module's import packages, and what its metadata says.

    `names` maps every public import path to the path of a definition; `imported` does the same for what public modules
    merely import, from wherever: it can be had there, though it is not offered.  `bound` are the paths of what public
    modules bind by statements that are not followed (`a, b = …`), `unlisted` of what they leave out of their `__all__`.
    `lazy` are the modules whose `__getattr__` or `import *` may offer more than can be read; `code` has every
    definition by its path.  `unread` says what could not be extracted, and why; `unseen` are the import paths of those
    modules: of what they define nothing is known.
    """

    packages: tuple[str, ...]
    objects: Mapping[str, ApiObject]
    names: Mapping[str, str]
    code: Mapping[str, Code] = field(default_factory=dict)
    imported: Mapping[str, str] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()
    lazy: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    unseen: frozenset[str] = frozenset()
    metadata: Metadata = field(default_factory=Metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiChange:
    """One finding: what changed, how it can be imported, where it stands now (or stood), and the least bump."""

    rule: str
    object: str
    paths: tuple[str, ...]
    file: str
    line: int
    bump: RequiredBump
    message: str
    is_to_review: bool = False  # whether it matters cannot be proven


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlChange:
    """One place in a consumer's YAML that has to change, and how."""

    file: str
    line: int
    component: str
    advice: str
