"""Which code changed under the definitions, and what runs it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dagster_commons.analysis.definitions_diff.masking import is_code_masked
from dagster_commons.analysis.definitions_diff.values import label
from dagster_commons.model.definitions import CodeChange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dagster_commons.model.definitions import CodeUnit, DefinedObject, Snapshot


def code_changes(
    before: Snapshot,
    after: Snapshot,
    pairs: Iterable[tuple[DefinedObject, DefinedObject]],
    masked: Collection[str],
) -> tuple[CodeChange, ...]:
    """The units that an object on both sides runs and that are not what it ran before, by file and line.

    A unit that only moved, with the digest it had, is no change; one that an object did not run before is.  What the
    closures of a function hold counts with it.
    """
    old_units = {unit.id: unit for unit in before.code}
    new_units = {unit.id: unit for unit in after.code if not is_code_masked(unit.id, masked)}
    running: defaultdict[tuple[str, int, str], set[str]] = defaultdict(set)
    for old, new in pairs:
        ran = {old_units[each].digest for each in old.code if each in old_units}
        for identifier in new.code:
            unit = new_units.get(identifier)
            if unit is not None and _is_other(unit, old_units.get(identifier), ran):
                running[(unit.file, unit.line, _function(identifier))].add(label(new.kind, new.name))
    return tuple(
        CodeChange(function=function, file=file, line=line, objects=tuple(sorted(objects)))
        for (file, line, function), objects in sorted(running.items())
    )


def _is_other(unit: CodeUnit, old: CodeUnit | None, ran: Collection[str]) -> bool:
    """Whether `unit` changed; `ran` are the digests of all that the object ran before."""
    if old is not None:
        return old.digest != unit.digest
    return bool(ran) and unit.digest not in ran


def _function(identifier: str) -> str:
    """The name in its module, without the object whose closure it is: `asset_factory.<locals>.build`."""
    return identifier.partition(":")[2].partition("[")[0] or identifier
