"""Modules written from texts, and what changed between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.api.comparison import api_changes
from dagster_commons.tools.api.extraction import read_surface
from dagster_commons.tools.api.metadata import read_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.api import ApiChange, Surface

PACKAGE = "m"


def surface_of(place: Path, text: str | Mapping[str, str]) -> Surface:
    """The surface of the import package `m` with `text` as its `__init__.py`, or with the files of a mapping."""
    files = {"__init__.py": text} if isinstance(text, str) else {"__init__.py": "", **text}
    for name, content in files.items():
        at = place / name if name == "pyproject.toml" else place / PACKAGE / name
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(content)
    return read_surface(place, [PACKAGE], read_metadata(place, [PACKAGE]))


def changes_of(place: Path, old: str | Mapping[str, str], new: str | Mapping[str, str]) -> tuple[ApiChange, ...]:
    """What `api_changes` finds between two such packages, written below `place`."""
    return api_changes(surface_of(place / "old", old), surface_of(place / "new", new))
