"""Every rule on the example pair of every rule: each fires on its own, and on no other's that does not say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_texts import changes_of
from dagster_commons.analysis.api.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.analysis.api.rule import ApiRule

ALL = sorted(RULES)


@pytest.mark.parametrize("rule", [pytest.param(RULES[each], id=each) for each in ALL])
def test_a_rule_fires_on_its_own_pair_once_and_no_other_does(rule: ApiRule, tmp_path: Path) -> None:
    found = changes_of(tmp_path, rule.old, rule.new)

    fired = [each.rule for each in found]
    assert fired.count(rule.id) == 1
    assert set(fired) <= {rule.id, *rule.also, "body-changed"}
    (own,) = (each for each in found if each.rule == rule.id)
    assert (own.bump, own.is_to_review) == (rule.bump, rule.is_to_review)
    assert own.file
    assert own.line >= 1
    assert own.message.endswith(rule.why)


@pytest.mark.parametrize("rule", [pytest.param(RULES[each], id=each) for each in ALL])
def test_nothing_fires_where_nothing_changed(rule: ApiRule, tmp_path: Path) -> None:
    assert changes_of(tmp_path, rule.new, rule.new) == ()
    assert changes_of(tmp_path, rule.old, rule.old) == ()


def test_rules_read_as_sentences() -> None:
    for rule in RULES.values():
        assert rule.why[0].islower(), rule.id
        assert not rule.why.endswith("."), rule.id
