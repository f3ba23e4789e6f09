"""What changed in an object is said once, however many fields and objects it shows in."""

from __future__ import annotations

import pytest

from dagster_commons.analysis.definitions_diff import diff, severity
from drawn_snapshots import asset, snapshot, thing


def told(before, after):
    """(kind, object, name, field, old, new) of every change, as far as they are set."""
    return [
        (each.kind, f"{each.object} {each.name}", each.field, each.old, each.new)
        for each in diff(before, after).changes
    ]


def fields_told(kind, old, new):
    found = diff(snapshot(thing(kind, "x", old)), snapshot(thing(kind, "x", new))).changes
    return [(each.field, each.old, each.new, each.severity) for each in found]


INT = {"config.n.type": "Int", "config.n.default": 3}
SCHEMA = {"config.n.type": "Int"}
REDUCED = {
    "a new optional config field": (
        {},
        INT,
        [("config.n.required", None, False, "added")],
    ),
    "a new required config field": (
        INT,
        INT | {"config.m.type": "String", "config.m.required": True, "config.m.description": "m"},
        [("config.m.required", None, True, "breaking")],
    ),
    "a new group of config fields": (
        INT,
        INT
        | {"config.g.required": True, "config.g.a.type": "Int", "config.g.a.required": True, "config.g.b.type": "Any"},
        [("config.g.required", None, True, "breaking")],
    ),
    "an optional group may have required fields": (
        INT,
        INT | {"config.g.type": "Noneable[Shape]", "config.g.a.type": "Int", "config.g.a.required": True},
        [("config.g.required", None, False, "added")],
    ),
    "a new required field in a group that was there": (
        {"config.g.a.type": "Int"},
        {"config.g.a.type": "Int", "config.g.b.type": "Int", "config.g.b.required": True},
        [("config.g.b.required", None, True, "breaking")],
    ),
    "a config field that went, with what was in it": (
        {"config.g.a.type": "Int", "config.g.b.type": "Int", "config.n.type": "Int"},
        {"config.n.type": "Int"},
        [("config.g.required", False, None, "breaking")],
    ),
    "a field of the items of a list": (
        {"config.rows.type": "Array[Shape]", "config.rows[].a.type": "Int"},
        {
            "config.rows.type": "Array[Shape]",
            "config.rows[].a.type": "Int",
            "config.rows[].b.type": "Int",
            "config.rows[].b.required": True,
        },
        [("config.rows[].b.required", None, True, "breaking")],
    ),
    "a new list of rows": (
        {"config.n.type": "Int"},
        {
            "config.n.type": "Int",
            "config.rows.type": "Array[Shape]",
            "config.rows.required": True,
            "config.rows[].a.type": "Int",
        },
        [("config.rows.required", None, True, "breaking")],
    ),
    "a group that becomes a number": (
        {"config.g.a.type": "Int", "config.g.b.type": "Int"},
        {"config.g.type": "Int"},
        [("config.g.type", None, "Int", "breaking")],
    ),
    "another type has another default": (
        {"config.n.type": "Int", "config.n.default": 3},
        {"config.n.type": "String", "config.n.default": "3"},
        [("config.n.type", "Int", "String", "breaking")],
    ),
    "a default that makes it optional": (
        {"config.n.type": "Int", "config.n.required": True},
        INT,
        [("config.n.required", True, False, "notable")],
    ),
    "a default alone": (INT, INT | {"config.n.default": 5}, [("config.n.default", 3, 5, "notable")]),
    "a default of another type": (INT, INT | {"config.n.default": 3.0}, [("config.n.default", 3, 3.0, "notable")]),
    "a field that is called type": (
        {"config.type.type": "String", "config.type.default": "a"},
        {"config.type.type": "String", "config.type.default": "b"},
        [("config.type.default", "a", "b", "notable")],
    ),
    "a whole config of one type": (
        {"config.type": "Int"},
        {"config.type": "Noneable[Int]"},
        [("config.type", "Int", "Noneable[Int]", "notable")],
    ),
    "config of an op in a job": (
        {"ops.load.config.n.type": "Int", "ops.load.definition": "load"},
        {"ops.load.config.n.type": "Int", "ops.load.config.n.required": True, "ops.load.definition": "load"},
        [("ops.load.config.n.required", False, True, "breaking")],
    ),
    "an op that comes": (
        {"ops.a.definition": "a"},
        {
            "ops.a.definition": "a",
            "ops.b.definition": "b",
            "ops.b.config.n.type": "Int",
            "ops.b.inputs.x.from": ("a.result",),
        },
        [("ops.b.definition", None, "b", "notable")],
    ),
    "an op in a graph that goes": (
        {"ops.g.definition": "g", "ops.g.a.definition": "a", "ops.g.a.pool": "p"},
        {"ops.g.definition": "g"},
        [("ops.g.a.definition", "a", None, "notable")],
    ),
    "an op in the place of another": (
        {"ops.b.definition": "b", "ops.output_mappings.result": "b.result", "ops.z.definition": "z"},
        {"ops.c.definition": "c", "ops.output_mappings.result": "c.result", "ops.z.definition": "z"},
        [("ops.b.definition", "b", "c", "notable")],
    ),
    "an op between two others": (
        {"ops.a.definition": "a", "ops.c.definition": "c", "ops.c.inputs.x.from": ("a.result",)},
        {
            "ops.a.definition": "a",
            "ops.b.definition": "b",
            "ops.b.inputs.x.from": ("a.result",),
            "ops.c.definition": "c",
            "ops.c.inputs.x.from": ("b.result",),
        },
        [("ops.b.definition", None, "b", "notable")],
    ),
    "ops that are wired otherwise": (
        {"ops.a.definition": "a", "ops.c.inputs.x.from": ("a.result",)},
        {"ops.a.definition": "a", "ops.c.inputs.x.from": ("b.result",)},
        [("ops.c.inputs.x.from", ("a.result",), ("b.result",), "notable")],
    ),
    "the description of an op": (
        {"ops.g.a.description": "x"},
        {"ops.g.a.description": "y"},
        [("ops.g.a.description", "x", "y", "cosmetic")],
    ),
    "partitions of another kind": (
        {"partitions.kind": "Daily", "partitions.start": "2024-01-01", "partitions.fmt": "%Y-%m-%d"},
        {"partitions.kind": "Static", "partitions.keys": ("a",)},
        [("partitions.kind", "Daily", "Static", "breaking")],
    ),
    "partitions that go": (
        {"partitions.kind": "Daily", "partitions.start": "2024-01-01"},
        {},
        [("partitions.kind", "Daily", None, "breaking")],
    ),
    "another kind of one dimension": (
        {
            "partitions.kind": "Multi",
            "partitions.day.kind": "Daily",
            "partitions.day.start": "1",
            "partitions.c.kind": "Static",
        },
        {
            "partitions.kind": "Multi",
            "partitions.day.kind": "Weekly",
            "partitions.day.start": "2",
            "partitions.c.kind": "Static",
        },
        [("partitions.day.kind", "Daily", "Weekly", "breaking")],
    ),
    "partition keys in another order": (
        {"partitions.kind": "Static", "partitions.keys": ("a", "b")},
        {"partitions.kind": "Static", "partitions.keys": ("b", "a")},
        [("partitions.keys", ("a", "b"), ("b", "a"), "notable")],
    ),
    "a dependency with its partition mapping": (
        {"deps": ("a",)},
        {"deps": ("a", "b"), "partition_mapping.b": "Last()"},
        [("deps", ("a",), ("a", "b"), "notable")],
    ),
    "an executor with its configuration": (
        {"executor": "in_process"},
        {"executor": "multiprocess", "executor.config.max.default": 4},
        [("executor", "in_process", "multiprocess", "notable")],
    ),
    "1 is not True": ({"metadata.rows": 1}, {"metadata.rows": True}, [("metadata.rows", 1, True, "cosmetic")]),
    "None is absence": ({"pool": None}, {}, []),
}


