"""The classes above a class, followed by their source: also through a class that another one holds by inheritance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import griffe

KEY = "dagster-commons"  # of what is kept with griffe's objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """`classes` are those that are read, the class itself first, in the order in which Python looks for members.

    `ancestors` are the paths of all base classes, nearest first; `open_bases` of those that are not read whole: of
    other packages, made by a call (`namedtuple(…)`), or compiled code that has a stub.
    """

    classes: tuple[griffe.Class, ...]
    ancestors: tuple[str, ...] = ()
    open_bases: tuple[str, ...] = ()


def lineage_of(found: griffe.Class) -> Lineage:
    """What is above `found`; a class that is above itself is followed once."""
    known = found.extra[KEY]
    if "lineage" not in known:
        known["lineage"] = Lineage(classes=(found,))
        known["lineage"] = _followed(found)
    lineage: Lineage = known["lineage"]
    return lineage


def members_of(found: griffe.Class) -> dict[str, griffe.Object | griffe.Alias]:
    """All members by name, inherited ones included."""
    classes = reversed(lineage_of(found).classes)
    return {name: member for each in classes for name, member in each.members.items()}


def _followed(found: griffe.Class) -> Lineage:
    classes: list[griffe.Class] = []
    ancestors: dict[str, None] = {}
    still_open: dict[str, None] = {}
    for written in found.bases:
        base = written.left if isinstance(written, griffe.ExprSubscript) else written
        path = _path(base)
        is_made = isinstance(base, griffe.ExprCall)
        target = None if is_made else _class_at(found, path)
        ancestors |= {} if is_made else {path: None}
        if target is None or _is_of_stub(target):
            still_open |= {} if path in ("object", "builtins.object") else {path: None}
        if target is None:
            continue
        above = lineage_of(target)
        ancestors |= dict.fromkeys(above.ancestors)
        still_open |= dict.fromkeys(above.open_bases)
        classes += above.classes
    # As Python does it, but for hierarchies that it refuses: of a class that comes twice, the last place counts.
    ordered = tuple(reversed(dict.fromkeys(reversed(classes))))
    return Lineage(classes=(found, *ordered), ancestors=tuple(ancestors), open_bases=tuple(still_open))


def _path(base: str | griffe.Expr) -> str:
    if isinstance(base, griffe.ExprCall):
        return base.function.canonical_path
    return base if isinstance(base, str) else base.canonical_path


def _class_at(found: griffe.Class, path: str) -> griffe.Class | None:
    """The class at `path`, which may be a member that another class inherits."""
    try:
        target = _final(found.modules_collection.get_member(path))
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):  # on the way to it
        return None
    except (KeyError, ValueError):
        above, _, name = path.rpartition(".")
        holder = _class_at(found, above) if "." in above else None
        target = _final(members_of(holder).get(name)) if holder is not None else None
    return target if isinstance(target, griffe.Class) else None


def _is_of_stub(found: griffe.Class) -> bool:
    """Whether it is compiled code: a stub does not say all that there is."""
    return isinstance(found.filepath, Path) and found.filepath.suffix == ".pyi"


def _final(member: griffe.Object | griffe.Alias | None) -> griffe.Object | None:
    try:
        return member.final_target if isinstance(member, griffe.Alias) else member
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None
