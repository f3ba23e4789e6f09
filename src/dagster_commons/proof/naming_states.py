"""The words by which a state is named on the command line: revision, `MODULE==VERSION`, file, directory, `worktree`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.model.states import RevisionState, SnapshotState, State, WorktreeState
from dagster_commons.proof.materialising import repository_of_root
from dagster_commons.proof.revisions import merge_base, resolve_revision

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace

WORKTREE = "worktree"


def state_named(workspace: Workspace, text: str | None, *, default: str) -> State:
    """The state that `text` names; without it the working tree, or the merge base where `default` says "merge-base".

    Raises:
        UsageError: nothing has that name.

    """
    if text is None and default == WORKTREE:
        return WorktreeState()
    if text is None:
        return merge_base(repository_of_root(workspace))
    if text == WORKTREE:
        return WorktreeState()
    if text.endswith(".json") and Path(text).is_file():
        return SnapshotState(file=Path(text).absolute())
    if "==" in text:
        raise UsageError(
            f"`{text}` cannot be compared here",
            hint="`commons upgrade MODULE==VERSION --dry-run` shows the verdicts of that version",
        )
    return _revision(workspace, text)


def _revision(workspace: Workspace, text: str) -> RevisionState:
    return resolve_revision(repository_of_root(workspace), text)
