"""States made into whole trees outside the user's own, and read as workspaces of their own."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.discovery import read_workspace
from dagster_commons.discovery.directories import read_directory
from dagster_commons.discovery.projects import Projects
from dagster_commons.errors import UsageError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.states import RevisionState
from dagster_commons.proof.revisions import check_out
from dagster_commons.proof.twin import Twin, build_twin
from dagster_commons.tools.git import top_level
from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.states import WorktreeState
    from dagster_commons.model.workspace import CodeLocation, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A project that the environments of `locations` have instead of the module of its name in their locks."""

    project: Project
    locations: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A state as files: the user's workspace, its twin, and what discovery reads there (paths inside the twin)."""

    user: Workspace
    twin: Twin
    workspace: Workspace
    link: Link | None = None

    def linked(self, location: CodeLocation) -> Project | None:
        """The project that is linked in the environment of `location`."""
        return self.link.project if self.link is not None and location.name in self.link.locations else None


@contextlib.contextmanager
def materialised(workspace: Workspace, state: RevisionState | WorktreeState) -> Iterator[Tree]:
    """The tree of `state`, for as long as the context is open.

    Raises:
        ToolError: git cannot produce it.
        UsageError: a revision is asked for outside a git repository.

    """
    with scratch_directory() as at:
        twin = whole_twin(workspace, at)
        if isinstance(state, RevisionState):
            check_out(twin, repository_of_root(workspace), state)
        yield tree_of(workspace, twin)


def whole_twin(workspace: Workspace, at: Path) -> Twin:
    """A twin of all of `workspace` below `at`: every repository, and what loading reads of the directories outside git.

    Raises:
        ToolError: something cannot be read or written.

    """
    return build_twin(workspace.root, _repositories(workspace), _directories(workspace), at)


@contextlib.contextmanager
def materialised_link(workspace: Workspace, path: Path, locations: frozenset[str]) -> Iterator[Tree]:
    """The working tree, the project at `path` linked in the environments of `locations`, while the context is open.

    Of the project all is there that its directory has, also what git ignores: a link imports that, too.

    Raises:
        ToolError: git cannot produce it.
        UsageError: there is no project at `path`.

    """
    checkouts = (path,) if top_level(path) == path else ()
    with scratch_directory() as at:
        twin = build_twin(workspace.root, (*_repositories(workspace), *checkouts), (*_directories(workspace), path), at)
        project = Projects(read=read_directory, submodules={}).at(twin.inside(path))
        if project is None:
            raise UsageError(f"{path} is no project", hint="give the module's project directory")
        yield replace(tree_of(workspace, twin), link=Link(project=project, locations=locations))


def tree_of(workspace: Workspace, twin: Twin) -> Tree:
    """What a twin of `workspace` holds; absolute paths in the files that declare locations lead into the twin too."""
    for file in {location.declared_in for location in workspace.locations}:
        _redirect(twin, file)
    return Tree(user=workspace, twin=twin, workspace=read_workspace(twin.inside(workspace.root), offline=True))


def repository_of_root(workspace: Workspace) -> Path:
    """The repository whose revisions are meant.

    Raises:
        UsageError: the root lies in none.

    """
    home = workspace.repository_of(workspace.root)
    if home is None:
        raise UsageError(
            f"{workspace.root} is in no git repository, so it has no revisions",
            hint="run it in one of the repositories, or compare directories: --from DIR --to DIR",
        )
    return home.root


def _redirect(twin: Twin, file: Path) -> None:
    """Directories that a `workspace.yaml` names absolutely would lead back to the user's own tree."""
    copy = twin.inside(file)
    if not copy.is_file():
        return
    places = sorted((twin.root, *twin.repositories, *twin.directories), key=lambda each: -len(str(each)))
    inside = {os.fsencode(each): os.fsencode(twin.inside(each)) for each in places}
    pattern = re.compile(rb"(?<![\w./-])(" + b"|".join(map(re.escape, inside)) + rb")(?![\w.-])")
    before = copy.read_bytes()
    after = pattern.sub(lambda match: inside[match[1]], before)
    if after != before:
        copy.write_bytes(after)


def _repositories(workspace: Workspace) -> tuple[Path, ...]:
    return tuple(each.root for each in workspace.repositories if each.superproject is None)


def _directories(workspace: Workspace) -> tuple[Path, ...]:
    """The projects and registries in no repository; a root outside git that holds repositories is not copied whole."""
    read = {each.directory for each in workspace.projects}
    read |= {each.directory for each in workspace.configuration.registries if isinstance(each, EmbeddedRegistry)}
    outside = {each for each in read if each.is_dir() and workspace.repository_of(each) is None}
    return tuple(
        sorted(each for each in outside if not any(each != other and each.is_relative_to(other) for other in outside))
    )
