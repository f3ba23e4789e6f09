"""What the lock records of each project on disk, compared with that project's own pyproject.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.lock_state.comparison import compare
from dagster_commons.analysis.lock_state.groups import RecordedGroups, group_differences, lowered_groups, records_groups
from dagster_commons.analysis.lock_state.lowering import Lowering
from dagster_commons.analysis.lock_state.requirements import absolute, locked_need
from dagster_commons.analysis.lock_state.tables import table, tables, text, texts
from dagster_commons.analysis.lock_state.types import Difference
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import are_same_versions
from dagster_commons.analysis.lock_state.wording import requirement_reason
from dagster_commons.analysis.lock_state.workspaces import workspace_around
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.analysis.lock_state.types import Documents, Need
    from dagster_commons.analysis.lock_state.versions import PythonRange
    from dagster_commons.analysis.lock_state.workspaces import UvWorkspace
    from dagster_commons.tools.lockfile import Lock, LockedPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A project on disk as its pyproject.toml declares it now, in the form in which uv records it."""

    name: str
    version: str | None  # None: computed when it is built
    extras: tuple[str, ...]
    requirements: tuple[Need, ...]
    groups: Mapping[str, tuple[Need, ...]]
    recorded_groups: RecordedGroups | None  # None: no member of this uv workspace, so nothing is recorded
    is_root: bool

    @property
    def needs(self) -> tuple[Need, ...]:
        return (*self.requirements, *(need for group in self.groups.values() for need in group))


def declared(package: LockedPackage, workspace: UvWorkspace, documents: Documents) -> Declared:
    """What the project that the lock records as `package` declares now.

    Raises:
        UndecidedError: its pyproject.toml cannot be read, or does not say it all.

    """
    directory = Path(absolute(workspace.directory, package.source.value))
    document = documents.get(directory)
    if document is None:
        raise UndecidedError(f"{package.name} at {package.source.value} has no pyproject.toml that can be read")
    project = table(document, "project")
    obstacle = _obstacle(document, project)
    if obstacle is not None:
        raise UndecidedError(f"{package.name} {obstacle}")
    name = normalise_name(text(project, "name") or "")
    lowering = Lowering(
        directory=directory,
        project=name,
        sources=table(document, "tool", "uv", "sources"),
        indexes=tables(table(document, "tool", "uv"), "index"),
        workspace=workspace if name in workspace.members else workspace_around(directory, documents),
        documents=documents,
    )
    extras = table(project, "optional-dependencies")
    requirements = [need for each in texts(project, "dependencies") for need in lowering.needs(each)]
    for extra in extras:
        requirements += [need for each in texts(extras, extra) for need in lowering.needs(each, extra=extra)]
    return Declared(
        name=name,
        version=None if "version" in texts(project, "dynamic") else text(project, "version"),
        extras=tuple(sorted(normalise_name(each) for each in extras)),
        requirements=tuple(requirements),
        groups=lowered_groups(document, lowering),
        recorded_groups=RecordedGroups.declared(document) if name in workspace.members else None,
        is_root=directory == workspace.directory,
    )


def package_differences(lock: Lock, package: LockedPackage, now: Declared, python: PythonRange) -> Iterator[Difference]:
    """How a project on disk differs from what the lock records of it.

    Raises:
        UndecidedError: whether two markers or versions are the same cannot be told.

    """
    yield from _version_differences(package, now.version)
    if (lock.version, lock.revision) >= _RECORDS_EXTRAS and {*now.extras} != {*package.provides_extras}:
        yield Difference(f"{now.name} has {_listed(now.extras)}, the lock says {_listed(package.provides_extras)}")
    yield from _requirement_differences(lock, package, now, python)
    new_groups = now.groups
    if (lock.version, lock.revision) < _RECORDS_EXTRAS:
        new_groups = {name: group for name, group in new_groups.items() if group}
    old_groups = {name: [locked_need(each, lock.file.parent) for each in group] for name, group in package.requires_dev}
    yield from group_differences(now.name, new_groups, old_groups, python)
    recorded = RecordedGroups.of(package.default_groups, dict(package.group_requires_python))
    if records_groups(lock) and now.recorded_groups not in (None, recorded):
        yield Difference(f"{now.name} has other default groups, or another Python for one, than the lock says")


_RECORDS_EXTRAS = (1, 1)  # since this version and revision a lock records extras, and groups that are empty


def _obstacle(document: Mapping[str, object], project: Mapping[str, object]) -> str | None:
    """Why the requirements cannot be read off the file, if they cannot."""
    if not project:
        return "has no [project] table"
    dynamic = texts(project, "dynamic")
    for field in ("dependencies", "optional-dependencies"):
        if field in dynamic:
            return f"computes its {field} when it is built"
    if "poetry" in table(document, "tool") and "dependencies" not in project:
        return "gives its dependencies in Poetry's own table"
    if "version" not in dynamic and text(project, "version") is None:
        return "gives no version"
    return None


def _version_differences(package: LockedPackage, version: str | None) -> Iterator[Difference]:
    if version is None and package.version is not None:
        yield Difference(f"the version of {package.name} is computed now, the lock has {package.version}")
    elif version is not None and package.version is None:
        yield Difference(f"the version of {package.name} is {version} now, computed when it was locked")
    elif version is not None and package.version is not None and not are_same_versions(version, package.version):
        yield Difference(f"{package.name} is {version}, the lock has {package.version}")


def _requirement_differences(
    lock: Lock, package: LockedPackage, now: Declared, python: PythonRange
) -> Iterator[Difference]:
    new, old = now.requirements, [locked_need(each, lock.file.parent) for each in package.requires_dist]
    left = compare(new, old, python)
    if left.is_same:
        return
    if package.version is None and any(need.name == package.name for need in (*new, *old)):
        reason = f"{package.name} asks for its own extras, which its build may write out"
        yield Difference(reason, is_certain=False)
    else:
        speaker = "pyproject" if now.is_root else now.name
        yield Difference(requirement_reason(lock, owner=now.name, speaker=speaker, new=new, old=old, left=left))


def _listed(extras: tuple[str, ...]) -> str:
    return f"the extras {', '.join(extras)}" if extras else "no extras"
