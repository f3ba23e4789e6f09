"""What a use leaves behind when it goes: its index table, constraints and submodule, where nobody else needs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.names import requirement_name
from dagster_commons.model.plan import RemoveSubmodule
from dagster_commons.model.sources import IndexSource, SubmoduleSource, source_directory
from dagster_commons.plans import wiring as lines
from dagster_commons.plans.companions import remaining_uses, shares_lock
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Use, Workspace
    from dagster_commons.plans.wiring import Texts

_EXACT_PIN = re.compile(r"==\s*[A-Za-z0-9.!+_-]+\s*$")


def without_orphan_index(workspace: Workspace, texts: Texts, leaving: tuple[Use, ...], *, kept: str | None) -> Texts:
    """Take out the index tables that only `leaving` needed: those of our registries, which nothing else refers to."""
    if not any(isinstance(use.source, IndexSource) for use in leaving):
        return texts
    needed = {
        use.source.index
        for use in remaining_uses(workspace, leaving)
        if isinstance(use.source, IndexSource) and shares_lock(workspace, use, texts.root_directory)
    }
    needed |= _referred_to(workspace, texts, leaving)
    document = pyproject.read(texts.root, texts.root_directory / "pyproject.toml")
    for table in pyproject.tables(document, "tool", "uv", "index"):
        name = table.get("name")
        is_kept = not isinstance(name, str) or name == kept or name in needed
        if isinstance(name, str) and not is_kept and _is_free(workspace.configuration.registry(name), table, needed):
            texts = lines.remove_index(texts, name)
    return texts


def without_orphan_constraints(
    workspace: Workspace, texts: Texts, use: Use, leaving: tuple[Use, ...], *, kept: Collection[str]
) -> Texts:
    """Take out the exact pins of managed modules that only came along with `use`, and the sources that tied those.

    Those in `kept` are written anew.
    """
    before = {each.module for each in workspace.uses if shares_lock(workspace, each, texts.root_directory)}
    after = {
        each.module for each in remaining_uses(workspace, leaving) if shares_lock(workspace, each, texts.root_directory)
    }
    remote = {each.name for each in workspace.configuration.registries if isinstance(each, RemoteRegistry)}
    document = pyproject.read(texts.root, texts.root_directory / "pyproject.toml")
    for constraint in lines.constraints(document):
        name = requirement_name(constraint)
        if name in before - after - {use.module} and name not in kept and _EXACT_PIN.search(constraint):
            texts = lines.remove_companion_source(lines.remove_constraint(texts, name), name, remote)
    return texts


def submodule_removals(
    workspace: Workspace, project: Project, use: Use, leaving: tuple[Use, ...]
) -> tuple[RemoveSubmodule, ...]:
    """The removal of the submodule that `use` reads, unless another use or project reads it too."""
    home = workspace.repository_of(project.directory)
    if not isinstance(use.source, SubmoduleSource) or home is None:
        return ()
    submodule = use.source.submodule
    for other in remaining_uses(workspace, leaving):
        if isinstance(other.source, SubmoduleSource) and other.source.submodule == submodule:
            return ()
    if _is_read_by_others(workspace, submodule, {each.project for each in leaving}):
        return ()
    return (RemoveSubmodule(repository=home.root, path=submodule),)


def _is_free(registry: Registry | None, table: pyproject.Document, needed: Collection[str | None]) -> bool:
    """Whether the index is one of our registries from which nothing comes that does not name it."""
    match registry:
        case EmbeddedRegistry():
            return None not in needed
        case RemoteRegistry():
            return table.get("explicit") is True
        case None:
            return False


def _referred_to(workspace: Workspace, texts: Texts, leaving: tuple[Use, ...]) -> set[str | None]:
    """The indexes that a source of any project in the uv workspace names, those of `leaving` aside."""
    in_texts = {
        table.get("index")
        for text in (texts.own, texts.root)
        for table in _source_tables(pyproject.read(text, texts.project.file))
    }
    gone = {(use.project, use.module) for use in leaving}
    in_others = {
        each.source.index
        for project in workspace.projects
        if project.uv_root == texts.root_directory
        and project.directory not in (texts.project.directory, texts.root_directory)
        for each in project.sources
        if isinstance(each.source, IndexSource) and (project.directory, each.name) not in gone
    }
    return {name for name in in_texts | in_others if isinstance(name, str)}


def _source_tables(document: pyproject.Document) -> tuple[pyproject.Document, ...]:
    names = pyproject.table(document, "tool", "uv", "sources")
    return tuple(table for name in names for table in pyproject.tables(document, "tool", "uv", "sources", name))


def _is_read_by_others(workspace: Workspace, submodule: Path, leaving: set[Path]) -> bool:
    """Whether a project that is no part of the submodule and declares none of the leaving uses has a path into it."""
    return any(
        (directory := source_directory(each.source)) is not None and directory.is_relative_to(submodule)
        for project in workspace.projects
        if project.directory not in leaving and not project.directory.is_relative_to(submodule)
        for each in project.sources
    )
