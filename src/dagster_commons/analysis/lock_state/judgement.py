"""The judgement itself: every comparison in turn; what certainly differs outweighs what cannot be told.

Source: uv's `Lock::satisfies` (`crates/uv-resolver/src/lock/mod.rs`) and `ValidatedLock::validate`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.lock_state.cutoffs import cutoff_differences
from dagster_commons.analysis.lock_state.indexes import index_differences
from dagster_commons.analysis.lock_state.manifest import manifest_differences
from dagster_commons.analysis.lock_state.packages import declared, package_differences
from dagster_commons.analysis.lock_state.requirements import absolute
from dagster_commons.analysis.lock_state.settings import (
    conflict_differences,
    environment_differences,
    exclusion_differences,
    member_differences,
    option_differences,
    python_differences,
    static_metadata_differences,
)
from dagster_commons.analysis.lock_state.tables import table
from dagster_commons.analysis.lock_state.types import Difference
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import python_range
from dagster_commons.analysis.lock_state.workspaces import workspace_at
from dagster_commons.errors import UsageError
from dagster_commons.model.workspace import LockState
from dagster_commons.tools.lockfile import LOCAL_KINDS, requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dagster_commons.analysis.lock_state.types import Documents, Need
    from dagster_commons.analysis.lock_state.versions import PythonRange
    from dagster_commons.analysis.lock_state.workspaces import UvWorkspace
    from dagster_commons.tools.lockfile import Lock, LockedPackage, LockSource

_UNDERSTOOD_VERSION = 1


def needed_directories(lock: Lock, directory: Path) -> tuple[Path, ...]:
    """Where `lock_state` wants to see a pyproject.toml if there is one: `directory` itself (a uv workspace root)
    first, then every project on disk that the lock names, and the directories above these.

    New members of the uv workspace are not in the lock: the caller adds what it knows below `directory`.
    """
    local = [
        Path(absolute(directory, source.value))
        for name in lock.local_names()
        for source in lock.sources(name)
        if source.kind in LOCAL_KINDS
    ]
    above = {parent for each in local if each != directory for parent in each.parents}
    return (directory, *sorted({*local, *above} - {directory}))


def lock_state(
    lock: Lock | None,
    directory: Path,
    documents: Documents,
    *,
    uv_toml: Mapping[str, object] | None = None,
) -> LockState:
    """Whether `lock` still says what the projects say, as `uv lock --check` would see it.

    `directory` is the uv workspace root that holds the lock; `documents` are parsed pyproject.toml files by project
    directory (absolute, normalised), at least those of `needed_directories` that exist; `uv_toml` is the file of that
    name beside the root's. Settings outside the project (a user's uv.toml, `UV_*`) and what an index holds are not
    looked at. The answer is "unknown", with the reason, whenever something that uv compares cannot be told.
    """
    if lock is None:
        return LockState(kind="missing", reason="there is no uv.lock")
    if lock.version != _UNDERSTOOD_VERSION:
        return LockState(kind="unknown", reason=f"the lock has version {lock.version}, which is not understood here")
    try:
        workspace = workspace_at(directory, documents)
    except UndecidedError as obstacle:
        return LockState(kind="unknown", reason=str(obstacle))
    question = _Question(
        lock=lock,
        workspace=workspace,
        documents=documents,
        settings=workspace.uv if uv_toml is None else uv_toml,
        python=python_range((lock.requires_python,)),
    )
    unsure: Difference | None = None
    for difference in _differences(question):
        if difference.is_certain:
            return LockState(kind="stale", reason=difference.reason)
        unsure = unsure or difference
    return LockState(kind="current") if unsure is None else LockState(kind="unknown", reason=unsure.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    lock: Lock
    workspace: UvWorkspace
    documents: Documents
    settings: Mapping[str, object]  # `[tool.uv]`, or uv.toml in its place
    python: PythonRange


def _differences(asked: _Question) -> Iterator[Difference]:
    """All differences, what is nearest to the user's own edits first."""
    lock, workspace, settings, python = asked.lock, asked.workspace, asked.settings, asked.python
    if {"no-sources", "no-sources-package"} & {*settings}:
        yield Difference("`no-sources` is set, which is not compared", is_certain=False)
        return
    needs: list[Need] = []
    checks: tuple[Callable[[], Iterator[Difference]], ...] = (
        lambda: member_differences(lock, workspace),
        lambda: _local_differences(asked, needs),
        lambda: manifest_differences(lock, workspace, asked.documents, python),
        lambda: python_differences(lock, workspace),
        lambda: environment_differences(lock, workspace, python),
        lambda: conflict_differences(lock, workspace),
        lambda: option_differences(lock, settings),
        lambda: cutoff_differences(lock, settings),
        lambda: exclusion_differences(lock, workspace),
        lambda: static_metadata_differences(lock, settings),
        lambda: index_differences(_registry_sources(lock, workspace), settings, workspace.directory, needs),
    )
    for check in checks:
        yield from _guarded(check)


def _guarded(check: Callable[[], Iterator[Difference]]) -> Iterator[Difference]:
    """The differences that `check` finds; where it cannot go on, that it cannot tell."""
    try:
        yield from check()
    except UndecidedError as obstacle:
        yield Difference(str(obstacle), is_certain=False)
    except UsageError as error:
        yield Difference(error.message, is_certain=False)


def _local_differences(asked: _Question, needs: list[Need]) -> Iterator[Difference]:
    """Those of every project on disk that the lock reaches from the members; `needs` collects what these need."""
    for package in _reached(asked.lock, asked.workspace):
        if package.source.kind == "path":
            reason = f"{package.name} is the file {package.source.value}, which is not read here"
            yield Difference(reason, is_certain=False)
        elif package.source.kind in LOCAL_KINDS:
            yield from _guarded(functools.partial(_project_differences, asked, package, needs))


def _project_differences(asked: _Question, package: LockedPackage, needs: list[Need]) -> Iterator[Difference]:
    now = declared(package, asked.workspace, asked.documents)
    needs.extend(now.needs)
    yield from package_differences(asked.lock, package, now, asked.python)


def _registry_sources(lock: Lock, workspace: UvWorkspace) -> Iterator[tuple[str, LockSource]]:
    """Name and source of what projects on disk take from an index; uv looks no further."""
    for package in _reached(lock, workspace):
        for name in package.dependencies:
            yield from ((name, source) for source in lock.sources(name) if source.kind == "registry")


def _reached(lock: Lock, workspace: UvWorkspace) -> Iterator[LockedPackage]:
    """The packages that are not fixed by an index or a commit, from the root on, each once."""
    root_first = sorted(workspace.members.values(), key=lambda member: member.directory != workspace.directory)
    waiting = [member.name for member in root_first]
    waiting += _root_requirements(lock)
    seen = {*waiting}
    for name in waiting:
        if not any(source.kind in (*LOCAL_KINDS, "path") for source in lock.sources(name)):
            continue
        for package in lock.package(name):
            yield package
            new = [each for each in package.dependencies if each not in seen]
            seen.update(new)
            waiting.extend(new)


def _root_requirements(lock: Lock) -> list[str]:
    """What the groups of a root without project require, by name."""
    groups = table(dict(lock.header), "manifest", "dependency-groups").values()
    return [each.name for group in groups for each in requirements(group, lock.file)]
