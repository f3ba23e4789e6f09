"""Managed modules that a new lock would take from an index that is none of the workspace's: a stranger's package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError
from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.paths import relative
from dagster_commons.tools import lockfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.plan import FileEffect, Plan
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.tools.lockfile import LockSource


def strangers(workspace: Workspace, plan: Plan, effect: FileEffect) -> tuple[str, ...]:
    """One sentence for each managed module that the lock takes anew from an index that nobody here declared.

    With a registry in commons.toml such a module belongs there, so that the lock is refused; without one it is said.

    Raises:
        RefusedError: a registry is configured, and the module does not come from it.

    """
    if effect.after is None:
        return ()
    found = tuple(_new_strangers(workspace, plan, effect))
    if found and workspace.configuration.registries:
        name, index = found[0]
        registry = workspace.configuration.registries[0].name
        raise RefusedError(
            f"uv would take {name} from {index}, which is no registry of this workspace: another package of that name",
            file=effect.path,
            hint=f"wire it too: commons add {name}==VERSION --via index --registry {registry}\n"
            f"or, if that one is meant: uv add {name}, then again",
        )
    return tuple(
        f"{relative(effect.path, workspace.root)} takes {name} from {index}, though a module here has that name"
        for name, index in found
    )


def _new_strangers(workspace: Workspace, plan: Plan, effect: FileEffect) -> Iterator[tuple[str, str]]:
    lock = lockfile.parse(effect.after or b"", effect.path)
    before = lockfile.parse(effect.before, effect.path) if effect.before is not None else None
    ours = _declared_indexes(workspace, effect.path.parent)
    for name in sorted(_managed(workspace, plan)):
        known = before.sources(name) if before is not None else ()
        for source in lock.sources(name):
            if source.kind == "registry" and source not in known and _place(source, effect.path.parent) not in ours:
                yield name, source.value


def _managed(workspace: Workspace, plan: Plan) -> set[str]:
    """The shared modules, those that the plan concerns, and what they need of the projects that are here."""
    projects = {each.name: each for each in workspace.projects if each.is_package}
    names = {each.name for each in workspace.modules} | {each.module for each in plan.expectations}
    waiting = sorted(names)
    while waiting:
        project = projects.get(waiting.pop())
        for dependency in project.dependencies if project is not None else ():
            if dependency.name in projects and dependency.name not in names:
                names.add(dependency.name)
                waiting.append(dependency.name)
    return names


def _declared_indexes(workspace: Workspace, root: Path) -> set[str]:
    """Where the registries of commons.toml are, and the indexes that the lock's projects name."""
    places: set[str] = set()
    for registry in workspace.configuration.registries:
        match registry:
            case EmbeddedRegistry():
                places.add(str(registry.directory))
            case RemoteRegistry():
                places.add(registry.index_url.rstrip("/"))
    for project in workspace.projects:
        if (project.uv_root or project.directory) == root:
            places |= {_url_place(index.url, project.directory) for index in project.indexes}
    return places


def _place(source: LockSource, root: Path) -> str:
    return _url_place(source.value, root)


def _url_place(url: str, start: Path) -> str:
    """A URL without its last slash; a path or file URL as the absolute path."""
    if "://" in url and not url.startswith("file://"):
        return url.rstrip("/")
    return os.path.normpath(start / Path(url.removeprefix("file://")))
