"""How a managed name is tied to its index, and to which: what uv does with a bare name and the indexes beside it.

Source: uv's documentation of package indexes ("Pinning a package to an index", "Searching across multiple indexes").
"""

from __future__ import annotations

import os.path
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from dagster_commons.errors import UsageError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.names import is_requirement_of
from dagster_commons.model.project import DeclaredIndex, bare_url
from dagster_commons.model.sources import IndexSource
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.build_files import BuildFile
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Use

TieKind: TypeAlias = Literal[
    "source",  # an entry of `[tool.uv.sources]` names the index
    "page",  # the first index asked is a directory with a page of that name
    "default",  # no public index is asked: the project replaces uv's default
    "open",  # an index is asked first, and the public one where that does not have the name
    "missing-page",  # the same, and that index is a directory
    "nothing",  # only the public index is asked
    "unknown",  # not managed by uv, so it is not known what is asked
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """How a name is tied; `index` is the one that is asked first, where there is one."""

    kind: TieKind
    index: DeclaredIndex | None = None


@dataclass(kw_only=True)
class IndexTies:
    """The indexes of every project, each read once."""

    evidence: Evidence
    _files: dict[Path, BuildFile] = field(default_factory=dict)
    _settings: dict[Path, pyproject.Document] = field(default_factory=dict)

    @classmethod
    def of(cls, evidence: Evidence) -> IndexTies:
        return cls(evidence=evidence, _files={each.path: each for each in evidence.files})

    def tie(self, use: Use) -> Tie:
        """How the name of `use`, which comes from an index, is tied in the project that requires it."""
        project = self.evidence.workspace.project_at(use.project)
        if project is None or project.manager != "uv":
            return Tie(kind="unknown")
        if use.through is None and isinstance(use.source, IndexSource) and use.source.index is not None:
            return Tie(kind="source")
        if use.through is not None and self._is_constrained(project, use.module):
            return Tie(kind="source")
        return self._asked(project, use.module)

    def indexes(self, project: Project) -> tuple[tuple[DeclaredIndex, Path], ...]:
        """The indexes that uv asks for `project`, each with the directory that its path begins at.

        In a uv workspace those of its root count, and a `uv.toml` there hides those of pyproject.toml.
        """
        root = project.uv_root or project.directory
        if (file := self._files.get(root / "uv.toml")) is not None:
            return tuple((_declared(each), file.path.parent) for each in pyproject.tables(self._uv(root), "index"))
        holder = project if root == project.directory else self.evidence.workspace.project_at(root)
        return tuple((each, root) for each in holder.indexes) if holder is not None else ()

    def places(self, project: Project, name: str | None = None) -> frozenset[str]:
        """Where a module may come from: the indexes that the project or commons.toml names; `name`: that one alone."""
        found = {_place(index, start) for index, start in self.indexes(project) if name in (None, index.name)}
        found |= {_place(index, project.directory) for index in project.indexes if name in (None, index.name)}
        for registry in self.evidence.workspace.configuration.registries:
            if name in (None, registry.name):
                found.add(
                    str(registry.directory) if isinstance(registry, EmbeddedRegistry) else bare_url(registry.index_url)
                )
        return frozenset(found)

    def places_of(self, use: Use) -> frozenset[str]:
        """Where the module of `use`, which comes from an index, may come from."""
        project = self.evidence.workspace.project_at(use.project)
        index = use.source.index if isinstance(use.source, IndexSource) else None
        return self.places(project, index) if project is not None else frozenset()

    def _asked(self, project: Project, module: str) -> Tie:
        indexes = self.indexes(project)
        if (default := next((index for index, _ in indexes if index.default), None)) is not None:
            return Tie(kind="default", index=default)
        for index, start in indexes:
            if not index.explicit:
                directory = index.directory_from(start)
                if directory is None:
                    return Tie(kind="open", index=index)
                is_held = any(each.directory == directory and module in each.names for each in self.evidence.registries)
                return Tie(kind="page" if is_held else "missing-page", index=index)
        return Tie(kind="nothing", index=indexes[0][0] if indexes else None)

    def _is_constrained(self, project: Project, module: str) -> bool:
        """Whether an exact constraint and a source tie a module that comes along: uv applies sources to constraints."""
        root = project.uv_root or project.directory
        constraints = pyproject.strings(self._uv(root), "constraint-dependencies")
        is_exact = any("==" in each and is_requirement_of(each, module) for each in constraints)
        owner = self.evidence.workspace.project_at(root)
        declared = (*project.sources, *(owner.sources if owner is not None else ()))
        return is_exact and any(each.name == module and isinstance(each.source, IndexSource) for each in declared)

    def _uv(self, directory: Path) -> pyproject.Document:
        """What uv reads as settings in `directory`."""
        if directory not in self._settings:
            self._settings[directory] = self._read(directory)
        return self._settings[directory]

    def _read(self, directory: Path) -> pyproject.Document:
        places: tuple[tuple[str, tuple[str, ...]], ...] = (("uv.toml", ()), ("pyproject.toml", ("tool", "uv")))
        for name, keys in places:
            file = self._files.get(directory / name)
            if file is not None:
                try:
                    return pyproject.table(pyproject.read(file.text, file.path), *keys)
                except UsageError:
                    continue  # discovery's own finding says so
        return {}


def names_in_reach_of_strangers(evidence: Evidence) -> frozenset[str]:
    """The modules that come from an index in such a way that one gap is enough for the public one to answer.

    Where every use ends at a page of an embedded registry, or no public index is asked, there is none.
    """
    ties = IndexTies.of(evidence)
    uses = (each for each in evidence.workspace.uses if isinstance(each.source, IndexSource))
    return frozenset(each.module for each in uses if ties.tie(each).kind not in ("page", "default"))


def locked_place(value: str, directory: Path) -> str:
    """The index that a lock in `directory` names, as `IndexTies.places` names it."""
    if "://" in value and not value.startswith("file://"):
        return bare_url(value)
    return os.path.normpath(directory / value.removeprefix("file://"))


def _place(index: DeclaredIndex, start: Path) -> str:
    directory = index.directory_from(start)
    return bare_url(index.url) if directory is None else str(directory)


def _declared(table: pyproject.Document) -> DeclaredIndex:
    return DeclaredIndex(
        name=pyproject.string(table, "name"),
        url=pyproject.string(table, "url") or "",
        explicit=table.get("explicit") is True,
        default=table.get("default") is True,
    )
