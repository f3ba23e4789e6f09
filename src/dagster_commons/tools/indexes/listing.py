"""What a registry of any kind answers about a module, where not to be answered is an answer, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.configuration import RemoteRegistry
from dagster_commons.model.registry import Listed, Unread
from dagster_commons.tools.indexes.index import open_index
from dagster_commons.tools.indexes.memory import SECONDS

if TYPE_CHECKING:
    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.registry import Listing


def listing_of(registry: Registry, module: str, *, offline: bool) -> Listing:
    """The versions of `module` in `registry`; a page on the web may be a minute old.  `offline` asks no server."""
    if offline and isinstance(registry, RemoteRegistry):
        return Unread(reason=f"registry {registry.name} was not asked (--offline)")
    try:
        return Listed(versions=open_index(registry, max_age_seconds=SECONDS).releases(module))
    except (ToolError, UsageError) as error:
        return Unread(reason=error.message, hint=error.hint)
