"""What `check` looks for: one small declared rule each, pure functions over the Workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.rules import acceptances, index, locks, paths, reading, submodules

if TYPE_CHECKING:
    from dagster_commons.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *locks.RULES,
    *paths.RULES,
    *index.RULES,
    *submodules.RULES,
    *reading.RULES,
    *acceptances.RULES,
)
