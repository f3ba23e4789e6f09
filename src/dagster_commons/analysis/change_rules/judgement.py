"""A change judged by the one rule that knows it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dagster_commons.analysis.change_rules import appearance, behaviour, losses
from dagster_commons.analysis.change_rules.paths import own_field
from dagster_commons.model.definitions import Change

if TYPE_CHECKING:
    from dagster_commons.analysis.change_rules.rule import ChangeRule
    from dagster_commons.model.definitions import ChangeKind, ObjectKind, Severity, Value

RULES: tuple[ChangeRule, ...] = (*losses.RULES, *behaviour.RULES, *appearance.RULES)
NOT_JUDGED = "not judged by a rule"


def judged(
    kind: ChangeKind,
    object_kind: ObjectKind,
    name: str,
    *,
    field: str | None = None,
    old: Value = None,
    new: Value = None,
    renamed_to: str | None = None,
) -> Change:
    """The change with its severity and reason; notable, and said to be so unjudged, where no rule knows it."""
    asked = None if field is None else own_field(object_kind, field)
    rule = next((each for each in _rules_about(kind, object_kind, asked) if each.direction(old, new)), None)
    level: Severity = "notable" if rule is None else rule.severity
    return Change(
        kind=kind,
        object=object_kind,
        name=name,
        field=field,
        old=old,
        new=new,
        severity=level,
        reason=NOT_JUDGED if rule is None else rule.reason,
        rule=None if rule is None else rule.id,
        renamed_to=renamed_to,
    )


@lru_cache(maxsize=4096)  # a diff of many code locations asks the same of every one
def _rules_about(kind: ChangeKind, object_kind: ObjectKind, field: str | None) -> tuple[ChangeRule, ...]:
    return tuple(each for each in RULES if each.is_about(kind, object_kind, field))
