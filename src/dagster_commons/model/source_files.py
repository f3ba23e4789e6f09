"""What a file of Python or YAML code says of other code, read without importing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """The first absolute import of a top-level import package in a file."""

    package: str
    line: int
    is_guarded: bool = False  # in a `try`, or for type checkers alone


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file below a project; `mentions` are those of the asked names that stand in it as a word."""

    path: Path
    project: Path  # directory of the innermost project around it
    imports: tuple[Import, ...] = ()
    mentions: frozenset[str] = frozenset()
    unread: str | None = None  # why its imports are unknown
