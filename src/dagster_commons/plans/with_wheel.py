"""Every use of a module that has a version of its own, moved to a wheel that is not published yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.sources import GitSource, IndexSource, SubmoduleSource
from dagster_commons.plans import wiring
from dagster_commons.plans.edits import EditedProject, plan_of, texts_of, with_texts
from dagster_commons.plans.wiring import EmbeddedIndexWiring
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dagster_commons.model.plan import Plan
    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import ProjectFile
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace
    from dagster_commons.plans.wiring import Texts


def moving_locations(workspace: Workspace, module: str) -> tuple[CodeLocation, ...]:
    """The locations that a release of `module` reaches when they upgrade; those that read its files have it already."""
    names = {use.location for use in workspace.uses_of(module) if _has_version(use)}
    return tuple(each for each in workspace.locations if each.name in names)


def following_locations(workspace: Workspace, module: str) -> tuple[str, ...]:
    """The locations that use `module` from the working tree, sorted."""
    moving = {each.name for each in moving_locations(workspace, module)}
    return tuple(sorted({use.location for use in workspace.uses_of(module)} - moving))


def wheel_plans(
    workspace: Workspace,
    module: str,
    version: str,
    *,
    wheel_from: Callable[[Path], str],
    files: Mapping[Path, ProjectFile],
) -> Mapping[Path, Plan]:
    """One plan for each lock that holds such uses, by its directory: their pins, their source, then the lock.

    `wheel_from` gives the way to the wheel as seen from a project's directory; `files` are the project files of the
    `moving_locations`.
    """
    by_root: dict[Path, list[Project]] = {}
    for project in _projects(workspace, module):
        if project.directory in files:
            files = with_texts(files, _moved(texts_of(files, project), f"{module}=={version}", wheel_from))
            by_root.setdefault(project.uv_root or project.directory, []).append(project)
    return {
        root: plan_of(f"{module}=={version}", (EditedProject(texts=texts_of(files, each)) for each in projects))
        for root, projects in by_root.items()
    }


def _has_version(use: Use) -> bool:
    return isinstance(use.source, IndexSource | SubmoduleSource | GitSource)


def _projects(workspace: Workspace, module: str) -> tuple[Project, ...]:
    """Those of the moving locations, each once."""
    projects = (workspace.project_at(each.path) for each in moving_locations(workspace, module))
    return tuple({each.directory: each for each in projects if each is not None}.values())


def _moved(texts: Texts, pin: str, wheel_from: Callable[[Path], str]) -> Texts:
    """What comes along with another module gets the wheel whatever that one pins: it would have to move as well."""
    module, _, version = pin.partition("==")
    directory = texts.project.directory
    wanted = EmbeddedIndexWiring(version=version, index="", directory=directory)
    document = pyproject.read(texts.own, texts.project.file)
    entries = pyproject.module_entries(document, module)
    respelled = wiring.respell_requirements if entries else wiring.add_requirement
    texts = wiring.remove_constraint(respelled(texts, module, wanted), module)
    texts = texts.with_own(pyproject.set_source(texts.own, module, {"path": wheel_from(directory)}))
    return texts if entries else _overridden(texts, pin, wheel_from)


def _overridden(texts: Texts, pin: str, wheel_from: Callable[[Path], str]) -> Texts:
    """Uv heeds overrides, and the sources of them, at the root alone."""
    source = {"path": wheel_from(texts.root_directory)}
    texts = texts.with_root(pyproject.set_source(texts.root, pin.partition("==")[0], source))
    return texts.with_root(pyproject.add_override(texts.root, pin))
