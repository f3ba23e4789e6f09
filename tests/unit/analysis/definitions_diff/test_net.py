"""What no field of ours knows: raw differences, masked places, other versions of Dagster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_commons.analysis.definitions_diff import diff, mask
from drawn_snapshots import asset, snapshot, thing, unit


def raw(value, **fields):
    return snapshot(thing("asset", "a", fields, raw={"novel.x": value, "same": 1}))


def test_a_raw_difference_that_nothing_explains_is_one_other_change():
    [change] = diff(raw(1), raw(2)).changes
    assert (change.kind, change.field, change.old, change.new) == ("other", "raw:novel.x", 1, 2)
    assert (change.severity, change.reason) == ("notable", "not judged by a rule")


def test_several_raw_differences_of_one_part_are_one_change():
    before = snapshot(thing("asset", "a", raw={"novel.x": 1, "novel.y": 1}))
    after = snapshot(thing("asset", "a", raw={"novel.x": 2, "novel.z": None}))
    [change] = diff(before, after).changes
    assert (change.field, change.old, change.new) == ("raw:novel", ("novel.x=1", "novel.y=1"), ("novel.x=2",))


def test_a_notable_change_of_the_object_explains_its_raw_ones():
    assert [each.field for each in diff(raw(1, pool="a"), raw(2, pool="b")).changes] == ["pool"]


def test_a_cosmetic_change_explains_only_what_speaks_of_it():
    def drawn(description, novel):
        return snapshot(
            thing("asset", "a", {"description": description}, raw={"snap.description": description, "novel": novel})
        )

    assert [each.field for each in diff(drawn("x", 1), drawn("y", 1)).changes] == ["description"]
    assert [each.field for each in diff(drawn("x", 1), drawn("y", 2)).changes] == ["raw:novel", "description"]


def test_what_differs_between_two_loads_is_masked():
    first = snapshot(
        thing("asset", "a", {"metadata.built_at": "1", "group": "g"}, raw={"t": 1}),
        thing("asset", "sometimes"),
        thing("asset", "only fields", {"x": 1}),
        code=(unit("m:f", "1"), unit("m:g", "1")),
    )
    second = snapshot(
        thing("asset", "a", {"metadata.built_at": "2", "group": "g"}, raw={"t": 2}),
        thing("asset", "only fields", {"x": 1}),
        code=(unit("m:f", "2"), unit("m:g", "1")),
    )
    found = mask(first, second)
    assert found == ("asset a metadata.built_at", "asset a raw:t", "asset sometimes", "code m:f")
    for masked in (replace(first, masked=found), first):
        result = diff(masked, replace(second, masked=found))
        assert (result.changes, result.code) == ((), ())
        assert result.masked == found


def test_a_mask_hides_nothing_else():
    before = snapshot(asset("a", metadata__t="1", group="g"), asset("ab"))
    after = snapshot(asset("a", metadata__t="2", group="h"), masked=("asset a metadata.t", "asset b"))
    assert [(each.kind, each.name, each.field) for each in diff(before, after).changes] == [
        ("removed", "ab", None),
        ("changed", "a", "group"),
    ]


def test_two_equal_loads_mask_nothing():
    assert mask(raw(1), raw(1)) == ()


def test_another_dagster_is_compared_by_what_both_know_and_says_so():
    before = replace(raw(1), dagster="1.10.0")
    newer = snapshot(
        thing("asset", "a", {"virtual": True, "pool": "p"}, raw={"novel.x": 2, "new": 1}),
        thing("asset", "b", {"pool": "q"}),
        dagster="1.13.0",
    )
    found = diff(before, newer)
    assert [(each.kind, each.name) for each in found.changes] == [("added", "b")]
    assert found.notes == (
        "Dagster 1.10.0 → 1.13.0: compared by the fields that both know, not by asset pool, asset virtual",
    )


def test_another_dagster_hides_no_field_that_both_know():
    before = snapshot(asset("a", group="x"), dagster="1.10.0")
    after = snapshot(asset("a", group="x", config__n__type="Int", config__n__required=True), dagster="1.13.0")
    found = diff(before, after)
    assert [each.severity for each in found.changes] == ["breaking"]
    assert found.notes == ("Dagster 1.10.0 → 1.13.0: compared by the fields that both know",)


@pytest.mark.parametrize("masked", [(), ("code m:f",)])
def test_a_changed_body_is_named_with_what_runs_it_and_changes_no_definition(masked):
    def drawn(digest, line):
        return snapshot(
            thing("asset", "a", code=("m:f", "m:g")),
            thing("asset", "b", code=("m:f",)),
            thing("check", "a:fresh", code=("m:g",)),
            code=(unit("m:f", digest, line=line), unit("m:g", "1", line=40)),
            masked=masked,
        )

    found = diff(drawn("1", 3), drawn("2", 7))
    assert found.changes == ()
    assert [(each.function, each.file, each.line, each.objects) for each in found.code] == (
        [] if masked else [("f", "shared/io.py", 7, ("asset a", "asset b"))]
    )
    assert diff(drawn("1", 3), drawn("1", 7)).code == ()


def test_code_that_only_moved_is_no_change_and_other_code_is():
    before = snapshot(thing("asset", "a", code=("m:f",)), code=(unit("m:f", "1"),))
    moved = snapshot(thing("asset", "a", code=("n:f",)), code=(unit("n:f", "1"),))
    other = snapshot(thing("asset", "a", code=("n:f",)), code=(unit("n:f", "2"),))
    assert diff(before, moved).code == ()
    assert [each.function for each in diff(before, other).code] == ["f"]


def test_what_closures_hold_counts_with_their_function():
    def drawn(digest):
        code = tuple(unit(f"m:make.<locals>.run[asset {name}]", digest, line=5) for name in "ab")
        objects = (thing("asset", name, code=(f"m:make.<locals>.run[asset {name}]",)) for name in "ab")
        return snapshot(*objects, code=code)

    [change] = diff(drawn("1"), drawn("2")).code
    assert (change.function, change.objects) == ("make.<locals>.run", ("asset a", "asset b"))


def test_code_of_what_is_new_is_not_changed():
    after = snapshot(asset("a"), thing("asset", "b", code=("m:f",)), code=(unit("m:f"),))
    assert diff(snapshot(asset("a")), after).code == ()
