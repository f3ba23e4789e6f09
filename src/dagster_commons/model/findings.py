"""What `check` and discovery report about the user's files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

FindingSeverity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands that a finding has to do with, and what it does there."""

    file: Path
    line: int | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: the rule that says so, where it is, whom it concerns, and the remedy."""

    rule: str
    severity: FindingSeverity
    subject: str  # a location, module or file the finding is about
    message: str
    file: Path | None = None
    line: int | None = None
    fix: str | None = None  # a command, or what to write instead
    related: tuple[Place, ...] = ()  # what makes it worse


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A rule that could not tell, or only in part, and why."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `check` comes to: what was found, and which rules could not tell."""

    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
