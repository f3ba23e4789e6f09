"""What a change in one location does to others."""

from __future__ import annotations

from dagster_commons.analysis.workspace_diff import consequences
from dagster_commons.model.verdicts import Absent, LoadFailure, MissingInput
from drawn_snapshots import asset, snapshot, thing

STUB = {"metadata.dagster/auto_created_stub_asset": True, "execution": "unexecutable"}
FAILED = LoadFailure(type="ImportError", message="no")


def told(**results):
    found = consequences(results)
    return {
        name: [(each.rule, f"{each.object} {each.name}", each.field, each.old, each.new) for each in changes]
        for name, changes in found.items()
    }


def test_a_key_that_two_locations_now_produce_hits_the_second():
    raw = snapshot(asset("raw/a"))
    assert told(one=(raw, raw), two=(snapshot(), raw)) == {
        "two": [("key-produced-twice", "asset raw/a", "produced_by", ("one",), ("one", "two"))]
    }


def test_a_key_that_two_locations_begin_to_produce_hits_both():
    raw = snapshot(asset("raw/a"))
    assert list(told(one=(snapshot(), raw), two=(snapshot(), raw))) == ["one", "two"]


def test_a_key_that_two_locations_produced_before_is_no_consequence():
    raw = snapshot(asset("raw/a"))
    assert told(one=(raw, raw), two=(raw, raw)) == {}


def test_a_key_that_one_produces_and_the_other_only_knows_is_no_collision():
    raw, external = snapshot(asset("raw/a")), snapshot(asset("raw/a", execution="unexecutable"))
    assert told(one=(raw, raw), two=(snapshot(), external)) == {}


def test_an_asset_that_moves_to_another_location_is_no_collision_and_no_loss():
    raw, reader = snapshot(asset("raw/a")), snapshot(asset("b", "raw/a"))
    assert told(one=(raw, snapshot()), two=(snapshot(), raw), three=(reader, reader)) == {}


def test_a_dependency_on_a_key_that_nobody_defines_any_more():
    reader = snapshot(asset("b", "raw/a"), thing("asset", "raw/a", STUB))
    assert told(one=(snapshot(asset("raw/a")), snapshot(asset("raw/b"))), two=(reader, reader)) == {
        "two": [("dependency-vanished", "asset b", "deps", "raw/a", None)]
    }


def test_a_check_depends_on_keys_too():
    reader = snapshot(thing("check", "b:fresh", {"deps": ("raw/a",)}))
    assert list(told(one=(snapshot(asset("raw/a")), snapshot()), two=(reader, reader))) == ["two"]


def test_a_key_that_nobody_defined_before_did_not_vanish():
    reader = snapshot(asset("b", "elsewhere"))
    assert told(one=(snapshot(), snapshot()), two=(reader, reader)) == {}


def test_a_dependency_given_up_with_the_key_is_no_consequence():
    before, after = snapshot(asset("b", "raw/a")), snapshot(asset("b"))
    assert told(one=(snapshot(asset("raw/a")), snapshot()), two=(before, after)) == {}


def test_what_a_location_that_does_not_load_defines_is_not_known_to_be_gone():
    raw, reader = snapshot(asset("raw/a")), snapshot(asset("b", "raw/a"))
    for unknown in (FAILED, MissingInput(reason="x")):
        assert told(one=(raw, unknown), two=(reader, reader)) == {}
    assert list(told(one=(raw, Absent()), two=(reader, reader))) == ["two"]


def test_a_schedule_that_targets_a_vanished_job():
    def drawn(*jobs):
        return snapshot(*(thing("job", name) for name in jobs), thing("schedule", "s", {"job": ("nightly",)}))

    assert told(one=(drawn("nightly"), drawn("weekly"))) == {
        "one": [("target-vanished", "schedule s", "job", "nightly", None)]
    }
    assert told(one=(drawn(), drawn())) == {}


def test_a_sensor_that_monitors_a_vanished_job_of_another_location():
    sensor = snapshot(thing("sensor", "s", {"monitors.monitored_jobs": ("one/nightly",)}))
    before, after = snapshot(thing("job", "nightly")), snapshot()
    assert list(told(one=(before, after), two=(sensor, sensor))) == ["two"]
    assert told(one=(before, before), two=(sensor, sensor)) == {}


def test_a_job_of_the_same_name_elsewhere_does_not_help():
    def drawn(*jobs):
        return snapshot(*(thing("job", name) for name in jobs), thing("sensor", "s", {"job": ("nightly",)}))

    other = snapshot(thing("job", "nightly"))
    assert list(told(one=(drawn("nightly"), drawn()), two=(other, other))) == ["one"]


def test_names_of_several_repositories_are_compared_without_them():
    raw = snapshot(thing("asset", "repo_a::raw/a", {"execution": "materialization"}), thing("asset", "repo_b::x"))
    reader = snapshot(asset("b", "raw/a"))
    assert told(one=(raw, raw), two=(reader, reader)) == {}
    assert list(told(one=(raw, snapshot()), two=(reader, reader))) == ["two"]


def test_consequences_are_breaking_and_have_a_reason():
    [change] = consequences({"one": (snapshot(), snapshot(asset("a"))), "two": (snapshot(asset("a")),) * 2})["one"]
    assert change.severity == "breaking"
    assert change.reason
