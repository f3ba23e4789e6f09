"""What a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dagster_commons.model.findings import FindingSeverity
    from dagster_commons.model.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a rule fires: whom it concerns, what is wrong there, where, and the remedy for it."""

    subject: str
    message: str
    file: Path | None = None
    line: int | None = None
    fix: str | None = None


Look: TypeAlias = "Callable[[Workspace], Iterator[Hit]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as data; `look` yields the places where it fires, and `bad`/`good` are an example pair.

    `look` None: found elsewhere, while the files are read or after every rule has looked.
    """

    id: str
    severity: FindingSeverity
    title: str
    why: str
    fix: str
    bad: str
    good: str
    look: Look | None = None