@pytest.mark.parametrize(("old", "new", "expected"), REDUCED.values(), ids=REDUCED)
def test_fields_of_one_object(old, new, expected):
    assert fields_told("job" if any(each.startswith("ops") for each in old) else "asset", old, new) == expected


def test_the_variables_of_all_resources_change_with_a_resource():
    def drawn(name):
        return snapshot(
            thing("definitions", "", {"resource_variables": (name,)}),
            thing("resource", "db", {"config.url.value": f"EnvVar({name})"}),
        )

    assert told(drawn("A"), drawn("B")) == [("changed", "resource db", "config.url.value", "EnvVar(A)", "EnvVar(B)")]


def test_a_value_that_a_resource_is_given_is_said_once():
    old = {"config.schema.type": "String", "config.schema.default": "a", "config.schema.value": "a"}
    new = old | {"config.schema.default": "b", "config.schema.value": "b"}
    assert fields_told("resource", old, new) == [("config.schema.value", "a", "b", "notable")]


def test_a_given_value_may_have_keys_that_look_like_a_schema():
    old = {"config.db.value.type": "postgres", "config.db.type": "Permissive"}
    new = {"config.db.value.type": "mysql", "config.db.type": "Permissive"}
    assert fields_told("resource", old, new) == [("config.db.value.type", "postgres", "mysql", "notable")]


