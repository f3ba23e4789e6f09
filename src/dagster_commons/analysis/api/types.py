"""Annotations compared as what they admit: unions as sets, one spelling for each type, no claim without proof."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

# "lost": something that was admitted is provably not any more; "gained" likewise; "unclear": neither can be proven.
Relation: TypeAlias = Literal["same", "subtype", "supertype", "other", "unclear"]

ANY = frozenset({"Any"})
NONE = "None"
_TOP = frozenset({"Any", "object"})
_GENERATORS = frozenset({"Iterator", "Generator", "Iterable", "AsyncIterator", "AsyncGenerator", "AsyncIterable"})
_SPELLINGS = {
    "List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "Type": "type",
    "Text": "str", "NoneType": NONE, "DefaultDict": "defaultdict", "OrderedDict": "OrderedDict", "AnyStr": "str",
}  # fmt: skip
_TYPING = ("typing", "typing_extensions", "collections.abc", "collections", "builtins", "types", "t", "te")
_TRANSPARENT = frozenset({"Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly"})
# Every concrete type here is of another class than the others, but for those that _WIDER says.
_CONCRETE = frozenset(
    {"int", "str", "float", "bool", "bytes", "complex", "list", "dict", "set", "frozenset", "tuple", NONE}
)
_SEQUENCES = frozenset({"Sequence", "Collection", "Iterable", "Container", "Sized", "Reversible"})
_WIDER: dict[str, frozenset[str]] = {
    "bool": frozenset({"int", "float", "complex"}),
    "int": frozenset({"float", "complex"}),
    "float": frozenset({"complex"}),
    "str": _SEQUENCES,
    "bytes": _SEQUENCES | {"Buffer"},
    "list": _SEQUENCES | {"MutableSequence"},
    "tuple": _SEQUENCES,
    "dict": frozenset({"Mapping", "MutableMapping", "Collection", "Iterable", "Container", "Sized"}),
    "set": frozenset({"AbstractSet", "MutableSet", "Set", "Collection", "Iterable", "Container", "Sized"}),
    "frozenset": frozenset({"AbstractSet", "Set", "Collection", "Iterable", "Container", "Sized"}),
    "Sequence": frozenset({"Collection", "Iterable", "Container", "Sized", "Reversible"}),
    "Mapping": frozenset({"Collection", "Iterable", "Container", "Sized"}),
    "MutableMapping": frozenset({"Mapping", "Collection", "Iterable", "Container", "Sized"}),
    "MutableSequence": _SEQUENCES,
    "Iterator": frozenset({"Iterable"}),
    "Generator": frozenset({"Iterator", "Iterable"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One alternative of a type: its name and arguments, each a set of alternatives."""

    name: str
    arguments: tuple[frozenset[Form], ...] = ()
    value: str | None = None  # of a Literal

    def __str__(self) -> str:
        if self.value is not None:
            return f"Literal[{self.value}]"
        parts = [shown(each) for each in self.arguments]
        if self.name == "Callable" and parts and parts[0] != "…":
            parts = [f"[{', '.join(parts[:-1])}]", parts[-1]]
        inside = ", ".join(parts)
        return f"{self.name}[{inside}]" if inside else self.name


Type: TypeAlias = frozenset[Form]


def parsed(annotation: str | None) -> Type | None:
    """The alternatives of an annotation whose names are full paths; None where there is none, or it is no type."""
    return _parsed(annotation) if annotation else None


def spelled(name: str) -> str:
    """The last part of a type's path as everybody writes it: `Dict` is `dict`."""
    return _SPELLINGS.get(name, name)


def shown(kind: Type) -> str:
    """A type as a reader writes it, names without their modules, None last."""
    return " | ".join(sorted((str(each) for each in kind), key=lambda text: (text == NONE, text))).replace("...", "…")


def is_iterator(kind: Type | None) -> bool:
    return kind is not None and all(each.name.rpartition(".")[2] in _GENERATORS for each in kind)


def is_concrete(form: Form) -> bool:
    """Whether it is one of Python's own plain types."""
    return form.name in _CONCRETE or form.value is not None


def relation(old: Type, new: Type, ancestors: Callable[[str], tuple[str, ...]]) -> Relation:
    """How `new` stands to `old`; "other" only where an alternative is provably outside."""
    if old == new:
        return "same"
    is_sub = all(any(_is_within(each, other, ancestors) for other in old) for each in new)
    is_super = all(any(_is_within(each, other, ancestors) for other in new) for each in old)
    if is_sub and is_super:
        return "same"
    if is_sub:
        return "subtype"
    return "supertype" if is_super else "unclear"


