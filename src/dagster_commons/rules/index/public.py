"""REG: managed names that strangers have on the public index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.index_ties import names_in_reach_of_strangers
from dagster_commons.model.sources import IndexSource
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.evidence import Evidence

ASKING_THE_PUBLIC_INDEX = "REG008"


def taken(evidence: Evidence) -> Iterator[Hit | CannotTell]:
    """Names that uv might ask of its default index, and that this one has."""
    names = names_in_reach_of_strangers(evidence)
    if names and evidence.public_names is None:
        yield CannotTell(reason="uv's default index was not asked")
    for answer in evidence.public_names or ():
        if answer.module not in names:
            continue
        if answer.unread is not None:
            yield CannotTell(reason=f"{answer.module}: {answer.unread}")
        elif answer.version is not None:
            uses = (each for each in evidence.workspace.uses_of(answer.module) if isinstance(each.source, IndexSource))
            first = next(uses)
            yield Hit(
                subject=answer.module,
                message=f"uv's default index has a {answer.module} too, at {answer.version}",
                file=first.project / "pyproject.toml",
                line=first.line,
            )


RULES = (
    Rule(
        id=ASKING_THE_PUBLIC_INDEX,
        severity="warning",
        title="managed name that the public index has, too",
        why="One gap is enough to get that one: a missing source entry, a registry that is down, a bare requirement.",
        fix="rename the distribution package (acme-shared), or keep it tied to its index",
        bad="a module called shared",
        good="a module called acme-shared, which nobody else has",
        look=taken,
        needs_network=True,
    ),
)
