"""git submodules: what there is, in which state, what removing would lose, and adding and removing for real."""

from __future__ import annotations

from dagster_commons.tools.submodules.changes import add_submodule, record, remove_submodule
from dagster_commons.tools.submodules.enumeration import Submodule, nested, submodules
from dagster_commons.tools.submodules.moving import move_submodule
from dagster_commons.tools.submodules.obstacles import obstacles_to_removal
from dagster_commons.tools.submodules.states import submodule_states

__all__ = [
    "Submodule",
    "add_submodule",
    "move_submodule",
    "nested",
    "obstacles_to_removal",
    "record",
    "remove_submodule",
    "submodule_states",
    "submodules",
]
