"""What a change does to one code location."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from dagster_commons.model.definitions import CodeChange, DefinitionsDiff, Severity

How: TypeAlias = Literal["fork", "fresh", "isolated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFailure:
    """Why definitions could not be loaded: the exception, and where in the user's files it arose."""

    type: str
    message: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The same definitions; `code` names the bodies that changed under them."""

    code: tuple[CodeChange, ...] = ()
    masked: tuple[str, ...] = ()


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
