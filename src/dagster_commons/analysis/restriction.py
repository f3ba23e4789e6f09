"""A Workspace as some of its code locations see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.model.sources import source_directory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from dagster_commons.model.findings import Finding
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace


def restricted(workspace: Workspace, locations: Collection[CodeLocation]) -> Workspace:
    """`workspace` with these locations alone: their uses, and the modules, projects and findings behind those.

    A finding stays where it may concern them: in a file of theirs, or beside or above it.
    """
    names = {each.name for each in locations}
    uses = tuple(use for use in workspace.uses if use.location in names)
    used = {use.module for use in uses}
    places = {*_places(workspace, locations, uses)}
    subjects = names | used | {each.project for each in locations}
    return replace(
        workspace,
        locations=tuple(each for each in workspace.locations if each.name in names),
        uses=uses,
        modules=tuple(module for module in workspace.modules if module.name in used),
        projects=tuple(project for project in workspace.projects if project.directory in places),
        findings=tuple(each for each in workspace.findings if _concerns(each, subjects, places)),
    )


def _places(workspace: Workspace, locations: Collection[CodeLocation], uses: Collection[Use]) -> Iterator[Path]:
    """The directories that the locations are read from: their own and their modules', with the uv workspaces' roots."""
    modules = (workspace.module(use.module) for use in uses)
    directories = {location.path for location in locations}
    directories |= {each for use in uses for each in (use.project, source_directory(use.source)) if each is not None}
    directories |= {each.project.directory for each in modules if each is not None and each.project is not None}
    for directory in directories:
        yield directory
        project = workspace.project_at(directory)
        if project is not None and project.uv_root is not None:
            yield project.uv_root


def _concerns(finding: Finding, subjects: Collection[str], places: Collection[Path]) -> bool:
    file = finding.file
    if finding.subject in subjects or file is None:
        return True
    return any(
        file.is_relative_to(place) or place.is_relative_to(file) or place.is_relative_to(file.parent)
        for place in places
    )
