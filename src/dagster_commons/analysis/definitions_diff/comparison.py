"""Two snapshots to their typed difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.change_rules import judged
from dagster_commons.analysis.definitions_diff.bodies import code_changes
from dagster_commons.analysis.definitions_diff.field_changes import field_changes
from dagster_commons.analysis.definitions_diff.masking import visible_objects
from dagster_commons.analysis.definitions_diff.raw import raw_changes
from dagster_commons.analysis.definitions_diff.renames import follows_rename, pair_renamed
from dagster_commons.analysis.definitions_diff.young_fields import fields_of_one_side
from dagster_commons.model.definitions import SEVERITIES, DefinitionsDiff

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dagster_commons.analysis.definitions_diff.renames import Pair
    from dagster_commons.analysis.definitions_diff.values import Named
    from dagster_commons.model.definitions import Change, DefinedObject, ObjectKind, Severity, Snapshot

_LISTS_OF_OBJECTS = ("selection", "targets")


def diff(before: Snapshot, after: Snapshot) -> DefinitionsDiff:
    """What changed in the definitions, one change one line, and which code changed under them.

    Places in the `masked` of either snapshot are left out and listed.  Where Dagster's version differs, only fields
    that both versions know are compared, and a note says so.
    """
    masked = frozenset((*before.masked, *after.masked))
    old, new = visible_objects(before, masked), visible_objects(after, masked)
    renamed = pair_renamed(
        (thing for named, thing in old.items() if named not in new),
        (thing for named, thing in new.items() if named not in old),
    )
    kept = [(thing, new[named]) for named, thing in old.items() if named in new]
    ignored = {} if before.dagster == after.dagster else fields_of_one_side(old.values(), new.values())
    names = {pair[0].name: pair[1].name for pair in renamed}
    changes = [*_moves(old, new, renamed)]
    gone = {change.name for change in changes if change.kind == "removed"}
    for pair in (*kept, *renamed):
        changes.extend(_changes_of(pair, names, ignored.get(pair[0].kind, frozenset()), gone))
    changes = _without_variables_said_by_resources(changes)
    if before.dagster == after.dagster:
        changes.extend(raw_changes(kept, changes))
    return DefinitionsDiff(
        changes=tuple(sorted(changes, key=_order)),
        code=code_changes(before, after, (*kept, *renamed), masked),
        masked=tuple(sorted(masked)),
        notes=_notes(before, after, ignored),
    )


def severity(diff: DefinitionsDiff) -> Severity | None:
    """The highest severity of its changes; None when there is none.  Accepted changes count like others."""
    return max((change.severity for change in diff.changes), key=SEVERITIES.index, default=None)


def _moves(
    old: Mapping[Named, DefinedObject], new: Mapping[Named, DefinedObject], renamed: Iterable[Pair]
) -> Iterator[Change]:
    """Objects that went, came, or seem to have another name."""
    paired: set[Named] = set()
    for before, after in renamed:
        paired |= {(before.kind, before.name), (after.kind, after.name)}
        yield judged("renamed", before.kind, before.name, renamed_to=after.name)
    for kind, name in old.keys() - new.keys() - paired:
        yield judged("removed", kind, name)
    for kind, name in new.keys() - old.keys() - paired:
        yield judged("added", kind, name)


def _changes_of(
    pair: Pair, names: Mapping[str, str], ignored: Collection[str], gone: Collection[str]
) -> Iterator[Change]:
    old, new = pair
    for path, (before, after) in field_changes(old, new, names, ignored).items():
        if path in _LISTS_OF_OBJECTS and isinstance(before, tuple) and isinstance(after, tuple | None):
            remaining = tuple(each for each in before if each not in gone)
            if remaining == (after or ()):
                continue  # it lost what is gone: that is said where it is gone
        if old.name != new.name and follows_rename(old, new, before, after):
            continue
        yield judged("changed", new.kind, new.name, field=path, old=before, new=after)


def _without_variables_said_by_resources(changes: list[Change]) -> list[Change]:
    """The variables that all resources read change with a resource, where that is said."""
    if not any(change.object == "resource" for change in changes):
        return changes
    return [change for change in changes if change.field != "resource_variables"]


def _notes(before: Snapshot, after: Snapshot, ignored: Mapping[ObjectKind, Collection[str]]) -> tuple[str, ...]:
    if before.dagster == after.dagster:
        return ()
    note = f"Dagster {before.dagster} → {after.dagster}: compared by the fields that both know"
    left_out = [f"{kind} {field}" for kind, fields in sorted(ignored.items()) for field in sorted(fields)]
    return (f"{note}, not by {', '.join(left_out)}" if left_out else note,)


def _order(change: Change) -> tuple[int, str, str, str, str]:
    return (-SEVERITIES.index(change.severity), change.object, change.name, change.kind, change.field or "")
