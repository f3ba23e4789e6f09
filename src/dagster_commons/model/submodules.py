"""A git submodule as its superproject records it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.workspace import UseState


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSubmodule:
    """One submodule: what is recorded, the states it is in, and the release tags of its repository that are here."""

    repository: Path  # the superproject's working tree
    path: Path
    name: str
    url: str | None  # as written in `.gitmodules`
    resolved_url: str | None
    commit: str | None  # that the superproject pins
    states: tuple[UseState, ...] = ("ok",)
    tags: tuple[str, ...] = ()  # of the pinned commit, those that name a version
    has_releases: bool = False  # whether any commit has such a tag, as far as the checkout knows
