"""REG: package indexes. What leaves open which distribution package is installed, and whose; and secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.rules.index import held, locked, outside, pins, public, secrets, ties

if TYPE_CHECKING:
    from dagster_commons.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *pins.RULES,
    *ties.RULES,
    *locked.RULES,
    *outside.RULES,
    *secrets.RULES,
    *held.RULES,
    *public.RULES,
)
