"""The states that a diff compares: each a whole tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionState:
    """A commit of the root's repository, submodules included; other repositories of the fleet stay as they are."""

    revision: str  # as the user wrote it
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorktreeState:
    """The working trees as they are now, uncommitted changes included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionState:
    """The working trees with every use of `module` moved to `version`."""

    module: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryState:
    """A project directory of one location, wherever it lies."""

    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotState:
    """A snapshot taken earlier."""

    file: Path


State: TypeAlias = RevisionState | WorktreeState | VersionState | DirectoryState | SnapshotState


def state_title(state: State) -> str:
    """How a report names `state`."""
    match state:
        case RevisionState():
            return state.revision
        case WorktreeState():
            return "worktree"
        case VersionState():
            return f"{state.module} {state.version}"
        case DirectoryState():
            return str(state.directory)
        case SnapshotState():
            return state.file.name
