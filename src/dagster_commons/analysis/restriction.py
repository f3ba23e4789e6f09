"""A Workspace as some of its code locations see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.model.sources import source_directory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.build_files import BuildFile
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


def restricted_evidence(evidence: Evidence, locations: Collection[CodeLocation]) -> Evidence:
    """`evidence` with these locations alone, and with the files that lie in, beside or above what they are read from.

    Settings of a whole repository (CI files, its git configuration) concern every location in it.
    """
    workspace = restricted(evidence.workspace, locations)
    uses = workspace.uses
    places = {*_places(evidence.workspace, locations, uses)}
    roots = {home.root for place in places if (home := evidence.workspace.repository_of(place)) is not None}
    git_dirs = {each.git_dir for each in workspace.repositories if each.root in roots}
    return replace(
        evidence,
        workspace=workspace,
        part_of=evidence.whole,
        files=tuple(each for each in evidence.files if _is_theirs(each, places, roots, git_dirs)),
        locks=tuple(each for each in evidence.locks if each.file.parent in places),
        sources=tuple(each for each in evidence.sources if each.project in places),
        submodules=tuple(each for each in evidence.submodules if each.repository in roots),
        leftovers=tuple(each for each in evidence.leftovers if any(each.is_relative_to(home) for home in git_dirs)),
    )


def _is_theirs(file: BuildFile, places: Collection[Path], roots: Collection[Path], git_dirs: Collection[Path]) -> bool:
    if file.kind == "git-config":
        return file.path.parent in git_dirs
    if file.kind in ("github", "gitlab", "ci"):
        return any(file.path.is_relative_to(root) for root in roots)
    folder = file.path.parent
    return any(folder.is_relative_to(place) or place.is_relative_to(folder) for place in places)


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
