"""The two sides of a comparison, made from the states that were named."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, assert_never

from dagster_commons.discovery import find_root, read_workspace
from dagster_commons.errors import UsageError
from dagster_commons.model.states import (
    DirectoryState,
    RevisionState,
    SnapshotState,
    State,
    VersionState,
    WorktreeState,
)
from dagster_commons.probe.snapshot_file import from_json
from dagster_commons.proof.comparison import Side
from dagster_commons.proof.materialising import materialised
from dagster_commons.proof.versions import at_version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dagster_commons.model.definitions import Snapshot
    from dagster_commons.model.workspace import CodeLocation, Workspace

SingleState = DirectoryState | SnapshotState


@contextlib.contextmanager
def side_of(workspace: Workspace, state: State, names: Collection[str], *, offline: bool) -> Iterator[Side]:
    """The side that `state` is, for as long as the context is open.

    `names` are the locations that are asked for; with `offline` no remote is asked for a version.

    Raises:
        ToolError: a state cannot be made.
        UsageError: a file is no snapshot, a directory no location's, or nobody uses a module.

    """
    match state:
        case RevisionState() | WorktreeState():
            with materialised(workspace, state) as tree:
                yield Side(tree=tree)
        case DirectoryState():
            home, location = _location_at(state, names)
            with materialised(home, WorktreeState()) as tree:
                yield Side(tree=tree, only=tree.workspace.location(location.name))
        case SnapshotState():
            yield Side(snapshot=_read(state))
        case VersionState():
            with at_version(workspace, state, names, offline=offline) as side:
                yield side
        case _:
            assert_never(state)


def compared_name(before: State, after: State, names: Collection[str]) -> str:
    """What the one location is called of which at least one side is all there is.

    Raises:
        UsageError: it is not clear which location is meant.

    """
    if len(names) == 1:
        return next(iter(names))
    for state in (after, before):
        if isinstance(state, DirectoryState):
            return _location_at(state, names)[1].name
    if isinstance(before, SnapshotState) and isinstance(after, SnapshotState):
        return after.file.stem
    raise UsageError(f"a snapshot is of one code location, here are {len(names)}", hint="name it: -l NAME")


def _location_at(state: DirectoryState, names: Collection[str]) -> tuple[Workspace, CodeLocation]:
    home = read_workspace(find_root(state.directory), offline=True)
    found = [each for each in home.locations if each.path == state.directory]
    if len(found) > 1:
        found = [each for each in found if each.name in names] or found
    if not found:
        known = ", ".join(each.name for each in home.locations)
        raise UsageError(
            f"{state.directory} is no code location's project directory",
            hint=f"below its root there are: {known}" if known else None,
        )
    if len(found) > 1:
        raise UsageError(f"{state.directory} holds {len(found)} code locations", hint="name one: -l NAME")
    return home, found[0]


def _read(state: SnapshotState) -> Snapshot:
    try:
        return from_json(state.file.read_text(encoding="utf-8"), file=state.file)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the snapshot cannot be read: {error}", file=state.file) from error
