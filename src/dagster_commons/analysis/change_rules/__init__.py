"""How severe a change of definitions is, by rules that are data."""

from __future__ import annotations

from dagster_commons.analysis.change_rules.judgement import RULES, judged
from dagster_commons.analysis.change_rules.rule import ChangeRule

__all__ = ["RULES", "ChangeRule", "judged"]