def test_what_lost_something_that_is_gone_says_nothing_of_its_own():
    before = snapshot(asset("a"), asset("b", group="g"), thing("job", "all", {"selection": ("a", "b")}))
    after = snapshot(asset("a"), thing("job", "all", {"selection": ("a",)}))
    assert told(before, after) == [("removed", "asset b", None, None, None)]


def test_a_job_that_lost_its_last_asset_is_not_changed_besides():
    before = snapshot(asset("a"), thing("job", "all", {"selection": ("a",)}))
    assert told(before, snapshot(thing("job", "all"))) == [("removed", "asset a", None, None, None)]


def test_a_job_that_runs_a_new_asset_is_notable():
    before = snapshot(asset("a"), thing("job", "all", {"selection": ("a",)}))
    after = snapshot(asset("a"), asset("b"), thing("job", "all", {"selection": ("a", "b")}))
    assert [(each.object, each.severity) for each in diff(before, after).changes] == [
        ("job", "notable"),
        ("asset", "added"),
    ]


def test_the_same_fields_in_another_order_are_no_change():
    one = thing("asset", "a", {"x": 1, "y": 2})
    other = type(one)(kind="asset", name="a", fields=tuple(reversed(one.fields)))
    assert told(snapshot(one), snapshot(other)) == []


def test_what_dagster_makes_up_for_a_dependency_is_no_asset():
    stub = {"metadata.dagster/auto_created_stub_asset": True}
    assert told(snapshot(asset("a", "far/b"), thing("asset", "far/b", stub)), snapshot(asset("a", "far/b"))) == []


def test_worst_comes_first_and_is_the_severity():
    before = snapshot(asset("a", group="x", io_manager_key="m"), asset("b"), thing("schedule", "s"))
    after = snapshot(asset("a", group="y", io_manager_key="n"), asset("b"), asset("c"))
    found = diff(before, after)
    assert [each.severity for each in found.changes] == ["breaking", "notable", "added", "cosmetic"]
    assert severity(found) == "breaking"
    assert severity(diff(before, before)) is None


def test_only_what_shows_is_cosmetic():
    found = diff(snapshot(asset("a", description="x", group="x")), snapshot(asset("a", description="y", group="y")))
    assert severity(found) == "cosmetic"
