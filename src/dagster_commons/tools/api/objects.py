"""From one of griffe's objects to our value: names as full paths, what a class is, how it is called."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

import griffe

from dagster_commons.model.api import ApiObject, Parameter, Signature
from dagster_commons.tools.api.classes import class_kind, fields_of, is_frozen
from dagster_commons.tools.api.lineage import KEY, lineage_of, members_of
from dagster_commons.tools.api.visits import OVERLOADS_ALONE

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.api import ApiKind, Binding, ParameterKind
    from dagster_commons.tools.api.bodies import Body

_KINDS: dict[griffe.ParameterKind | None, ParameterKind] = {
    griffe.ParameterKind.positional_only: "positional-only",
    griffe.ParameterKind.positional_or_keyword: "positional-or-keyword",
    griffe.ParameterKind.var_positional: "variadic-positional",
    griffe.ParameterKind.keyword_only: "keyword-only",
    griffe.ParameterKind.var_keyword: "variadic-keyword",
}
_DEPRECATED = ("deprecated", "deprecated_param", "superseded")


def api_object(found: griffe.Object, directory: Path, body: Body | None) -> ApiObject:
    """The value of a module, class, function or attribute; `body` is what its code says, where it has any."""
    file, line = _place(found, directory)
    match found:
        case griffe.Module():
            return ApiObject(path=found.path, kind="module", file=file, line=1)
        case griffe.Class():
            return _class(found, file, line)
        case griffe.Function() if _is_like_property(found):
            return _property(found, found.returns, file, line)
        case griffe.Function():
            return _function(found, file, line, body)
        case griffe.Attribute():
            return _attribute(found, file, line)
        case _:
            return ApiObject(path=found.path, kind="attribute", file=file, line=line)


def _attribute(found: griffe.Attribute, file: str, line: int) -> ApiObject:
    if "property" in found.labels:
        return _property(found, found.annotation, file, line)
    return ApiObject(
        path=found.path,
        kind="attribute",
        file=file,
        line=line,
        annotation=_expression(found.annotation),
        value=str(found.value) if found.value is not None else None,
        signature=_call_of(found),
    )


def bare_object(found: griffe.Object, directory: Path) -> ApiObject:
    """That it is there and where, without what its expressions say."""
    file, line = _place(found, directory)
    kinds: dict[griffe.Kind, ApiKind] = {griffe.Kind.CLASS: "class", griffe.Kind.FUNCTION: "function"}
    return ApiObject(path=found.path, kind=kinds.get(found.kind, "attribute"), file=file, line=line)


def imported_object(found: griffe.Alias, path: str, directory: Path) -> ApiObject:
    """What another package defines and a module offers as its own: it is only known to be had at `path`."""
    above = found.parent
    file, _ = _place(above, directory) if isinstance(above, griffe.Object) else (path.partition(".")[0], 1)
    return ApiObject(path=path, kind="attribute", file=file, line=found.alias_lineno or 1)


def _place(found: griffe.Object, directory: Path) -> tuple[str, int]:
    try:
        file = found.filepath
    except (griffe.BuiltinModuleError, ValueError):
        return found.path.partition(".")[0], 1
    if isinstance(file, list):
        return file[0].relative_to(directory).as_posix(), 1
    return file.relative_to(directory).as_posix(), found.lineno or 1


def _function(found: griffe.Function, file: str, line: int, body: Body | None) -> ApiObject:
    decorators = _decorators(found)
    return ApiObject(
        path=found.path,
        kind="function",
        file=file,
        line=line,
        signature=_called(found, body),
        overloads=tuple(_signature(each, None) for each in _overloads(found)),
        decorators=decorators,
        binding=_binding(found),
        is_abstract="abstractmethod" in found.labels or any(each.endswith(".abstractmethod") for each in decorators),
        is_deprecated=_is_deprecated(decorators),
    )


def _is_like_property(found: griffe.Function) -> bool:
    """Whether a decorator says by its name that a method is read without a call: `@hybrid_property`."""
    is_method = isinstance(found.parent, griffe.Class)
    return is_method and any(each.rpartition(".")[2].endswith("property") for each in _decorators(found))


def _property(found: griffe.Object, returns: str | griffe.Expr | None, file: str, line: int) -> ApiObject:
    return ApiObject(
        path=found.path,
        kind="attribute",
        file=file,
        line=line,
        binding="property",
        annotation=_expression(returns),
        is_abstract="abstractmethod" in found.labels,
    )


def _class(found: griffe.Class, file: str, line: int) -> ApiObject:
    decorators = _decorators(found)
    lineage = lineage_of(found)
    kind = class_kind(decorators, lineage.ancestors)
    return ApiObject(
        path=found.path,
        kind="class",
        file=file,
        line=line,
        signature=_constructor(found) if kind in ("plain", "protocol") else None,
        decorators=decorators,
        is_deprecated=_is_deprecated(decorators),
        class_kind=kind,
        bases=tuple(_path_of(each) for each in found.bases),
        ancestors=lineage.ancestors,
        open_bases=lineage.open_bases,
        is_frozen=is_frozen(found),
        fields=fields_of(found, kind, _expression),
    )


def _constructor(found: griffe.Class) -> Signature | None:
    """Of the class' own `__init__` or of an inherited one of the same package, without `self`; None: `object`'s."""
    try:
        method = members_of(found).get("__init__")
        target = method.final_target if isinstance(method, griffe.Alias) else method
    except (griffe.AliasResolutionError, griffe.CyclicAliasError, ValueError):
        return None
    if not isinstance(target, griffe.Function):
        return None
    signature = _called(target, None)
    return Signature(parameters=signature.parameters[1:]) if signature is not None else None


def _signature(found: griffe.Function, body: Body | None) -> Signature:
    return Signature(
        parameters=tuple(_parameter(each) for each in found.parameters),
        returns=_expression(found.returns),
        is_async="async" in found.labels,
        yields=body.yields if body is not None else False,
        raises=body.raises if body is not None else (),
        tuple_lengths=body.tuple_lengths if body is not None else (),
        builds=body.builds if body is not None else False,
    )


def _called(found: griffe.Function, body: Body | None) -> Signature | None:
    """How a function is called; None: it has overloads alone, of which no one signature can be made.

    Of a function that has code, too, names, kinds and defaults are those of the code.
    """
    if OVERLOADS_ALONE not in found.labels:
        return _signature(found, body)
    signatures = [_signature(each, None) for each in _overloads(found)]
    own = _signature(found, body)
    is_code = not found.extra[KEY].get(OVERLOADS_ALONE)
    every = [each for signature in signatures for each in signature.parameters]
    if not is_code and any(each.kind.startswith(("variadic", "positional-only")) for each in every):
        return None
    names = [each.name for each in own.parameters] if is_code else dict.fromkeys(each.name for each in every)
    known = {each.name: each for each in own.parameters} if is_code else {}
    types = dict.fromkeys(each.returns for each in signatures)
    return replace(
        own,
        parameters=tuple(_of_any(name, signatures, known.get(name)) for name in names),
        returns=None if None in types else " | ".join(str(each) for each in types),
    )


def _of_any(name: str, signatures: list[Signature], known: Parameter | None) -> Parameter:
    """The parameter `name` as all of them together have it; `known` is that of the code."""
    taken = [found for each in signatures if (found := each.parameter(name)) is not None]
    types = dict.fromkeys(each.annotation for each in taken)
    annotation = " | ".join(str(each) for each in types) if taken and None not in types else None
    if known is not None:
        return replace(known, annotation=annotation)
    is_needed = len(taken) == len(signatures) and all(each.is_required for each in taken)
    default = next((each.default for each in taken if each.default is not None), "...")
    return replace(taken[0], annotation=annotation, default=None if is_needed else default)


def _call_of(found: griffe.Attribute) -> Signature | None:
    """How an instance is called that a module makes of its own class: `f = _F()`."""
    value = found.value
    if not isinstance(value, griffe.ExprCall):
        return None
    name = str(value.function)
    scope = found.parent
    made = scope.members.get(name) if scope is not None and name.isidentifier() else None
    call = made.members.get("__call__") if isinstance(made, griffe.Class) else None
    if not isinstance(call, griffe.Function):
        return None
    signature = _signature(call, None)
    return Signature(parameters=signature.parameters[1:], returns=signature.returns, is_async=signature.is_async)


def _parameter(found: griffe.Parameter) -> Parameter:
    is_variadic = found.kind in (griffe.ParameterKind.var_positional, griffe.ParameterKind.var_keyword)
    return Parameter(
        name=found.name,
        kind=_kind_of(found),
        annotation=_expression(found.annotation),
        default=None if found.default is None or is_variadic else str(found.default),
    )


def _kind_of(found: griffe.Parameter) -> ParameterKind:
    """Its kind; two underscores before the name say that it is given by position (PEP 484)."""
    is_hidden = found.name.startswith("__") and not found.name.endswith("__")
    kind = _KINDS.get(found.kind, "positional-or-keyword")
    return "positional-only" if is_hidden and kind == "positional-or-keyword" else kind


def _binding(found: griffe.Function) -> Binding | None:
    if not isinstance(found.parent, griffe.Class):
        return None
    return "class" if "classmethod" in found.labels else "static" if "staticmethod" in found.labels else "instance"


def _overloads(found: griffe.Function) -> list[griffe.Function]:
    return list(found.overloads or ())


def _decorators(found: griffe.Function | griffe.Class) -> tuple[str, ...]:
    return tuple(
        _path_of(each.value.function if isinstance(each.value, griffe.ExprCall) else each.value)
        for each in found.decorators
    )


def _is_deprecated(decorators: tuple[str, ...]) -> bool:
    return any(each.rpartition(".")[2] in _DEPRECATED for each in decorators)


def _path_of(expression: str | griffe.Expr) -> str:
    if isinstance(expression, str):
        return expression
    if isinstance(expression, griffe.ExprSubscript):
        return _path_of(expression.left)
    return expression.canonical_path


def _expression(expression: str | griffe.Expr | None) -> str | None:
    """Source text with every name as its full path; text that is no expression comes back as it is."""
    if expression is None:
        return None
    if isinstance(expression, str):
        return _unquoted(expression)
    return "".join(part if isinstance(part, str) else _full(part) for part in _pieces(expression))


def _full(name: griffe.Expr) -> str:
    """The full path; of a type parameter (PEP 695), which griffe calls `m.f[T]`, its name."""
    path = name.canonical_path
    return path.rpartition("[")[2].removesuffix("]") if path.endswith("]") else path


def _pieces(expression: griffe.Expr) -> list[str | griffe.Expr]:
    """The flat pieces; of a dotted name (`t.Optional`) its last one, which knows the whole path."""
    if isinstance(expression, griffe.ExprAttribute):
        return [expression]
    if isinstance(expression, griffe.ExprName):
        return [expression]
    pieces: list[str | griffe.Expr] = []
    for part in expression.iterate(flat=False):
        pieces += [part] if isinstance(part, str) else _pieces(part)
    return pieces


def _unquoted(text: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, str) else text
