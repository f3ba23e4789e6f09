"""Projects as the rest of the house sees them: facts of single directories put together."""

from __future__ import annotations

import os.path
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.build_tables import import_packages, read_version
from dagster_commons.discovery.uv_tables import path_source
from dagster_commons.model.names import normalise_name
from dagster_commons.model.project import DeclaredSource, Dependency, Project
from dagster_commons.model.sources import MemberSource, PathSource, Source, SubmoduleSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dagster_commons.discovery.facts import DirectoryFacts, ProjectFacts, UvWorkspace
    from dagster_commons.model.findings import Finding
    from dagster_commons.tools.submodules import Submodule


@dataclass(kw_only=True)
class Projects:
    """Every project that is known, by directory.  Directories outside the roots are read when a path leads there."""

    read: Callable[[Path], DirectoryFacts]
    submodules: Mapping[Path, tuple[Submodule, ...]]
    facts: dict[Path, DirectoryFacts] = field(default_factory=dict)
    built: dict[Path, Project | None] = field(default_factory=dict)
    members: dict[Path, dict[str, Path]] = field(default_factory=dict)

    def directory(self, directory: Path) -> DirectoryFacts:
        """What the files of `directory` declare; nothing where there is no such directory."""
        known = self.facts.get(directory)
        if known is None:
            known = self.facts[directory] = self.read(directory)
        return known

    def at(self, directory: Path) -> Project | None:
        """The project in `directory`, or None where its files declare none."""
        if directory not in self.built:
            facts = self.directory(directory).project
            self.built[directory] = None  # a path that leads back here, while it is being built, has no name yet
            self.built[directory] = self._build(facts) if facts is not None else None
        return self.built[directory]

    def around(self, directory: Path, *, within: Path) -> Project | None:
        """The project in `directory` or in the nearest directory above it, up to `within`."""
        above = (each for each in (directory, *directory.parents) if each.is_relative_to(within))
        return next((project for each in above if (project := self.at(each)) is not None), None)

    def members_of(self, uv_root: Path) -> Mapping[str, Path]:
        """The members of the uv workspace at `uv_root` by name, the root among them; nothing without a workspace."""
        if uv_root not in self.members:
            self.members[uv_root] = dict(self._members(uv_root))
        return self.members[uv_root]

    def known(self) -> tuple[Project, ...]:
        """Every project met so far, sorted by directory."""
        return tuple(project for _, project in sorted(self.built.items()) if project is not None)

    def packages(self) -> Mapping[str, tuple[Project, ...]]:
        """The known projects whose files give them a name, by it; others are nobody's requirement."""
        found: defaultdict[str, list[Project]] = defaultdict(list)
        for project in self.known():
            facts = self.directory(project.directory).project
            if facts is not None and facts.name is not None:
                found[facts.name].append(project)
        return {name: tuple(each) for name, each in found.items()}

    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for _, facts in sorted(self.facts.items()) for finding in facts.findings)

    def is_unmanaged(self, project: Project, name: str) -> bool:
        """Whether the project's source for `name` is one that we do not manage."""
        facts = self.directory(project.directory).project
        return facts is not None and name in facts.unmanaged

    def placed(self, source: Source, declared_in: Path) -> Source:
        """A path source as what it is: a submodule's if it lies in one of the declaring directory's repository."""
        if not isinstance(source, PathSource):
            return source
        submodule = self._submodule_around(source.path, declared_in)
        if submodule is None:
            return source
        return SubmoduleSource(
            path=source.path, written=source.written, editable=source.editable, submodule=submodule.path
        )

    def _submodule_around(self, path: Path, declared_in: Path) -> Submodule | None:
        """The outermost submodule that holds `path` and not the directory that declares the source."""
        found = [
            submodule
            for tree in (declared_in, *declared_in.parents)
            for submodule in self.submodules.get(tree, ())
            if path.is_relative_to(submodule.path) and not declared_in.is_relative_to(submodule.path)
        ]
        return min(found, key=lambda each: len(each.path.parts), default=None)

    def _build(self, facts: ProjectFacts) -> Project:
        directory = facts.directory
        name = facts.name or normalise_name(re.sub(r"[^A-Za-z0-9._-]+", "-", directory.name).strip("-._") or "root")
        paths = [*self._local_paths(facts)]
        uv_root = self._uv_root(directory) if facts.manager == "uv" else None
        return Project(
            directory=directory,
            file=facts.file,
            name=name,
            manager=facts.manager,
            version=_version(facts),
            is_version_dynamic=facts.is_version_dynamic,
            are_dependencies_dynamic=facts.are_dependencies_dynamic,
            requires_python=facts.requires_python,
            dependencies=(*facts.dependencies, *(dependency for dependency, _ in paths)),
            sources=tuple(
                replace(each, source=self._settled(each.source, each.name, directory, uv_root))
                for each in (*facts.sources, *(source for _, source in paths))
            ),
            indexes=facts.indexes,
            import_packages=import_packages(directory, name, facts.import_hints),
            uv_root=uv_root,
            is_uv_workspace_root=facts.uv_workspace is not None,
            is_package=facts.is_package,
        )

    def _local_paths(self, facts: ProjectFacts) -> Iterable[tuple[Dependency, DeclaredSource]]:
        for local in facts.local_paths:
            source = path_source(facts.directory, local.written, editable=local.editable)
            target = self.at(source.path)
            name = target.name if target is not None else normalise_name(source.path.name)
            yield (
                Dependency(name=name, requirement=name, line=local.line),
                DeclaredSource(name=name, source=source, line=local.line),
            )

    def _settled(self, source: Source, name: str, directory: Path, uv_root: Path | None) -> Source:
        if isinstance(source, MemberSource):
            root = uv_root or directory
            return MemberSource(path=self.members_of(root).get(name, root / name))  # the latter shows as missing
        return self.placed(source, directory)

    def _uv_root(self, directory: Path) -> Path:
        """The uv workspace root that has `directory` as a member: uv looks no further than the nearest one."""
        for ancestor in (directory, *directory.parents):
            facts = self.directory(ancestor).project
            if facts is not None and facts.uv_workspace is not None:
                is_member = ancestor == directory or _is_member(directory, ancestor, facts.uv_workspace)
                return ancestor if is_member else directory
        return directory

    def _members(self, uv_root: Path) -> Iterator[tuple[str, Path]]:
        root = self.directory(uv_root).project
        if root is None or root.uv_workspace is None:
            return
        for pattern in root.uv_workspace.members:
            for file in sorted(uv_root.glob(f"{pattern.rstrip('/')}/pyproject.toml")):
                facts = self.directory(file.parent).project
                if facts is not None and facts.name and _is_member(file.parent, uv_root, root.uv_workspace):
                    yield facts.name, file.parent
        if root.name is not None:
            yield root.name, uv_root


def _version(facts: ProjectFacts) -> str | None:
    """The version in the working tree, also where it is dynamic and written in a file; read anew on each run."""
    if facts.version is not None or facts.version_hint is None:
        return facts.version
    return read_version(facts.version_hint, facts.directory)


def _is_member(directory: Path, root: Path, workspace: UvWorkspace) -> bool:
    relative = Path(os.path.relpath(directory, root)).as_posix()
    included = any(_matches(relative, pattern) for pattern in workspace.members)
    return included and not any(_matches(relative, pattern) for pattern in workspace.exclude)


def _matches(relative: str, pattern: str) -> bool:
    """Whether uv's glob matches: `*` stays within a path segment, `**` does not."""
    expression = ""
    for part in re.split(r"(\*\*/?|\*|\?|\[[^\]]*\])", os.path.normpath(pattern).replace(os.sep, "/")):
        match part:
            case "**" | "**/":
                expression += "(?:.*/)?" if part.endswith("/") else ".*"
            case "*":
                expression += "[^/]*"
            case "?":
                expression += "[^/]"
            case _ if part.startswith("["):
                expression += part.replace("[!", "[^")
            case _:
                expression += re.escape(part)
    return re.fullmatch(expression, relative) is not None
