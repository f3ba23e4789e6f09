"""Which code locations a change reaches, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster_commons.model.workspace import CodeLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedLocation:
    """A location that the change reaches; each reason names a file, a module or a lock: `shared: src/shared/io.py`."""

    location: CodeLocation
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """The locations that what changed since `base`, a git revision as the user wrote it, reaches."""

    base: str
    locations: tuple[AffectedLocation, ...] = ()
