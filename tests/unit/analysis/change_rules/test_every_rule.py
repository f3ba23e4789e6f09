"""Every rule on every rule's example pair: a miss and a false alarm both show."""

from __future__ import annotations

import pytest

from dagster_commons.analysis.change_rules import RULES
from dagster_commons.analysis.change_rules.paths import own_field
from dagster_commons.analysis.definitions_diff import diff
from drawn_snapshots import asset, snapshot, thing

NAMES = {"renamed": ("old_subject", "new_subject")}


def side(rule, which):
    """The example's object beside one that never changes."""
    fields = (rule.old, rule.new)[which]
    name = NAMES.get(rule.kind, ("subject", "subject"))[which]
    drawn = () if fields is None else (thing(rule.objects[0], name, dict(fields)),)
    return snapshot(asset("bystander", "raw/a", "raw/b", group="default"), *drawn)


@pytest.mark.parametrize("example", RULES, ids=lambda rule: rule.id)
def test_its_example_is_one_change_that_it_alone_judges(example):
    found = diff(side(example, 0), side(example, 1))
    assert [(each.rule, each.severity, each.reason) for each in found.changes] == [
        (example.id, example.severity, example.reason)
    ]


@pytest.mark.parametrize("example", RULES, ids=lambda rule: rule.id)
def test_no_other_rule_judges_it(example):
    [change] = diff(side(example, 0), side(example, 1)).changes
    field = None if change.field is None else own_field(change.object, change.field)
    about = [rule for rule in RULES if rule.is_about(change.kind, change.object, field)]
    judging = [rule.id for rule in about if rule.direction(change.old, change.new)]
    assert judging == [example.id]


@pytest.mark.parametrize("example", RULES, ids=lambda rule: rule.id)
def test_nothing_is_judged_where_nothing_changes(example):
    for which in (0, 1):
        assert diff(side(example, which), side(example, which)).changes == ()


def test_ids_and_fields_are_in_order():
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        for fields in (rule.old, rule.new):
            assert fields is None or list(fields) == sorted(fields, key=lambda pair: pair[0])


def test_a_field_that_no_rule_knows_is_notable_and_said_to_be_unjudged():
    [change] = diff(
        snapshot(thing("job", "nightly", {"novelty": 1})), snapshot(thing("job", "nightly", {"novelty": 2}))
    ).changes
    assert (change.field, change.severity, change.reason, change.rule) == (
        "novelty",
        "notable",
        "not judged by a rule",
        None,
    )
