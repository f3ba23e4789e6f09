"""Every rule on every example: both what it misses and where it cries wolf show."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

import drawn_indexes
import drawn_loaded
import drawn_rules
from dagster_commons.report.findings import place
from dagster_commons.rules import RULES
from dagster_commons.rules.checking import check
from drawn_uses import ROOT

TODAY = datetime.date(2026, 6, 1)
SOURCE = Path(__file__).parents[3] / "src/dagster_commons"

EXAMPLES = drawn_rules.EXAMPLES | drawn_indexes.EXAMPLES | drawn_loaded.EXAMPLES
FOUND_ELSEWHERE = {rule.id for rule in RULES if rule.look is None}


def test_every_rule_that_looks_has_an_example() -> None:
    assert EXAMPLES.keys() == {rule.id for rule in RULES} - FOUND_ELSEWHERE


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_fires_exactly_once_at_the_right_place(rule: str) -> None:
    example = EXAMPLES[rule]
    [found] = check(example.fires, select=(rule,), today=TODAY).findings
    assert (None if found.file is None else place(found, ROOT)) == example.place
    assert found.message
    assert found.fix


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_near_miss_is_no_finding(rule: str) -> None:
    checked = check(EXAMPLES[rule].near, select=(rule,), today=TODAY)
    assert (checked.findings, checked.skipped) == ((), ())


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_other_rule_fires_on_the_example(example: str) -> None:
    drawn = EXAMPLES[example]
    assert {each.rule for each in check(drawn.fires, today=TODAY).findings} == {example}
    assert check(drawn.near, today=TODAY).findings == ()


def test_ids_are_unique_and_texts_are_complete() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert all((rule.title, rule.why, rule.fix, rule.bad, rule.good)), rule.id
        assert rule.why.endswith("."), rule.id


def test_every_id_that_discovery_gives_a_finding_is_declared() -> None:
    text = "\n".join(file.read_text("utf-8") for file in sorted((SOURCE / "discovery").rglob("*.py")))
    given = set(re.findall(r'"([A-Z]{3,5}[0-9]{3})"', text))
    assert given == {each for each in FOUND_ELSEWHERE if not each.startswith("ACC")}
