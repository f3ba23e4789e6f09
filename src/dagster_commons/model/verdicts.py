"""What a change does to one code location."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from dagster_commons.model.configuration import Acceptance
    from dagster_commons.model.definitions import CodeChange, DefinitionsDiff, Severity, Snapshot

How: TypeAlias = Literal["fork", "fresh", "isolated"]
FailOn: TypeAlias = Literal["breaking", "broken", "unverifiable", "notable", "any"]
FAIL_ON_DEFAULT: tuple[FailOn, ...] = ("breaking", "broken", "unverifiable")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFailure:
    """Why definitions could not be loaded: the exception, and where in the user's files it arose."""

    type: str
    message: str
    file: str | None = None
    line: int | None = None
    traceback_tail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingInput:
    """Why a location could not be loaded as it would be in earnest: a variable, a file, an interpreter is missing."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The state has no such location."""


LoadResult: TypeAlias = "Snapshot | LoadFailure | MissingInput | Absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The same definitions; `code` names the bodies that changed under them."""

    code: tuple[CodeChange, ...] = ()
    masked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    diff: DefinitionsDiff
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """It loaded before and does not load now."""

    failure: LoadFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverifiable:
    """It could not be told, and why: never to be read as unchanged."""

    reason: str
    failure: LoadFailure | None = None


Verdict: TypeAlias = Unchanged | Changed | Broken | Unverifiable


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationVerdict:
    """One location's verdict and how it was come by."""

    location: str
    verdict: Verdict
    seconds: float = 0.0
    is_cached: bool = False
    how: How = "fork"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport:
    """What `commons diff` found: the two states, one verdict per location that the change reaches, and what to say.

    `unused` are acceptances that no change needed although their location was compared, `expired` those that a date
    has ended; both are said, so that they get removed.
    """

    before: str  # title of the state: `shared 0.1.3`, `main`
    after: str
    verdicts: tuple[LocationVerdict, ...] = ()
    unused: tuple[Acceptance, ...] = ()
    expired: tuple[Acceptance, ...] = ()
    notes: tuple[str, ...] = ()
