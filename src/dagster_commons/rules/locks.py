"""LOCK: locks that do not say what the projects say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.workspace import LockStateKind


def stale(evidence: Evidence) -> Iterator[Hit]:
    """Locations whose lock differs from what their projects declare."""
    yield from _locks_in(evidence, "stale")


def missing(evidence: Evidence) -> Iterator[Hit]:
    """Locations that use a shared module and have no lock."""
    yield from _locks_in(evidence, "missing")


def _locks_in(evidence: Evidence, kind: LockStateKind) -> Iterator[Hit]:
    seen: set[Path] = set()
    for use in evidence.workspace.uses:
        location = evidence.workspace.location(use.location)
        if use.lock.kind != kind or location is None:
            continue
        project = evidence.workspace.project_at(location.path)
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
        is_mendable=True,
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
        is_mendable=True,
        look=missing,
    ),
)
