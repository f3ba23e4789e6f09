"""What a use leaves behind when it goes: its index table and its submodule, where nobody else needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.plan import RemoveSubmodule
from dagster_commons.model.sources import IndexSource, SubmoduleSource
from dagster_commons.plans import wiring as lines
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Use, Workspace
    from dagster_commons.plans.wiring import Texts


def without_orphan_index(
    workspace: Workspace, texts: Texts, use: Use, leaving: tuple[Use, ...], *, kept: str | None
) -> Texts:
    """Take out the index table that only `use` needed: one of our registries, which nothing else refers to."""
    if not isinstance(use.source, IndexSource):
        return texts
    ours = {each.name for each in workspace.configuration.registries}
    others = [
        each
        for each in workspace.uses
        if each not in leaving and isinstance(each.source, IndexSource) and _shares_root(workspace, each, texts)
    ]
    needed = {each.source.index for each in others if isinstance(each.source, IndexSource)}
    document = pyproject.read(texts.root, texts.root_directory / "pyproject.toml")
    for table in pyproject.tables(document, "tool", "uv", "index"):
        name = table.get("name")
        if not isinstance(name, str) or name not in ours or name == kept or name in needed:
            continue
        registry = workspace.configuration.registry(name)
        is_still_used = isinstance(registry, EmbeddedRegistry) and None in needed
        is_pinned_here = isinstance(registry, RemoteRegistry) and use.source.index != name
        if not (is_still_used or is_pinned_here):
            texts = lines.remove_index(texts, name)
    return texts


def _shares_root(workspace: Workspace, use: Use, texts: Texts) -> bool:
    project = workspace.project_at(use.project)
    return project is not None and (project.uv_root or project.directory) == texts.root_directory


def submodule_removals(
    workspace: Workspace, project: Project, use: Use, leaving: tuple[Use, ...]
) -> tuple[RemoveSubmodule, ...]:
    """The removal of the submodule that `use` reads, unless another use reads it too."""
    home = workspace.repository_of(project.directory)
    if not isinstance(use.source, SubmoduleSource) or home is None:
        return ()
    submodule = use.source.submodule
    for other in workspace.uses:
        if other not in leaving and isinstance(other.source, SubmoduleSource) and other.source.submodule == submodule:
            return ()
    return (RemoveSubmodule(repository=home.root, path=submodule),)
