"""Every rule by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.api.rules import classes, metadata, objects, parameters, results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.analysis.api.rule import ApiRule

RULES: Mapping[str, ApiRule] = {
    each.id: each for each in (*objects.RULES, *parameters.RULES, *results.RULES, *classes.RULES, *metadata.RULES)
}
