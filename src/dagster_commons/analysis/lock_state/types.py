"""What the modules of this package hand each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from dagster_commons.analysis.lock_state.markers import Marker

Documents: TypeAlias = Mapping[Path, Mapping[str, object]]

SourceKey: TypeAlias = tuple[str, ...]  # kind, URL or absolute path, then what else tells two sources apart


@dataclass(frozen=True, slots=True)
class Need:
    """One requirement with its source worked out, in a form in which two can be compared."""

    name: str
    extras: tuple[str, ...]
    specifier: frozenset[str]
    source: SourceKey | None
    conflict: tuple[str, ...]
    marker: Marker


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the lock says otherwise (`is_certain`), or that cannot be compared."""

    reason: str
    is_certain: bool = True
