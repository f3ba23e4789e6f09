"""What can be had from a surface by an import path: offered or not, and what may be there though it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.api.bases import may_give

if TYPE_CHECKING:
    from dagster_commons.model.api import ApiObject, Surface

_LAZY = "its module's __getattr__ or import *"
_DYNAMIC = ("__getattr__", "__getattribute__")


def object_at(path: str, surface: Surface) -> ApiObject | None:
    """What `path` leads to, through imports that are not offered and through inherited members, too."""
    definition = surface.names.get(path) or surface.imported.get(path)
    if definition is None:
        above, _, name = path.rpartition(".")
        holder = object_at(above, surface) if above else None
        definition = holder.members.get(name) if holder is not None else None
    return surface.objects.get(definition) if definition is not None else None


def is_had(path: str, surface: Surface) -> bool:
    """Whether `path` can be had, as far as source says it."""
    if path in surface.names or path in surface.imported or path in surface.bound:
        return True
    above, _, name = path.rpartition(".")
    holder = object_at(above, surface) if above else None
    return holder is not None and name in holder.members


def doubt(path: str, surface: Surface) -> str | None:
    """What may give the last name of `path`, which is not there to read; None: nothing does."""
    above, _, name = path.rpartition(".")
    if above in surface.lazy:
        return _LAZY
    holder = object_at(above, surface)
    if holder is None:
        return None
    if any(
        each is not None and each.file.endswith(".pyi")
        for each in (holder, *map(surface.objects.get, holder.ancestors))
    ):
        return "the compiled code, of which a stub is all that can be read,"
    is_dunder = name.startswith("__")
    if not is_dunder and any(each in holder.members for each in _DYNAMIC):
        return "its class' __getattr__"
    return next((f"its base {each}" for each in holder.open_bases if may_give(each, name)), None)
