"""REG: embedded registries that are not there, not reached by a clone, changed, or without a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.index_ties import IndexTies
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.paths import relative
from dagster_commons.model.sources import IndexSource
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.registry import RegistryState


def missing(evidence: Evidence) -> Iterator[Hit]:
    """Directories that are named as an index and are not there."""
    for state in evidence.registries:
        for file, line, subject in _named_in(evidence, state.directory) if not state.is_there else ():
            yield Hit(
                subject=subject,
                message=f"{relative(state.directory, evidence.workspace.root)} is not there",
                file=file,
                line=line,
            )


def outside(evidence: Evidence) -> Iterator[Hit]:
    """Directories outside the repository of the project that takes modules from them."""
    workspace = evidence.workspace
    for project in workspace.projects:
        home = workspace.repository_of(project.directory)
        for index in project.indexes:
            directory = index.directory_from(project.directory)
            if directory is not None and home is not None and not directory.is_relative_to(home.root):
                yield Hit(
                    subject=project.name,
                    message=f"registry {index.name or index.url} lies outside the repository of {project.name}",
                    file=project.file,
                    line=index.line,
                )


def changed(evidence: Evidence) -> Iterator[Hit]:
    """Files of an embedded registry that are not what its pages say."""
    for state in evidence.registries:
        for problem in state.problems if _is_embedded(evidence, state) else ():
            yield Hit(
                subject=state.name or state.directory.name,
                message=problem.message,
                file=problem.file,
                fix="bring the file back from git; a released version never changes",
            )


def without_page(evidence: Evidence) -> Iterator[Hit]:
    """Managed modules without a page in the directory that is asked for them first."""
    ties = IndexTies.of(evidence)
    states = {each.directory: each for each in evidence.registries if each.is_there}
    seen: set[tuple[Path, str]] = set()
    for use in evidence.workspace.uses:
        tie = ties.tie(use) if isinstance(use.source, IndexSource) else None
        if tie is None or tie.kind != "missing-page" or tie.index is None:
            continue
        state = states.get(tie.index.directory_from(_asking(evidence, use.project)) or use.project)
        if state is not None and (state.directory, use.module) not in seen:
            seen.add((state.directory, use.module))
            place = relative(state.directory, evidence.workspace.root)
            yield Hit(
                subject=use.location,
                message=f"registry {state.name or place} has no page for {use.module}: the public index is asked",
                file=state.directory,
                fix=f"commons registry init {state.name or 'NAME'} --path {place}",
            )


def _is_embedded(evidence: Evidence, state: RegistryState) -> bool:
    """Whether it is a registry that commons writes, as commons.toml says; any other index is somebody else's."""
    registries = evidence.workspace.configuration.registries
    return any(isinstance(each, EmbeddedRegistry) and each.directory == state.directory for each in registries)


def _asking(evidence: Evidence, project: Path) -> Path:
    """Where the index tables of the project stand."""
    found = evidence.workspace.project_at(project)
    return (found.uv_root if found is not None else None) or project


def _named_in(evidence: Evidence, directory: Path) -> Iterator[tuple[Path, int | None, str]]:
    """Where `directory` is named as an index: the projects, else commons.toml."""
    places = [
        (project.file, index.line, project.name)
        for project in evidence.workspace.projects
        for index in project.indexes
        if index.directory_from(project.directory) == directory
    ]
    configuration = evidence.workspace.configuration
    if not places and configuration.file is not None:
        places = [(configuration.file, None, "commons.toml")]
    yield from places


RULES = (
    Rule(
        id="REG015",
        severity="error",
        title="registry that is not there",
        why="uv passes over an index whose directory is missing: `uv lock --check` ends with 0, and an unpinned name is"
        " taken from the public index.",
        fix="bring the directory back, or correct the path",
        bad='url = "./registry", and no directory of that name',
        good="the directory is committed beside what names it",
        look=missing,
    ),
    Rule(
        id="REG016",
        severity="warning",
        title="registry outside the repository",
        why="A lone clone of the repository has no registry, so it cannot sync, and uv passes over what is missing.",
        fix="put the registry into the repository that uses it, or use a server",
        bad='url = "../registry", which another repository holds',
        good='url = "./registry"',
        look=outside,
    ),
    Rule(
        id="REG017",
        severity="error",
        title="registry whose files are not what its pages say",
        why="A released version never changes: another file under its name is refused by every lock with its hash.",
        fix="bring the file back from git",
        bad="a wheel whose sha256 is not the one on its page",
        good="commons registry list finds nothing",
        look=changed,
    ),
    Rule(
        id="REG018",
        severity="error",
        title="managed name without a page in the registry",
        why="The page, empty or not, is where uv stops: without it the public index is asked for that name.",
        fix="commons registry init",
        bad="a project that asks a registry for shared, which has no page for it",
        good="an empty page for every managed module",
        look=without_page,
    ),
)
