"""What `check` looks for: one small declared rule each, pure functions over the Workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.rules import (
    acceptances,
    builder,
    definitions,
    images,
    imports,
    index,
    lock_contents,
    locks,
    names,
    packaging,
    paths,
    ranges,
    reading,
    submodule_ci,
    submodule_records,
    submodules,
)

if TYPE_CHECKING:
    from dagster_commons.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *locks.RULES,
    *lock_contents.RULES,
    *paths.RULES,
    *builder.RULES,
    *imports.RULES,
    *names.RULES,
    *ranges.RULES,
    *index.RULES,
    *submodules.RULES,
    *submodule_records.RULES,
    *submodule_ci.RULES,
    *images.RULES,
    *packaging.RULES,
    *definitions.RULES,
    *reading.RULES,
    *acceptances.RULES,
)
