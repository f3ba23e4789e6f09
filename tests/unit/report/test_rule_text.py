from __future__ import annotations

import json

import pytest

from dagster_commons.model.findings import Finding
from dagster_commons.report import rule_text
from dagster_commons.rules import RULES
from drawn_uses import story


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_told_within_80_columns(rule):
    text = rule_text.explained(rule)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert text.startswith(f"{rule.severity} {rule.id}  {rule.title}\n\n")
    assert all(word in text for word in (*rule.why.split(), rule.bad, rule.good))
    assert json.loads(rule_text.explained_json(rule))["why"] == rule.why


@pytest.mark.parametrize(
    ("found", "locations", "width", "expected"),
    [
        (0, 3, 120, "3 locations · 1 shared module · nothing imported, nothing written · 0.4 s · nothing found\n"),
        (
            2,
            1,
            120,
            "1 of 3 locations · 1 shared module · nothing imported, nothing written · 0.4 s · 2 errors · 0 warnings\n",
        ),
        (
            2,
            3,
            80,
            "3 locations · 1 shared module · nothing imported, nothing written · 0.4 s\n2 errors · 0 warnings\n",
        ),
    ],
)
def test_how_much_was_looked_at(found, locations, width, expected):
    findings = [Finding(rule="LOCK001", severity="error", subject="x", message="…")] * found
    assert rule_text.summary(story(), findings, locations=locations, width=width, seconds=0.42) == expected


def test_that_definitions_were_loaded_is_said():
    said = rule_text.summary(story(), (), locations=3, width=120, seconds=0.42, is_loaded=True)
    assert said == "3 locations · 1 shared module · definitions loaded, nothing written · 0.4 s · nothing found\n"
