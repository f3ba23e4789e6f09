"""The words by which a state is named on the command line: revision, `MODULE==VERSION`, file, directory, `worktree`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.model.names import module_and_version
from dagster_commons.model.states import DirectoryState, SnapshotState, State, VersionState, WorktreeState
from dagster_commons.plans.users import require_used
from dagster_commons.proof.materialising import repository_of_root
from dagster_commons.proof.revisions import merge_base, resolve_revision

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace

WORKTREE = "worktree"


def state_named(workspace: Workspace, text: str | None, *, default: str) -> State:
    """The state that `text` names; without it the working tree, or the merge base where `default` says "merge-base".

    A revision goes before a file or directory of the same name, unless that is written as a path: `./sales`.

    Raises:
        UsageError: nothing has that name, a version is none, or nobody uses the module.

    """
    if text is None and default == WORKTREE:
        return WorktreeState()
    if text is None:
        return merge_base(repository_of_root(workspace))
    if text == WORKTREE:
        return WorktreeState()
    on_disk = _state_on_disk(Path(text))
    if on_disk is not None and (text.startswith((".", "/", "~")) or not _is_revision(workspace, text)):
        return on_disk
    module, version = module_and_version(text)
    if version is not None:
        require_used(workspace, module)
        return VersionState(module=module, version=version)
    return resolve_revision(repository_of_root(workspace), text)


def _state_on_disk(path: Path) -> DirectoryState | SnapshotState | None:
    if path.is_dir():
        return DirectoryState(directory=path.resolve())
    return SnapshotState(file=path.absolute()) if path.is_file() else None


def _is_revision(workspace: Workspace, text: str) -> bool:
    try:
        resolve_revision(repository_of_root(workspace), text)
    except UsageError:
        return False
    return True
