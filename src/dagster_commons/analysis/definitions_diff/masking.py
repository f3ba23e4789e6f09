"""What differs between two loads of the same code, and snapshots without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.definitions_diff.values import differences, is_stub, label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dagster_commons.analysis.definitions_diff.values import Named
    from dagster_commons.model.definitions import DefinedObject, Snapshot

_RAW = "raw:"
_CODE = "code "


def mask(first: Snapshot, second: Snapshot) -> tuple[str, ...]:
    """The places that differ between two loads of the same code, sorted; put them into `Snapshot.masked`.

    A place is `asset sales/orders metadata.built_at`, a whole object `asset sales/orders` that only one of the loads
    had, a raw field `asset sales/orders raw:PATH`, or a body `code MODULE:NAME`.
    """
    ours, theirs = _by_name(first), _by_name(second)
    places = {label(*named) for named in ours.keys() ^ theirs.keys()}
    for named in ours.keys() & theirs.keys():
        places.update(f"{label(*named)} {path}" for path in _moving(ours[named], theirs[named]))
    digests = [{unit.id: unit.digest for unit in each.code} for each in (first, second)]
    places.update(_CODE + id_ for id_ in digests[0].keys() & digests[1].keys() if digests[0][id_] != digests[1][id_])
    return tuple(sorted(places))


def visible_objects(snapshot: Snapshot, masked: Collection[str]) -> dict[Named, DefinedObject]:
    """The objects of `snapshot` without masked places and without the stubs that Dagster makes up."""
    objects = {named: thing for named, thing in _by_name(snapshot).items() if not is_stub(thing)}
    if not masked:
        return objects
    return {
        named: _without(thing, label(*named), masked) for named, thing in objects.items() if label(*named) not in masked
    }


def is_code_masked(identifier: str, masked: Collection[str]) -> bool:
    return _CODE + identifier in masked


def _by_name(snapshot: Snapshot) -> dict[Named, DefinedObject]:
    return {(each.kind, each.name): each for each in snapshot.objects}


def _moving(first: DefinedObject, second: DefinedObject) -> Iterator[str]:
    yield from differences(dict(first.fields), dict(second.fields))
    yield from (_RAW + path for path in differences(dict(first.raw), dict(second.raw)))


def _without(thing: DefinedObject, named: str, masked: Collection[str]) -> DefinedObject:
    from dataclasses import replace  # noqa: PLC0415 - few snapshots have anything masked

    fields = tuple(pair for pair in thing.fields if f"{named} {pair[0]}" not in masked)
    raw = tuple(pair for pair in thing.raw if f"{named} {_RAW}{pair[0]}" not in masked)
    return replace(thing, fields=fields, raw=raw)
