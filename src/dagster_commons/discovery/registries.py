"""The embedded registries of a workspace: those of commons.toml, and directories that projects name as an index."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_commons.discovery.documents import UNREADABLE
from dagster_commons.errors import ToolError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.discovery.projects import Projects
    from dagster_commons.model.configuration import Configuration
    from dagster_commons.model.project import Project


@dataclass(kw_only=True)
class Registries:
    """Simple indexes in directories, by name and by the projects that use them."""

    configured: dict[str, Path]
    projects: Projects
    served: dict[Path, frozenset[str]] = field(default_factory=dict)
    versions: dict[tuple[Path, str], str | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, configuration: Configuration, projects: Projects) -> Registries:
        configured = {
            each.name: each.directory for each in configuration.registries if isinstance(each, EmbeddedRegistry)
        }
        return cls(configured=configured, projects=projects)

    def names(self, projects: Iterable[Project]) -> frozenset[str]:
        """Every name that a registry in reach of `projects` has a page for, reserved ones included."""
        directories = {*self.configured.values()}
        directories |= {directory for project in projects for _, directory in _directories(project)}
        return frozenset(name for directory in sorted(directories) for name in self._names(directory))

    def newest(self, module: str, index: str | None, own: Project | None) -> str | None:
        """The newest release of `module` in the registry called `index`, or in any that the location's project has."""
        reachable = dict(self.configured)
        for project in (own, self.projects.at(own.uv_root) if own is not None and own.uv_root is not None else None):
            reachable |= dict(_directories(project)) if project is not None else {}
        directories = [reachable[index]] if index in reachable else [] if index else [*reachable.values()]
        serving = (each for each in directories if module in self._names(each))
        directory = next(serving, None)
        return self._newest(directory, module) if directory is not None else None

    def _names(self, directory: Path) -> frozenset[str]:
        if directory not in self.served:
            from dagster_commons.tools.indexes import embedded  # noqa: PLC0415 - lazy: many workspaces have none

            is_there = directory.is_dir()
            self.served[directory] = frozenset(embedded.names(directory)) if is_there else frozenset()
        return self.served[directory]

    def _newest(self, directory: Path, module: str) -> str | None:
        key = (directory, module)
        if key not in self.versions:
            from dagster_commons.tools.indexes import embedded  # noqa: PLC0415 - lazy, as above

            self.versions[key] = None
            try:
                self.versions[key] = embedded.newest(directory, module)
            except ToolError as error:
                self.findings.append(
                    Finding(
                        rule=UNREADABLE,
                        severity="error",
                        subject=module,
                        message=error.message,
                        file=error.file or directory,
                        fix=error.hint,
                    )
                )
        return self.versions[key]


def _directories(project: Project) -> Iterable[tuple[str, Path]]:
    """The declared indexes that are directories, by name."""
    for index in project.indexes:
        directory = index.directory_from(project.directory)
        if directory is not None and directory.is_dir():
            yield index.name or str(directory), directory
