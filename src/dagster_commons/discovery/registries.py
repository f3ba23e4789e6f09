"""What the embedded registries of a workspace have: those of commons.toml, and directories that projects name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_commons.discovery.documents import UNREADABLE
from dagster_commons.errors import ToolError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.findings import Finding
from dagster_commons.model.registry import Listed, Unread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.discovery.projects import Projects
    from dagster_commons.model.configuration import Configuration
    from dagster_commons.model.project import Project
    from dagster_commons.model.registry import Listing
    from dagster_commons.model.sources import IndexSource


@dataclass(kw_only=True)
class Registries:
    """Simple indexes in directories, by name and by the projects that use them."""

    configuration: Configuration
    projects: Projects
    directories: dict[str, Path]  # of the embedded ones in commons.toml, by name
    served: dict[Path, frozenset[str]] = field(default_factory=dict)
    listings: dict[tuple[Path, str], Listing] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, configuration: Configuration, projects: Projects) -> Registries:
        directories = {
            each.name: each.directory for each in configuration.registries if isinstance(each, EmbeddedRegistry)
        }
        return cls(configuration=configuration, projects=projects, directories=directories)

    def names(self, projects: Iterable[Project]) -> frozenset[str]:
        """Every name that a registry in reach of `projects` has a page for, reserved ones included."""
        directories = {*self.directories.values()}
        directories |= {directory for project in projects for _, directory in _directories(project)}
        return frozenset(name for directory in sorted(directories) for name in self._names(directory))

    def listing(self, module: str, source: IndexSource, own: Project | None) -> Listing:
        """What the registry that `source` names has of `module`, or the first that has it; no server is asked."""
        root = self.projects.at(own.uv_root) if own is not None and own.uv_root is not None else None
        reachable = dict(self.directories)
        for project in (own, root):
            reachable |= dict(_directories(project)) if project is not None else {}
        index = source.index
        directories = [reachable[index]] if index in reachable else [] if index else [*reachable.values()]
        for directory in directories:
            if module in self._names(directory):
                return self._listing(directory, module)
        if index in reachable:
            is_there = reachable[index].is_dir()
            return Listed() if is_there else Unread(reason=f"the directory of registry {index} is missing")
        return Unread(reason=self._reason(source, own, root))

    def settled(self, module: str, version: str | None) -> str | None:
        """`version`, or where a registry of commons.toml has that yanked, the newest version there that is not."""
        from dagster_commons.model.versions import is_same_version  # noqa: PLC0415 - lazy: packaging is slow to import

        for directory in self.directories.values() if version is not None else ():
            listing = self._listing(directory, module) if module in self._names(directory) else Listed()
            if isinstance(listing, Listed):
                yanked = (each.version for each in listing.versions if each.yanked is not None)
                if any(is_same_version(each, version or "") for each in yanked):
                    return listing.newest
        return version

    def _reason(self, source: IndexSource, own: Project | None, root: Project | None) -> str:
        """Why it is not known here what an index that is no directory has."""
        if len(self.directories) < len(self.configuration.registries):
            from dagster_commons.analysis.remote_reach import not_asked, remote_registries  # noqa: PLC0415 - lazy, too

            remote = remote_registries(self.configuration, source, own, root)
            if remote:
                return not_asked(remote)
        if source.index is not None:
            return f"index {source.index} is not among the registries of commons.toml, so it is not asked"
        return "uv's default index is not asked"

    def _names(self, directory: Path) -> frozenset[str]:
        if directory not in self.served:
            from dagster_commons.tools.indexes import embedded  # noqa: PLC0415 - lazy: many workspaces have none

            is_there = directory.is_dir()
            self.served[directory] = frozenset(embedded.names(directory)) if is_there else frozenset()
        return self.served[directory]

    def _listing(self, directory: Path, module: str) -> Listing:
        key = (directory, module)
        if key not in self.listings:
            from dagster_commons.tools.indexes import embedded  # noqa: PLC0415 - lazy, as above

            try:
                self.listings[key] = Listed(versions=embedded.releases(directory, module))
            except ToolError as error:
                self.listings[key] = Unread(reason=error.message, hint=error.hint)
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
        return self.listings[key]


def _directories(project: Project) -> Iterable[tuple[str, Path]]:
    """The declared indexes that are directories, by name."""
    for index in project.indexes:
        directory = index.directory_from(project.directory)
        if directory is not None and directory.is_dir():
            yield index.name or str(directory), directory
