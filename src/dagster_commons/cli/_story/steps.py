"""What a step of the story is made of.  Every path is relative to the directory in which the story takes place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """New files below `place`."""

    place: str
    files: tuple[tuple[PurePosixPath, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A text file edited by hand: each old text, which stands there once, becomes the new one."""

    path: str
    replacements: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command as a reader would type it; `environment` is typed before it, `exit_code` is what it has to end with."""

    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    exit_code: int = 0


Action: TypeAlias = Write | Edit | Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A piece of the story: what is about to happen, why, and the actions that make it happen."""

    title: str
    said: str
    actions: tuple[Action, ...]
