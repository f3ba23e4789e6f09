"""What a class is beyond a class: an enum, a dataclass, a pydantic model; and the fields that make its instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import griffe

from dagster_commons.model.api import Parameter
from dagster_commons.tools.api.lineage import lineage_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagster_commons.model.api import ClassKind, ParameterKind

_KINDS: tuple[tuple[ClassKind, frozenset[str]], ...] = (
    ("enum", frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})),
    ("typed-dict", frozenset({"TypedDict"})),
    ("named-tuple", frozenset({"NamedTuple"})),
    ("pydantic", frozenset({"BaseModel", "BaseSettings"})),
    # Dagster's classes that are pydantic models: their fields are what configuration and YAML may say.
    ("pydantic", frozenset({"Config", "PermissiveConfig", "ConfigurableResource", "ConfigurableIOManager", "Model"})),
    ("pydantic", frozenset({"ConfigurableIOManagerFactory", "ConfigurableLegacyIOManagerAdapter"})),
    ("protocol", frozenset({"Protocol"})),
)
_LIBRARIES = ("enum", "typing", "typing_extensions", "pydantic", "pydantic_settings", "dagster")
_DATACLASS = ("dataclass", "define", "frozen", "mutable", "attrs", "s")
_DATACLASS_LIBRARIES = ("dataclasses", "attr", "attrs", "pydantic")
_FIELD_MAKERS = frozenset({"field", "Field", "ib"})
_DEFAULT_ARGUMENTS = frozenset({"default", "default_factory", "factory"})


def class_kind(decorators: tuple[str, ...], ancestors: tuple[str, ...]) -> ClassKind:
    """What instances are, by the decorators and the base classes of known libraries."""
    for decorator in decorators:
        library, _, name = decorator.rpartition(".")
        if name in _DATACLASS and library.partition(".")[0] in _DATACLASS_LIBRARIES:
            return "dataclass"
    for kind, names in _KINDS:
        for ancestor in ancestors:
            library, _, name = ancestor.rpartition(".")
            if name in names and library.partition(".")[0] in _LIBRARIES:
                return kind
    return "plain"


def is_frozen(found: griffe.Class) -> bool:
    """Whether a decorator or a class argument says `frozen=True`."""
    calls = [each.value for each in found.decorators if isinstance(each.value, griffe.ExprCall)]
    arguments = [argument for call in calls for argument in call.arguments]
    return any(
        isinstance(each, griffe.ExprKeyword) and each.name == "frozen" and str(each.value) == "True"
        for each in arguments
    )


def fields_of(
    found: griffe.Class, kind: ClassKind, text: Callable[[str | griffe.Expr | None], str | None]
) -> tuple[Parameter, ...]:
    """The fields that make an instance, in order, those of base classes of the same package first."""
    if kind not in ("dataclass", "typed-dict", "named-tuple", "pydantic"):
        return ()
    fields: dict[str, Parameter] = {}
    for each in reversed(lineage_of(found).classes):
        names: ParameterKind = "keyword-only" if kind in ("pydantic", "typed-dict") else "positional-or-keyword"
        if _says_keyword_only(each):
            names = "keyword-only"
        for name, member in each.members.items():
            if isinstance(member, griffe.Attribute) and _is_field(name, member, kind):
                default = _default(member) if kind != "typed-dict" else _is_optional_key(found, member)
                fields[name] = Parameter(name=name, kind=names, annotation=text(member.annotation), default=default)
    return tuple(fields.values())


def _is_field(name: str, member: griffe.Attribute, kind: ClassKind) -> bool:
    annotation = str(member.annotation) if member.annotation is not None else None
    if name.startswith("_") or name == "model_config" or "property" in member.labels:
        return False
    if annotation is None:  # attrs takes those that are made by its own function, too
        return kind == "dataclass" and _is_made_field(member, ("attr.ib", "attr.attrib", "attr.field", "attrs.field"))
    # griffe takes `ClassVar` out of the annotation: such a name is no attribute of instances for it.
    if "ClassVar" in annotation or "instance-attribute" not in member.labels:
        return False
    is_of_class = "class-attribute" in member.labels or member.value is None  # not `self.x: int = …` in `__init__`
    return is_of_class and "PrivateAttr" not in str(member.value or "") and not _says_no_argument(member)


def _is_made_field(member: griffe.Attribute, makers: tuple[str, ...]) -> bool:
    value = member.value
    return isinstance(value, griffe.ExprCall) and value.canonical_path in makers and not _says_no_argument(member)


def _says_no_argument(member: griffe.Attribute) -> bool:
    """Whether the field is no parameter of the constructor: `field(init=False)`."""
    value = member.value
    given = value.arguments if isinstance(value, griffe.ExprCall) else ()
    return any(
        isinstance(each, griffe.ExprKeyword) and (each.name, str(each.value)) == ("init", "False") for each in given
    )


def _default(member: griffe.Attribute) -> str | None:
    """Source text of the default; None for a required field, also where `Field(...)` says more about it."""
    value = member.value
    if value is None:
        return None
    if isinstance(value, griffe.ExprCall) and str(value.function).rpartition(".")[2] in _FIELD_MAKERS:
        named = {each.name: str(each.value) for each in value.arguments if isinstance(each, griffe.ExprKeyword)}
        given = [str(each) for each in value.arguments if not isinstance(each, griffe.ExprKeyword)]
        if given and given[0] != "...":
            return given[0]
        return next((named[name] for name in sorted(_DEFAULT_ARGUMENTS & named.keys()) if named[name] != "..."), None)
    return str(value)


def _is_optional_key(found: griffe.Class, member: griffe.Attribute) -> str | None:
    """Of a TypedDict's key: some text where it need not be there (PEP 655)."""
    annotation = str(member.annotation)
    if annotation.startswith(("NotRequired", "typing.NotRequired", "typing_extensions.NotRequired")):
        return "NotRequired"
    is_total = "False" not in {str(each) for each in found.keywords.values()} if found.keywords else True
    return None if is_total or "Required[" in annotation else "total=False"


def _says_keyword_only(found: griffe.Class) -> bool:
    calls = [each.value for each in found.decorators if isinstance(each.value, griffe.ExprCall)]
    arguments = [argument for call in calls for argument in call.arguments]
    return any(
        isinstance(each, griffe.ExprKeyword) and each.name == "kw_only" and str(each.value) == "True"
        for each in arguments
    )
