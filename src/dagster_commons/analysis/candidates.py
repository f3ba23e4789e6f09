"""Projects that could be shared modules although nothing uses them yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Workspace


def unused_packages(workspace: Workspace) -> tuple[Project, ...]:
    """What can be built here, is no code location's project and is used by none, sorted by name.

    A submodule holds what others develop: nothing in it counts.
    """
    taken = {each.name for each in workspace.modules} | {each.project for each in workspace.locations}
    places = {each.path for each in workspace.locations}
    checkouts = {each.root for each in workspace.repositories if each.superproject is not None}
    found = [
        project
        for project in workspace.projects
        if project.is_package
        and project.name not in taken
        and project.directory not in places
        and checkouts.isdisjoint((project.directory, *project.directory.parents))
    ]
    return tuple(sorted({each.name: each for each in found}.values(), key=lambda each: each.name))
