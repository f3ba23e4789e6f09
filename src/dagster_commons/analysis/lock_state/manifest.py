"""Requirements that the uv workspace's root sets for the whole resolution: constraints, overrides, its own groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.lock_state.comparison import Reading, compare
from dagster_commons.analysis.lock_state.groups import RecordedGroups, group_differences, lowered_groups, records_groups
from dagster_commons.analysis.lock_state.lowering import Lowering
from dagster_commons.analysis.lock_state.requirements import locked_need
from dagster_commons.analysis.lock_state.tables import table, tables, texts
from dagster_commons.analysis.lock_state.types import Difference
from dagster_commons.analysis.lock_state.wording import opposed
from dagster_commons.tools.lockfile import requirements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dagster_commons.analysis.lock_state.types import Documents, Need
    from dagster_commons.analysis.lock_state.versions import PythonRange
    from dagster_commons.analysis.lock_state.workspaces import UvWorkspace
    from dagster_commons.tools.lockfile import Lock

_SETTINGS: tuple[tuple[str, str, Reading], ...] = (  # the setting, the lock's key, how uv reads it
    ("constraint-dependencies", "constraints", "limits"),
    ("override-dependencies", "overrides", "demands"),
    ("build-constraint-dependencies", "build-constraints", "texts"),
)


def manifest_differences(
    lock: Lock, workspace: UvWorkspace, documents: Documents, python: PythonRange
) -> Iterator[Difference]:
    """How constraints, overrides, build constraints and the groups of a root without project differ.

    Raises:
        UndecidedError: one of them cannot be worked out or compared.

    """
    manifest = table(dict(lock.header), "manifest")
    lowering = Lowering(
        directory=workspace.directory,
        project=None,
        sources=table(workspace.uv, "sources"),
        indexes=tables(workspace.uv, "index"),
        workspace=workspace,
        documents=documents,
    )
    for setting, key, reading in _SETTINGS:
        if _is_scoped(workspace.uv, setting) or _is_scoped(manifest, key, "package"):
            if workspace.uv.get(setting) or manifest.get(key):
                yield Difference(f"`{setting}` for single packages is not compared", is_certain=False)
            continue
        old = _locked(manifest.get(key, []), lock)
        new = [need for each in texts(workspace.uv, setting) for need in lowering.needs(each)]
        if key != "build-constraints":
            new = [need for need in new if is_relevant(lock, need.name, {each.name for each in old})]
        left = compare(new, old, python, reading)
        if not left.is_same:
            yield Difference(opposed(lock, "pyproject", setting, left))
    new_groups: Mapping[str, tuple[Need, ...]] = {}
    if not workspace.has_project_root:
        new_groups = lowered_groups(workspace.document, lowering)
        yield from _root_group_differences(lock, workspace)
    old_groups = {name: _locked(group, lock) for name, group in table(manifest, "dependency-groups").items()}
    yield from group_differences("pyproject", _filled(new_groups), _filled(old_groups), python)


def _root_group_differences(lock: Lock, workspace: UvWorkspace) -> Iterator[Difference]:
    manifest = table(dict(lock.header), "manifest")
    recorded = RecordedGroups.of(manifest.get("default-groups"), table(manifest, "group-requires-python"))
    if records_groups(lock) and RecordedGroups.declared(workspace.document) != recorded:
        yield Difference("pyproject says other default groups, or another Python for one, than the lock")


def _filled(groups: Mapping[str, Sequence[Need]]) -> dict[str, Sequence[Need]]:
    return {name: group for name, group in groups.items() if group}


def is_relevant(lock: Lock, name: str, recorded: Collection[str]) -> bool:
    """Whether a setting for `name` can change the lock now: the rest waits until something else does."""
    return bool(lock.sources(name)) or name in recorded


def _is_scoped(document: Mapping[str, object], key: str, mark: str = "") -> bool:
    entries = document.get(key, [])
    return isinstance(entries, list) and any(isinstance(each, dict) and (not mark or mark in each) for each in entries)


def _locked(array: object, lock: Lock) -> list[Need]:
    return [locked_need(each, lock.file.parent) for each in requirements(array, lock.file)]