def outside(first: Type, second: Type, ancestors: Callable[[str], tuple[str, ...]]) -> Type:
    """The alternatives of `first` that provably are none of `second`."""
    return frozenset(
        each
        for each in first
        if not any(_is_within(each, other, ancestors) for other in second)
        and all(_is_apart(each, other, ancestors) for other in second)
    )


def _is_within(one: Form, other: Form, ancestors: Callable[[str], tuple[str, ...]]) -> bool:
    if one == other or other.name in _TOP or one.name == "Any":
        return True
    if one.value is not None:
        return other.value is None and other.name == _type_of(one.value)
    if other.value is not None:
        return False
    names = {one.name, *_WIDER.get(one.name, ()), *ancestors(one.name)}
    if other.name not in names and other.name.rpartition(".")[2] not in names:
        return False
    if one.name != other.name or not one.arguments or not other.arguments:
        return True
    return len(one.arguments) == len(other.arguments) and all(
        all(any(_is_within(each, wide, ancestors) for wide in b) for each in a)
        for a, b in zip(one.arguments, other.arguments, strict=True)
    )


def _is_apart(one: Form, other: Form, ancestors: Callable[[str], tuple[str, ...]]) -> bool:
    """Whether no value can be provably both."""
    if _is_within(one, other, ancestors) or _is_within(other, one, ancestors):
        return one.value is None and other.value is not None  # a str where only "append" is taken
    if one.value is not None and other.value is not None:
        return True
    if one.name == other.name == "Callable":
        return _arity(one) is not None and _arity(other) is not None and _arity(one) != _arity(other)
    if one.name == other.name:
        return one.name == "tuple" and _length(one) != _length(other) and None not in (_length(one), _length(other))
    is_own = bool(ancestors(one.name)) or bool(ancestors(other.name))
    concrete = {one.name, other.name} & _CONCRETE
    return len(concrete) == 2 or (len(concrete) == 1 and is_own and _may_be_told(one, other, ancestors))  # noqa: PLR2004


def _may_be_told(one: Form, other: Form, ancestors: Callable[[str], tuple[str, ...]]) -> bool:
    """Of a concrete type and a class of the package: whether that class is known to be no kind of it."""
    own = one if one.name not in _CONCRETE else other
    concrete = other if own is one else one
    return concrete.name not in ancestors(own.name)


def _arity(form: Form) -> int | None:
    return len(form.arguments) - 1 if form.arguments and form.value is None else None


def _length(form: Form) -> int | None:
    is_open = any(each == frozenset({Form(name="...")}) for each in form.arguments)
    return None if is_open or not form.arguments else len(form.arguments)


def _type_of(value: str) -> str:
    try:
        return type(ast.literal_eval(value)).__name__
    except (ValueError, SyntaxError):
        return "object"


@lru_cache(maxsize=65536)
def _parsed(annotation: str) -> Type | None:
    try:
        return _with_bool(_alternatives(ast.parse(annotation.strip(), mode="eval").body))
    except (SyntaxError, ValueError, RecursionError):
        return None


def _alternatives(node: ast.expr) -> Type:
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _alternatives(node.left) | _alternatives(node.right)
    if isinstance(node, ast.Subscript):
        return _subscript(node)
    if isinstance(node, ast.List):  # the parameters of a Callable
        return frozenset({Form(name="[]", arguments=tuple(_alternatives(each) for each in node.elts))})
    return frozenset({Form(name=_name(node))})


def _constant(value: object) -> Type:
    """None, an ellipsis, or a type in quotes."""
    if value is None or value is ...:
        return frozenset({Form(name=NONE if value is None else "...")})
    return _parsed(str(value)) or frozenset({Form(name=str(value))})


def _subscript(node: ast.Subscript) -> Type:
    name = _name(node.value)
    items = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Union":
        return frozenset().union(*(_alternatives(each) for each in items))
    if name == "Optional":
        return _alternatives(items[0]) | {Form(name=NONE)}
    if name == "Literal":
        return frozenset(Form(name="Literal", value=ast.unparse(each)) for each in items)
    if name in _TRANSPARENT:
        return _alternatives(items[0])
    if name == "Callable" and items and isinstance(items[0], ast.List):
        return frozenset(
            {Form(name=name, arguments=tuple(_alternatives(each) for each in [*items[0].elts, *items[1:]]))}
        )
    return frozenset({Form(name=name, arguments=tuple(_alternatives(each) for each in items))})


def _with_bool(kind: Type) -> Type:
    """`bool` for the two of its values."""
    both = frozenset({Form(name="Literal", value="True"), Form(name="Literal", value="False")})
    return (kind - both) | {Form(name="bool")} if both <= kind else kind


def _name(node: ast.expr) -> str:
    text = ast.unparse(node)
    library, _, last = text.rpartition(".")
    if library in _TYPING or not library:
        return _SPELLINGS.get(last, last)
    return text
