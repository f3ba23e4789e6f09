"""What a class is beyond a class: an enum, a dataclass, a pydantic model; and the fields that make its instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import griffe

from dagster_commons.model.api import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def ancestors_of(found: griffe.Class) -> tuple[str, ...]:
    """Full paths of all base classes, those of the same package followed upward; each once, nearest first."""
    seen: dict[str, None] = {}
    for base in _bases(found):
        path = _path(base)
        seen.setdefault(path)
        target = _class_at(base)
        if target is not None and target.path not in (found.path, *list(seen)[:-1]):
            seen.update(dict.fromkeys(ancestors_of(target)))
    return tuple(seen)


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
    for each in (*_classes_above(found), found):
        names: ParameterKind = "keyword-only" if kind in ("pydantic", "typed-dict") else "positional-or-keyword"
        if _says_keyword_only(each):
            names = "keyword-only"
        for name, member in each.members.items():
            if isinstance(member, griffe.Attribute) and _is_field(name, member):
                default = _default(member) if kind != "typed-dict" else _is_optional_key(found, member)
                fields[name] = Parameter(name=name, kind=names, annotation=text(member.annotation), default=default)
    return tuple(fields.values())


def _bases(found: griffe.Class) -> Iterator[griffe.Expr | str]:
    for base in found.bases:
        yield base.left if isinstance(base, griffe.ExprSubscript) else base


def _path(base: griffe.Expr | str) -> str:
    return base if isinstance(base, str) else base.canonical_path


def _class_at(base: griffe.Expr | str) -> griffe.Class | None:
    if isinstance(base, str):
        return None
    resolve = getattr(base, "last", base)
    try:
        scope = getattr(resolve, "parent", None)
        target = scope.modules_collection[base.canonical_path] if scope is not None else None
        target = target.final_target if isinstance(target, griffe.Alias) else target
    except (KeyError, AttributeError, griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None
    return target if isinstance(target, griffe.Class) else None


def _classes_above(found: griffe.Class) -> list[griffe.Class]:
    try:
        return list(reversed(found.mro()))
    except (ValueError, griffe.AliasResolutionError, griffe.CyclicAliasError):
        return []


def _is_field(name: str, member: griffe.Attribute) -> bool:
    annotation = str(member.annotation) if member.annotation is not None else None
    if annotation is None or name.startswith("_") or name == "model_config":
        return False
    if "ClassVar" in annotation or "PrivateAttr" in str(member.value or "") or "property" in member.labels:
        return False
    return "class-attribute" in member.labels or member.value is None


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
