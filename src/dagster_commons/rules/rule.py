"""What a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.findings import FindingSeverity, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a rule fires: whom it concerns, what is wrong there, where, and the remedy for it."""

    subject: str
    message: str
    file: Path | None = None
    line: int | None = None
    fix: str | None = None
    related: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """A place where the rule could not look, and why: reported as skipped, never passed in silence."""

    reason: str


Look: TypeAlias = "Callable[[Evidence], Iterator[Hit | CannotTell]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as data; `look` yields the places where it fires or cannot tell, `bad`/`good` are an example pair.

    `look` None: found elsewhere, while the files are read or after every rule has looked.  `headline` tells all its
    findings in a few words, from what there is and how many were found.
    """

    id: str
    severity: FindingSeverity
    title: str
    why: str
    fix: str
    bad: str
    good: str
    look: Look | None = None
    headline: Callable[[Evidence, int], str] | None = None
    needs_network: bool = False
    needs_definitions: bool = False  # it looks at what `check --definitions` loads
    is_mendable: bool = False  # `check --fix` has a plan for it
