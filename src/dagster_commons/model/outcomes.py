"""What a changing verb ended with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.own_tests import OwnTests
    from dagster_commons.model.plan import Effect, Plan, Upload
    from dagster_commons.model.release import Judgement, Recorded
    from dagster_commons.model.verdicts import LocationVerdict

OutcomeKind: TypeAlias = Literal[
    "applied",
    "rolled-back",
    "refused",
    "planned",
    "unchanged",  # everything is as asked for already; the reason says so
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProof:
    """What an environment said when asked to import a module: version and file, or what is not as expected."""

    location: str
    module: str
    version: str | None = None
    file: Path | None = None
    failure: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedPlan:
    """A plan carried out in the twin: its effects on the user's tree and the proofs taken there."""

    plan: Plan
    effects: tuple[Effect, ...]
    commands: tuple[str, ...]  # what was run in the twin, for `--dry-run`
    proofs: tuple[ImportProof, ...]
    third_party: tuple[str, ...] = ()  # third-party versions that the new locks move, one line each
    verdicts: tuple[LocationVerdict, ...] = ()  # what it does to the definitions of each location concerned
    own_tests: tuple[OwnTests, ...] = ()  # where they were asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a staged plan."""

    kind: OutcomeKind
    staged: StagedPlan
    published: tuple[Upload, ...] = ()
    notes: tuple[str, ...] = ()  # what was done beside the plan, e.g. environments synced
    recorded: Recorded | None = None  # what git has of a release
    judgement: Judgement | None = None  # what a release's changes ask for
    reason: str | None = None
