"""LOCK: locks that do not say what the projects say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.workspace import LockStateKind, Workspace


def stale(workspace: Workspace) -> Iterator[Hit]:
    """Locations whose lock differs from what their projects declare."""
    yield from _locks_in(workspace, "stale")


def missing(workspace: Workspace) -> Iterator[Hit]:
    """Locations that use a shared module and have no lock."""
    yield from _locks_in(workspace, "missing")


def _locks_in(workspace: Workspace, kind: LockStateKind) -> Iterator[Hit]:
    seen: set[Path] = set()
    for use in workspace.uses:
        location = workspace.location(use.location)
        if use.lock.kind != kind or location is None:
            continue
        project = workspace.project_at(location.path)
        lock = ((project.uv_root if project is not None else None) or location.path) / "uv.lock"
        if lock not in seen:
            seen.add(lock)
            yield Hit(
                subject=use.location,
                message=use.lock.reason or f"the lock is {kind}",
                file=lock,
                fix=f"commons lock -l {use.location}",
            )


RULES = (
    Rule(
        id="LOCK001",
        severity="error",
        title="stale lock",
        why="`uv sync --locked` fails on it, and `--frozen` installs what it says without the new dependencies.",
        fix="commons lock",
        bad='pyproject.toml needs "shared==0.2.0", uv.lock says 0.1.3',
        good="uv.lock was made after the last change of the projects it covers",
        look=stale,
    ),
    Rule(
        id="LOCK002",
        severity="warning",
        title="no lock",
        why="Without uv.lock every environment is resolved anew, each on its own day.",
        fix="commons lock",
        bad="a location that uses a shared module and has no uv.lock",
        good="uv.lock beside pyproject.toml, committed",
        look=missing,
    ),
)
