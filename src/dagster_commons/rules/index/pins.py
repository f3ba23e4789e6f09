"""REG: uses of an index that leave open what will be installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.analysis.index_ties import IndexTies
from dagster_commons.analysis.remote_reach import not_asked, remote_registries_of
from dagster_commons.model.registry import Listed, Unread
from dagster_commons.model.sources import IndexSource
from dagster_commons.model.versions import is_same_version
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.registry import Listing
    from dagster_commons.model.workspace import Use

ASKING_REGISTRIES = "REG009"

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
    """Uses of a version that its registry has yanked: one here, or one on the web that was asked."""
    ties = IndexTies.of(evidence)
    seen: set[tuple[Path, str]] = set()
    untold: dict[str, None] = {}
    for use in evidence.workspace.uses:
        if not isinstance(use.source, IndexSource) or (use.project, use.module) in seen or use.locked is None:
            continue
        seen.add((use.project, use.module))
        states = [each for each in evidence.registries if str(each.directory) in ties.places_of(use)]
        listings = () if states else tuple(_listings(evidence, use))
        untold |= {each.reason: None for each in listings if isinstance(each, Unread)}
        if any((use.module, use.locked) in each.yanked for each in states) or _is_yanked(use.locked, listings):
            yield Hit(
                subject=use.location,
                message=f"{use.module} {use.locked} is yanked in its registry",
                file=use.project / "pyproject.toml",
                line=use.line,
                fix=f"commons upgrade {use.module} -l {use.location}",
            )
    for reason in untold:
        yield CannotTell(reason=reason)


def _listings(evidence: Evidence, use: Use) -> Iterator[Listing]:
    """What the registries on the web that the use may come from answered, or why nothing is known of them."""
    registries = remote_registries_of(evidence.workspace, use)
    if not registries:
        yield Unread(reason=f"the index that {use.module} comes from is not among the registries of commons.toml")
    for each in registries:
        answer = (evidence.listings or {}).get((each.name, use.module))
        yield answer if answer is not None else Unread(reason=not_asked(registries))


def _is_yanked(version: str, listings: Iterable[Listing]) -> bool:
    versions = (each for listing in listings if isinstance(listing, Listed) for each in listing.versions)
    return any(is_same_version(each.version, version) and each.yanked is not None for each in versions)


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
        id=ASKING_REGISTRIES,
        severity="warning",
        title="yanked version",
        why="Whoever released it took it back; a lock keeps it, and nobody is told.",
        fix="move to a version that is not yanked",
        bad="shared==0.1.2, which was yanked",
        good="shared==0.1.3",
        look=yanked,
    ),
)
