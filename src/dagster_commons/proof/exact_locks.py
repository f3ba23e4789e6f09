"""What uv itself says of every lock: slower than computing it, and the last word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.model.workspace import LockState
from dagster_commons.tools.uv import RESOLUTION_SETTINGS, uv
from dagster_commons.tools.workers import workers

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.workspace import Workspace

LOCK_DIFFERS = 1  # uv's exit code for a lock that needs updating


def exact_lock_states(workspace: Workspace) -> Workspace:
    """`workspace` with every lock state as `uv lock --check` gives it; a failure of uv's is unknown, with its words."""
    roots = {use.project: _lock_root(workspace, use.project) for use in workspace.uses}
    distinct = sorted(set(roots.values()))
    with workers() as pool:
        states = dict(zip(distinct, pool.map(_state, distinct), strict=True))
    return replace(workspace, uses=tuple(replace(use, lock=states[roots[use.project]]) for use in workspace.uses))


def _lock_root(workspace: Workspace, directory: Path) -> Path:
    project = workspace.project_at(directory)
    return (project.uv_root or directory) if project is not None else directory


def _state(directory: Path) -> LockState:
    if not (directory / "uv.lock").exists():
        return LockState(kind="missing", reason="there is no uv.lock")
    # A cache may hold yesterday's dynamic metadata; `--refresh-package` would resolve anew: intact locks look stale.
    answer = uv(directory, "lock", "--check", "--no-cache", without=RESOLUTION_SETTINGS, check=False)
    if answer.exit_code == 0:
        return LockState(kind="current")
    reason = answer.error_text.splitlines()[-1] if answer.error_text else f"uv ended with {answer.exit_code}"
    needs_update = answer.exit_code == LOCK_DIFFERS and "needs to be updated" in answer.error_text
    return LockState(kind="stale" if needs_update else "unknown", reason=reason)
