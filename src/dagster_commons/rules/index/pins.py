"""REG: uses of an index that leave open what will be installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.analysis.index_ties import IndexTies
from dagster_commons.model.sources import IndexSource
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence

_EXACT = re.compile(r"===?\s*[0-9][^,*]*(;|$)")


def unpinned(evidence: Evidence) -> Iterator[Hit]:
    """Direct uses from an index without an exact version."""
    for use in evidence.workspace.uses:
        if not isinstance(use.source, IndexSource) or use.through is not None or _EXACT.search(use.requirement):
            continue
        version = use.locked or use.available or "VERSION"
        yield Hit(
            subject=use.location,
            message=f"`{use.requirement}` admits any version that some index has",
            file=use.project / "pyproject.toml",
            line=use.line,
            fix=f"write {use.module}=={version}",
        )


def yanked(evidence: Evidence) -> Iterator[Hit | CannotTell]:
    """Uses of a version that its registry has yanked, as far as the registries are here."""
    ties = IndexTies.of(evidence)
    seen: set[tuple[Path, str]] = set()
    is_unread = False
    for use in evidence.workspace.uses:
        if not isinstance(use.source, IndexSource) or (use.project, use.module) in seen or use.locked is None:
            continue
        seen.add((use.project, use.module))
        states = [each for each in evidence.registries if str(each.directory) in ties.places_of(use)]
        is_unread |= not states
        if any((use.module, use.locked) in each.yanked for each in states):
            yield Hit(
                subject=use.location,
                message=f"{use.module} {use.locked} is yanked in its registry",
                file=use.project / "pyproject.toml",
                line=use.line,
                fix=f"commons upgrade {use.module} -l {use.location}",
            )
    if is_unread:
        yield CannotTell(reason="what a registry behind a URL has yanked is not asked for")


RULES = (
    Rule(
        id="REG001",
        severity="warning",
        title="no exact pin",
        why="Relocking moves it unasked; with the private index gone or misspelt the public one may answer instead.",
        fix="pin the version exactly",
        bad='dependencies = ["shared>=0.1"]',
        good='dependencies = ["shared==0.1.3"]',
        is_mendable=True,
        look=unpinned,
    ),
    Rule(
        id="REG009",
        severity="warning",
        title="yanked version",
        why="Whoever released it took it back; a lock keeps it, and nobody is told.",
        fix="move to a version that is not yanked",
        bad="shared==0.1.2, which was yanked",
        good="shared==0.1.3",
        look=yanked,
    ),
)
