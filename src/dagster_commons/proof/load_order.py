"""The order in which locations are loaded: those of one environment together, so that its server is started once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError
from dagster_commons.proof.contents import digest_of
from dagster_commons.tools import lockfile

if TYPE_CHECKING:
    from dagster_commons.model.workspace import CodeLocation, Workspace


def environment_word(workspace: Workspace, location: CodeLocation) -> str:
    """Most often equal for locations that share an environment; an order by it needs no more, so no error matters."""
    project = workspace.project_at(location.path)
    if project is None:
        return ""
    try:
        lock = lockfile.read((project.uv_root or project.directory) / "uv.lock")
    except CommonsError:
        return ""
    local = set(lock.local_names())
    return digest_of(f"{name} {lock.versions(name)}".encode() for name in lock.names() if name not in local)
