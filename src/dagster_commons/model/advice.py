"""Which source fits a use of a shared module, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.sources import SourceKind, WritableSourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A Dockerfile and what it copies into the image, as written: paths below a directory that it does not name."""

    path: Path
    copied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the files around the projects say of people and images, by project directory."""

    owners: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)  # as CODEOWNERS spells them, sorted
    image_files: Mapping[Path, ImageFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedSource:
    """One way of sharing, and what the repositories say for it and against it."""

    source: WritableSourceKind
    reasons_for: tuple[str, ...] = ()
    reasons_against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The source that fits the uses of `module` in `locations`, which have all the same reasons.

    `weighed` are all ways, the recommended one first.  `command` is None where nothing is to be changed, or where we
    do not write; `first` is what has to be done before it, or what is in its way.
    """

    module: str
    locations: tuple[str, ...]
    current: SourceKind
    recommended: SourceKind
    weighed: tuple[WeighedSource, ...]
    command: str | None = None
    first: str | None = None
