"""Which source fits: the table "right when" of docs/explanation/sources.md, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster_commons.model.sources import SourceKind
    from dagster_commons.plans.advice.circumstances import Circumstances


def chosen(seen: Circumstances) -> SourceKind:
    """The source that fits; among several that do, the one that the use has already."""
    if seen.current == "member":
        return "member"
    if seen.is_one_repository and seen.needed is None:
        return "path"
    if _is_index_right(seen):
        return "index"
    if _is_git_right(seen):
        return "git"
    return "path" if seen.is_one_repository else "submodule"


def _is_index_right(seen: Circumstances) -> bool:
    """Versions matter, and there is a registry that the code location can install from."""
    return seen.registry is not None and (seen.current == "index" or bool(seen.releases) or seen.is_versioned)


def _is_git_right(seen: Circumstances) -> bool:
    """Pinned versions without a registry: this use has or needs one, and tags mark them."""
    if seen.current == "git":
        return True
    is_pinned = seen.requirement is not None or seen.needed is not None
    return is_pinned and bool(seen.tagged) and seen.has_remote
