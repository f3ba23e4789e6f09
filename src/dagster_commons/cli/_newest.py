"""The newest versions that registries on the web have, for verbs that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.configuration import RemoteRegistry

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace


def with_newest(workspace: Workspace, *, offline: bool) -> Workspace:
    """`workspace` with what its registries on the web say, or why they say nothing; without such ones as it is."""
    if not any(isinstance(each, RemoteRegistry) for each in workspace.configuration.registries):
        return workspace
    from dagster_commons.discovery.remote_listings import with_remote_versions  # noqa: PLC0415 - few have one

    return with_remote_versions(workspace, offline=offline)
