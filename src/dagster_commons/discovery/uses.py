"""Which shared modules the code locations use, how, and through which other module."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_commons.discovery.owners import is_foreign
from dagster_commons.discovery.requirements_files import direct_source, has_direct_reference
from dagster_commons.model.findings import Finding
from dagster_commons.model.sources import GitSource, IndexSource, PathSource, Source, source_directory
from dagster_commons.model.workspace import Use

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from dagster_commons.discovery.facts import LockFacts
    from dagster_commons.discovery.projects import Projects
    from dagster_commons.model.project import DeclaredIndex, DeclaredSource, Dependency, Project
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.tools.lockfile import LockSource

CYCLE = "SRC091"

_EXTRAS = re.compile(r"\s*[A-Za-z0-9._-]+\s*\[([^\]]*)\]")
_HARDWARE_INDEXES = ("torch", "nvidia", "rocm")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz")


def module_names(projects: Iterable[Project], known: Collection[str], owners: frozenset[str]) -> frozenset[str]:
    """Every name that counts as a shared module wherever it is required.

    The `known` ones (commons.toml's, a registry's, projects that are here) and names with a source that only a module
    of one's own has; `owners` are those of the workspace's remotes.
    """
    telling = {each.name for project in projects for each in project.sources if _is_telling(each, owners)}
    return frozenset({*known, *telling})


def _is_telling(declared: DeclaredSource, owners: frozenset[str]) -> bool:
    """An archive, an index of builds for some hardware and somebody else's git are how third-party packages come."""
    if isinstance(declared.source, GitSource):
        return not is_foreign(declared.source.url, owners)
    if isinstance(declared.source, PathSource):
        return not declared.source.path.name.endswith(_ARCHIVES)
    if not isinstance(declared.source, IndexSource):
        return True
    name = (declared.source.index or "").lower()
    return not declared.is_list and not any(each in name for each in _HARDWARE_INDEXES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A project on the way from a location: its own, or a module's with the extras that are asked of it."""

    project: Project
    through: str | None = None
    extras: frozenset[str] = frozenset()


@dataclass(kw_only=True)
class UseSearch:
    """Follows the declared requirements of every location."""

    projects: Projects
    names: frozenset[str]
    owners: frozenset[str]
    packages: Mapping[str, tuple[Project, ...]]
    lock_of: Callable[[Project], LockFacts]
    findings: list[Finding] = field(default_factory=list)

    def uses_of(self, location: CodeLocation) -> Iterator[Use]:
        """The uses of `location`, direct ones first; what it uses directly is not repeated as used through another."""
        own = self.projects.at(location.path)
        if own is None:
            return
        found: dict[tuple[object, ...], Use] = {}
        direct: set[str] = set()
        waiting = [_Step(project=own)]
        seen = {own.directory}
        while waiting:
            step = waiting.pop(0)
            for use in self._uses_of_step(location, own, step):
                if step.through is None:
                    direct.add(use.module)
                elif use.module in direct:
                    continue
                found.setdefault((use.module, use.through, use.requirement, use.extra, use.group, use.source), use)
                directory = source_directory(use.source)
                following = self.projects.at(directory) if directory is not None else None
                if following is not None and following.directory not in seen:
                    seen.add(following.directory)
                    waiting.append(_Step(project=following, through=use.module, extras=_extras(use.requirement)))
        for use in [*found.values()]:
            for further in self._locked_uses(use, own, direct):
                found.setdefault((further.module, further.through), further)
        yield from found.values()

    def _uses_of_step(self, location: CodeLocation, own: Project, step: _Step) -> Iterator[Use]:
        for dependency in step.project.dependencies:
            if dependency.name == step.project.name or not _applies(dependency, step):
                continue
            sources = self._sources(step.project, dependency)
            if not sources:
                continue
            if step.through is not None and self._leads_back(own, dependency.name, sources[0]):
                self._report_cycle(location, step, dependency)
                continue
            yield Use(
                location=location.name,
                module=dependency.name,
                source=sources[0],
                alternatives=sources[1:],
                project=step.project.directory,
                requirement=dependency.requirement,
                line=dependency.line,
                extra=dependency.extra,
                group=dependency.group,
                through=step.through,
            )

    def _sources(self, project: Project, dependency: Dependency) -> tuple[Source, ...]:
        """How `project` gets `dependency`; nothing where it is no shared module's, or not managed."""
        name = dependency.name
        if has_direct_reference(dependency.requirement):
            direct = direct_source(dependency.requirement, project.directory)
            is_own = isinstance(direct, GitSource) and not is_foreign(direct.url, self.owners)
            is_module = is_own or name in self.names
            return (self.projects.placed(direct, project.directory),) if direct is not None and is_module else ()
        declared = [each for each in self._declared(project, name) if _is_for(each, dependency)]
        if declared:
            return tuple(each.source for each in declared) if name in self.names else ()
        if name not in self.names or self.projects.is_unmanaged(project, name):
            return ()
        return (IndexSource(),)

    def _declared(self, project: Project, name: str) -> list[DeclaredSource]:
        """The project's own entries for `name`, else those of its uv workspace root, as uv has it."""
        own = [each for each in project.sources if each.name == name]
        if own or project.uv_root is None or project.uv_root == project.directory:
            return own
        root = self.projects.at(project.uv_root)
        return [each for each in root.sources if each.name == name] if root is not None else []

    def _leads_back(self, own: Project, name: str, source: Source) -> bool:
        directory = source_directory(source)
        return name == own.name if directory is None else directory == own.directory

    def _report_cycle(self, location: CodeLocation, step: _Step, dependency: Dependency) -> None:
        finding = Finding(
            rule=CYCLE,
            severity="error",
            subject=step.project.name,
            message=f"the shared module {step.project.name} depends on {dependency.name}, which uses it"
            f" (code location {location.name})",
            file=step.project.file,
            line=dependency.line,
            fix=f"move what {step.project.name} needs of {dependency.name} into a shared module of its own",
        )
        self.findings.append(finding)

    def _locked_uses(self, use: Use, own: Project, direct: Collection[str]) -> Iterator[Use]:
        """What a module from an index or from git brings along, as far as the lock tells."""
        if source_directory(use.source) is not None:
            return
        locked = self.lock_of(own).modules
        waiting, seen = [use.module], {use.module}
        while waiting:
            parent = waiting.pop(0)
            for name in locked[parent].dependencies if parent in locked else ():
                if name not in locked or name in seen:
                    continue
                seen.add(name)
                waiting.append(name)
                if name not in direct and name != own.name:
                    yield Use(
                        location=use.location,
                        module=name,
                        source=self._locked_source(own, locked[name].source),
                        project=own.directory,
                        requirement=self._requirement(parent, name),
                        through=parent,
                    )

    def _locked_source(self, own: Project, source: LockSource) -> Source:
        if source.kind == "git":
            return GitSource(
                url=source.value,
                reference_kind=source.reference_kind,
                reference=source.reference,
                subdirectory=source.subdirectory,
            )
        root = own.uv_root or own.directory
        if source.kind in ("editable", "directory", "virtual", "path"):
            path = (root / source.value).resolve()
            placed = PathSource(path=path, written=source.value, editable=source.kind == "editable")
            return self.projects.placed(placed, own.directory)
        indexes = (*own.indexes, *_indexes(self.projects.at(root)))
        named = (each.name for each in indexes if each.url.rstrip("/") == source.value.rstrip("/"))
        return IndexSource(index=next(named, None))

    def _requirement(self, parent: str, name: str) -> str:
        """As the parent's working tree declares it, where it is here; else the bare name."""
        declared = (
            each.requirement
            for project in self.packages.get(parent, ())
            for each in project.dependencies
            if each.name == name
        )
        return next(declared, name)


def _indexes(project: Project | None) -> tuple[DeclaredIndex, ...]:
    return project.indexes if project is not None else ()


def _applies(dependency: Dependency, step: _Step) -> bool:
    """A location's own groups and extras all count; of a module only the extras that are asked for."""
    if step.through is None:
        return True
    return dependency.group is None and (dependency.extra is None or dependency.extra in step.extras)


def _is_for(declared: DeclaredSource, dependency: Dependency) -> bool:
    return declared.extra in (None, dependency.extra) and declared.group in (None, dependency.group)


def _extras(requirement: str) -> frozenset[str]:
    match = _EXTRAS.match(requirement)
    return frozenset(each.strip().lower().replace("_", "-") for each in match[1].split(",")) if match else frozenset()
