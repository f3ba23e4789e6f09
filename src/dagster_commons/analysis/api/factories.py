"""What a module produces for Dagster, and whether anything shows what that is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.analysis.api.types import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.analysis.api.types import Type
    from dagster_commons.model.api import ApiObject, Surface


def factories(surface: Surface) -> tuple[str, ...]:
    """Paths of the public functions that return Dagster's objects, and of the public components; sorted."""
    found = {path for path in surface.names.values() if _is_factory(surface.objects[path])}
    return tuple(sorted(found))


def uncovered(names: Iterable[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` whose last part stands in none of `texts` as a word."""
    words = {word for text in texts for word in re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text)}
    return tuple(each for each in names if each.rpartition(".")[2] not in words)


def _is_factory(each: ApiObject) -> bool:
    if each.kind == "class":
        return any(base in ("dagster.Component", "dagster.components.Component") for base in each.ancestors)
    returns = parsed(each.signature.returns) if each.kind == "function" and each.signature is not None else None
    return each.binding is None and returns is not None and _mentions_dagster(returns)


def _mentions_dagster(kind: Type) -> bool:
    return any(
        each.name.partition(".")[0] == "dagster" or any(_mentions_dagster(argument) for argument in each.arguments)
        for each in kind
    )
