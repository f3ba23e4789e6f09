"""A submodule's appearance, disappearance or move in the user's tree, as small operations that a journal can take back.

An operation that was begun is taken back by performing its inverse, whether it was finished or not; one that was never
begun must be left alone.  Nothing here reaches a network.
"""

from __future__ import annotations

from dagster_commons.tools.submodule_effect.derivation import primitive_operations
from dagster_commons.tools.submodule_effect.operations import (
    CopyTree,
    CreateCheckout,
    Fetch,
    MoveCheckout,
    MovePath,
    Operation,
    RefreshIndexEntry,
    SetGitConfig,
    SetIndexEntry,
    WriteBytes,
    from_json,
    invert,
    to_json,
)
from dagster_commons.tools.submodule_effect.performance import is_done, lock_files, perform

__all__ = [
    "CopyTree",
    "CreateCheckout",
    "Fetch",
    "MoveCheckout",
    "MovePath",
    "Operation",
    "RefreshIndexEntry",
    "SetGitConfig",
    "SetIndexEntry",
    "WriteBytes",
    "from_json",
    "invert",
    "is_done",
    "lock_files",
    "perform",
    "primitive_operations",
    "to_json",
]
