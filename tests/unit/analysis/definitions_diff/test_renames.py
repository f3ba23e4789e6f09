from __future__ import annotations

from dagster_commons.analysis.definitions_diff import diff
from drawn_snapshots import asset, snapshot, thing


def told(before, after):
    return [
        (each.kind, f"{each.object} {each.name}", each.renamed_to or each.field) for each in diff(before, after).changes
    ]


def test_an_asset_under_another_name():
    before = snapshot(asset("sales/asset_1"), asset("sales/asset_2", io_manager_key="lake"))
    after = snapshot(asset("sales/asset_1"), asset("sales/asset_two", io_manager_key="lake"))
    [change] = diff(before, after).changes
    assert (change.kind, change.name, change.renamed_to) == ("renamed", "sales/asset_2", "sales/asset_two")
    assert change.severity == "breaking"
    assert "history stays on the old key" in change.reason


def test_a_factory_that_drops_the_prefix_renames_all_and_what_refers_to_them():
    def drawn(prefix):
        keys = [f"{prefix}asset_{number}" for number in (1, 2, 3)]
        return snapshot(
            asset(keys[0]),
            asset(keys[1], keys[0], **{f"partition_mapping__{keys[0]}": "Last()"}),
            asset(keys[2], keys[1], keys[0]),
            thing("check", f"{keys[0]}:fresh", {"asset": keys[0], "blocking": True}),
            thing("job", "all", {"selection": tuple(keys)}),
        )

    assert told(drawn("sales/"), drawn("")) == [
        ("renamed", "asset sales/asset_1", "asset_1"),
        ("renamed", "asset sales/asset_2", "asset_2"),
        ("renamed", "asset sales/asset_3", "asset_3"),
        ("renamed", "check sales/asset_1:fresh", "asset_1:fresh"),
    ]


def test_the_name_of_its_op_does_not_speak_against_it():
    before = snapshot(asset("sales/a", op="sales__a", description="of sales"))
    after = snapshot(asset("sales/b", op="sales__b", description="of sales"))
    assert told(before, after) == [("renamed", "asset sales/a", "sales/b")]


def test_an_op_that_got_another_name_besides_is_said():
    before, after = snapshot(asset("sales/a", op="sales__a")), snapshot(asset("sales/b", op="run"))
    assert told(before, after) == [("renamed", "asset sales/a", "sales/b"), ("changed", "asset sales/b", "op")]


def test_what_has_another_shape_went_and_came():
    before = snapshot(asset("a_old", partitions__kind="Daily"))
    after = snapshot(asset("a_new", partitions__kind="Weekly"))
    assert told(before, after) == [("removed", "asset a_old", None), ("added", "asset a_new", None)]


def test_what_is_another_kind_went_and_came():
    before, after = snapshot(thing("schedule", "nightly", {})), snapshot(thing("sensor", "nightly", {}))
    assert told(before, after) == [("removed", "schedule nightly", None), ("added", "sensor nightly", None)]


def test_names_that_have_nothing_in_common_are_not_paired_among_many():
    before = snapshot(asset("orders"), asset("customers"))
    after = snapshot(asset("zip"), asset("qwv"))
    assert {kind for kind, _, _ in told(before, after)} == {"removed", "added"}


def test_code_in_common_pairs_the_only_two():
    before = snapshot(thing("asset", "orders", {"pool": "a", "description": "x"}, code=("shared:f",)))
    after = snapshot(thing("asset", "zip", {"pool": "a", "description": "y"}, code=("shared:f",)))
    assert told(before, after)[0] == ("renamed", "asset orders", "zip")


def test_each_is_paired_once():
    before = snapshot(asset("daily_orders"), asset("daily_order"))
    after = snapshot(asset("orders_daily"), asset("xyz"))
    found = told(before, after)
    assert sorted(kind for kind, _, _ in found) == ["added", "removed", "renamed"]


def test_a_thousand_of_one_shape_are_paired_in_order():
    before = snapshot(*(asset(f"sales/t{number:04}") for number in range(1000)))
    after = snapshot(*(asset(f"t{number:04}") for number in range(1000)))
    found = told(before, after)
    assert len(found) == 1000
    assert found[17] == ("renamed", "asset sales/t0017", "t0017")


def test_what_a_renamed_asset_changes_besides_is_said_too():
    before = snapshot(asset("sales/a", owners=("x",)))
    after = snapshot(asset("sales/b", owners=("y",)))
    assert told(before, after) == [("renamed", "asset sales/a", "sales/b"), ("changed", "asset sales/b", "owners")]
