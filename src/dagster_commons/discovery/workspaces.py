"""Reading a whole Workspace: the one place where the parts of discovery meet."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.configuration import read_configuration
from dagster_commons.discovery.documents import broken_reference
from dagster_commons.discovery.enumeration import Enumeration, enumerate_files
from dagster_commons.discovery.locations import find_locations
from dagster_commons.discovery.memory import Memory
from dagster_commons.discovery.owners import remote_owners
from dagster_commons.discovery.projects import Projects
from dagster_commons.discovery.registries import Registries
from dagster_commons.discovery.states import States, with_available
from dagster_commons.discovery.uses import UseSearch, module_names
from dagster_commons.model.sources import GitSource, SubmoduleSource, source_directory
from dagster_commons.model.workspace import CodeLocation, Repository, SharedModule, Use, Workspace
from dagster_commons.tools.cache import cache_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.discovery.facts import Declaration, LockFacts
    from dagster_commons.model.configuration import Configuration
    from dagster_commons.model.findings import Finding
    from dagster_commons.model.project import Project


def read_workspace(root: Path, *, offline: bool = False) -> Workspace:
    """Everything under `root` and in the fleet; an empty Workspace where nothing is found.

    A broken file is a finding of the Workspace and never stops the rest.  `offline` leaves the clones of fleet URLs as
    they are.

    Raises:
        UsageError: `commons.toml` is invalid.
        ToolError: git is not installed, or the cache cannot be written.

    """
    return read_with_enumeration(root, offline=offline)[0]


def read_with_enumeration(root: Path, *, offline: bool = False) -> tuple[Workspace, Enumeration]:
    """The same, and what was listed on the way.

    Raises:
        UsageError: `commons.toml` is invalid.
        ToolError: git is not installed, or the cache cannot be written.

    """
    root = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would leave the path that the user named
    configuration = read_configuration(root)
    fleet, fleet_findings = _fleet(configuration, root, offline=offline)
    enumeration = enumerate_files(((root, False), *fleet))
    memory = Memory(root)
    workspace = _Reading(root, configuration, enumeration, memory).workspace()
    if not root.is_relative_to(cache_directory()):  # a tree in our own cache is read once and goes
        memory.save()
    return replace(workspace, findings=in_order((*fleet_findings, *workspace.findings))), enumeration


def _fleet(
    configuration: Configuration, root: Path, *, offline: bool
) -> tuple[tuple[tuple[Path, bool], ...], tuple[Finding, ...]]:
    if not configuration.fleet:
        return (), ()
    from dagster_commons.discovery.fleet import fleet_roots  # noqa: PLC0415 - lazy: most workspaces have no fleet

    return fleet_roots(configuration, root, offline=offline)


class _Reading:
    """One Workspace while it is being read."""

    def __init__(self, root: Path, configuration: Configuration, enumeration: Enumeration, memory: Memory) -> None:
        self.memory = memory
        self.root = root
        self.configuration = configuration
        self.enumeration = enumeration
        self.projects = Projects(read=memory.directory, submodules=enumeration.submodules)
        self.repositories = {each.root: each for each in enumeration.repositories}
        self.findings: list[Finding] = [*enumeration.findings]
        self.locks: dict[Path, LockFacts] = {}
        self.names: frozenset[str] = frozenset()
        self.registries = Registries.of(configuration, self.projects)

    def workspace(self) -> Workspace:
        declarations = [*self._declarations()]
        for directory in self.enumeration.directories:
            self.projects.at(directory)
        homes = frozenset({self.root, *(each.root for each in self.enumeration.repositories)})
        locations, findings = find_locations(declarations, self.projects, homes, self.root)
        self.findings += findings
        uses = self._uses(locations)
        projects = self.projects.known()
        self.findings += self.projects.findings()
        modules = tuple(self._modules(uses))
        uses = tuple(self._with_newest_here(uses, modules))
        self.findings += self.registries.findings
        return Workspace(
            root=self.root,
            configuration=self.configuration,
            locations=locations,
            modules=modules,
            uses=uses,
            projects=projects,
            repositories=self.enumeration.repositories,
            findings=tuple(self.findings),
        )

    def _declarations(self) -> Iterator[Declaration]:
        """What every directory under the roots declares, and the dg projects that a dg workspace names."""
        named: dict[Path, tuple[int | None, Path]] = {}
        for directory in self.enumeration.directories:
            facts = self.projects.directory(directory)
            yield from facts.declarations
            named |= {path: (line, file) for path, line, file in facts.dg_projects}
        for path, (line, file) in sorted(named.items()):
            facts = self.projects.directory(path)
            if path not in self.enumeration.directories:
                yield from facts.declarations
            if not any(each.origin == "dg" for each in facts.declarations):
                message = f"the dg workspace names {path.name}, but there is no dg project"
                self.findings.append(broken_reference(file, line, message))

    def _uses(self, locations: tuple[CodeLocation, ...]) -> tuple[Use, ...]:
        projects = self._reachable_projects()
        packages = self.projects.packages()
        owners = remote_owners(self.enumeration.repositories)
        here = (name for name, each in packages.items() if any(project.is_package for project in each))
        known = {*self.configuration.modules, *self.registries.names(projects), *here}
        self.names = module_names(projects, known, owners)
        search = UseSearch(
            projects=self.projects, names=self.names, owners=owners, packages=packages, lock_of=self._lock
        )
        states = States(submodules=self.enumeration.submodules)
        found = [use for location in locations for use in search.uses_of(location)]
        states.ask_git(found)
        own = {location.name: self.projects.at(location.path) for location in locations}
        uses = [
            with_available(
                states.with_state(self._with_lock(use, own[use.location]), own[use.location]),
                own[use.location],
                self.registries,
            )
            for use in found
        ]
        self.findings += [*search.findings, *states.findings]
        return tuple(sorted(uses, key=_use_order))

    def _reachable_projects(self) -> tuple[Project, ...]:
        """The projects under the roots and every project that a path leads to from them."""
        waiting = [*self.projects.known()]
        while waiting:
            project = waiting.pop()
            for declared in project.sources:
                directory = source_directory(declared.source)
                if directory is not None and directory not in self.projects.built:
                    reached = self.projects.at(directory)
                    waiting += [reached] if reached is not None else []
        return self.projects.known()

    def _lock(self, project: Project) -> LockFacts:
        place = project.uv_root or project.directory
        if place not in self.locks:
            self.locks[place] = self.memory.lock(project, self.projects, self.names)
            self.findings += self.locks[place].findings
        return self.locks[place]

    def _with_lock(self, use: Use, own: Project | None) -> Use:
        if own is None:
            return use
        facts = self._lock(own)
        locked = facts.modules.get(use.module)
        return replace(use, lock=facts.state, locked=locked.version if locked is not None else None)

    def _modules(self, uses: tuple[Use, ...]) -> Iterator[SharedModule]:
        packages = self.projects.packages()
        sources = {use.module: source_directory(use.source) for use in uses}  # of a project without a name of its own
        for name in sorted({*self.configuration.modules, *sources}):
            source = sources.get(name)
            used = self.projects.at(source) if source is not None else None
            candidates = packages.get(name) or ((used,) if used is not None else ())
            project = min(candidates, key=self._project_order, default=None)
            yield SharedModule(name=name, version=project.version if project is not None else None, project=project)

    def _with_newest_here(self, uses: tuple[Use, ...], modules: tuple[SharedModule, ...]) -> Iterator[Use]:
        """A submodule or a git source can be moved to what the module's own working tree has, unless that is yanked."""
        newest = {
            module.name: self.registries.settled(module.name, module.version)
            for module in modules
            if module.project is not None and not self._is_checkout(module.project)
        }
        for use in uses:
            is_moved_by_git = isinstance(use.source, SubmoduleSource | GitSource)
            yield replace(use, available=newest.get(use.module)) if is_moved_by_git else use

    def _project_order(self, project: Project) -> tuple[bool, bool, bool, int, Path]:
        """A module's own working tree before a submodule's checkout, before a clone of ours; near before far."""
        repository = self._repository_of(project)
        return (
            repository is not None and repository.is_cached_clone,
            self._is_checkout(project),
            not project.directory.is_relative_to(self.root),
            len(project.directory.parts),
            project.directory,
        )

    def _is_checkout(self, project: Project) -> bool:
        """Whether it lies in a submodule."""
        repository = self._repository_of(project)
        return repository is not None and repository.superproject is not None

    def _repository_of(self, project: Project) -> Repository | None:
        above = (project.directory, *project.directory.parents)
        return next((self.repositories[each] for each in above if each in self.repositories), None)


def _use_order(use: Use) -> tuple[str, str, bool, str, str, str, str]:
    through = use.through or ""
    return (
        use.module,
        use.location,
        use.through is not None,
        through,
        use.group or "",
        use.extra or "",
        use.requirement,
    )


def in_order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Each once, by file and line."""
    return tuple(
        sorted(
            dict.fromkeys(findings), key=lambda each: (str(each.file or ""), each.line or 0, each.rule, each.message)
        )
    )
