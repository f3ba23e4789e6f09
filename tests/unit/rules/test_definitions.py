"""What the DEF rules say where something is not known, and of every form of a target."""

from __future__ import annotations

import datetime

import pytest

from dagster_commons.analysis.evidence import Evidence
from dagster_commons.model.verdicts import MissingInput
from dagster_commons.rules.checking import check
from drawn_loaded import failed, loaded
from drawn_snapshots import asset, snapshot, thing
from drawn_uses import location, workspace

TODAY = datetime.date(2026, 6, 1)


def told(evidence: Evidence, *select: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    checked = check(evidence, select=select or ("DEF",), today=TODAY)
    return [(each.rule, each.message) for each in checked.findings], [
        (each.rule, each.reason) for each in checked.skipped
    ]


def test_without_definitions_the_rules_are_skipped_and_that_is_told_to_who_asks_for_them() -> None:
    evidence = Evidence(workspace=workspace())
    assert [rule for rule, _ in told(evidence)[1]] == [f"DEF00{number}" for number in range(1, 6)]
    assert check(evidence, today=TODAY, offline=True, ignore=("REG",)).skipped == ()


def test_what_a_location_that_does_not_load_defines_is_not_guessed() -> None:
    reader = snapshot(asset("b", "raw/a"))
    for unknown, reason in ((failed("no"), "ops does not load"), (MissingInput(reason="X is not set"), "X is not set")):
        findings, skipped = told(loaded(sales=reader, ops=unknown), "DEF002")
        assert findings == []
        assert [reason in said for _, said in skipped] == [True]


def test_what_could_not_be_loaded_for_want_of_something_is_no_failure() -> None:
    findings, skipped = told(loaded(sales=MissingInput(reason="https://ada:pw@db.example.com is not there")), "DEF005")
    assert (findings, len(skipped)) == ([], 1)
    assert "pw" not in skipped[0][1]


def test_a_secret_in_an_exception_is_not_shown() -> None:
    [(_, message)], _ = told(loaded(sales=failed("cannot connect to postgresql://ada:pw@db.example.com/x")))
    assert "pw" not in message
    assert "db.example.com" in message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "AUTO_MATERIALIZE"}, "sensor s selects nothing"),
        ({"kind": "AUTOMATION"}, "sensor s selects nothing"),
        ({"kind": "STANDARD", "job": "nothing, other"}, "sensor s targets nothing, which selects nothing"),
        (
            {"kind": "RUN_STATUS", "monitors.monitored_jobs": ("sales/gone",)},
            "sensor s waits for sales/gone, which is not there",
        ),
    ],
)
def test_a_sensor_that_targets_nothing(fields: dict[str, str], message: str) -> None:
    drawn = loaded(sales=snapshot(thing("job", "nothing"), thing("sensor", "s", dict(fields))))
    assert told(drawn, "DEF004")[0] == [("DEF004", message)]


def test_a_schedule_that_selects_nothing() -> None:
    assert told(loaded(sales=snapshot(thing("schedule", "s", {"cron": "@daily"}))), "DEF004")[0] == [
        ("DEF004", "schedule s selects nothing")
    ]


def test_a_key_that_two_locations_produce_is_told_to_the_one_that_is_asked_about() -> None:
    raw = snapshot(asset("raw/a"))
    drawn = loaded(one=raw, two=raw, three=snapshot())
    for name, expected in (("one", 1), ("two", 1), ("three", 0)):
        found = check(drawn, select=("DEF001",), locations=(location(name),), today=TODAY).findings
        assert [each.subject for each in found] == [name] * expected
