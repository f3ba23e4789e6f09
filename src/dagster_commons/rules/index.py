"""REG: uses of an index that leave open what will be installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.model.sources import IndexSource
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

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
)
