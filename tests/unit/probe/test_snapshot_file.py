"""A snapshot survives being written and read, and a damaged one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.model.definitions import LoadInputs, Snapshot
from dagster_commons.probe.snapshot_file import from_json, to_json
from drawn_snapshots import asset, snapshot, thing, unit

FULL = Snapshot(
    dagster="1.13.27",
    python="3.11.7",
    objects=(
        asset("sales/orders", "raw/a", metadata__rows=1, metadata__ratio=0.5, owners=("ann", "bén"), tags__x=None),
        thing("check", "sales/orders:sound", {"blocking": True}, raw={"mode": "default"}, code=("shared.io:write",)),
    ),
    code=(unit("shared.io:Writer.write", "2", line=7), unit("shared.io:write")),
    inputs=LoadInputs(
        files=(Path("/a/b.sql"),),
        directories=(Path("/a"),),
        variables=("*", "TOKEN"),
        has_used_network=True,
        has_run_programs=True,
    ),
    masked=("asset sales/orders metadata.built_at",),
)


@pytest.mark.parametrize("original", [FULL, snapshot(), snapshot(asset("a"), masked=("x",))])
def test_what_is_written_is_read_again(original: Snapshot):
    assert from_json(to_json(original)) == original


def test_equal_snapshots_give_equal_bytes():
    assert to_json(from_json(to_json(FULL))) == to_json(FULL)
    assert to_json(FULL).isascii()


def test_objects_and_fields_come_back_sorted():
    document = json.loads(to_json(FULL))
    document["objects"].reverse()
    document["code"].reverse()
    document["objects"][1]["fields"] = dict(reversed(document["objects"][1]["fields"].items()))
    shuffled = from_json(json.dumps(document))
    assert {(each.kind, each.name) for each in shuffled.objects} == {(each.kind, each.name) for each in FULL.objects}
    assert to_json(shuffled) == to_json(from_json(to_json(FULL)))


def _changed(**parts: object) -> str:
    return json.dumps({**json.loads(to_json(FULL)), **parts})


def _changed_object(**parts: object) -> str:
    document = json.loads(to_json(FULL))
    document["objects"][0].update(parts)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is no JSON"),
        ('{"format": 1', "it is no JSON"),
        ("[]", "another format"),
        ("{}", "another format"),
        (_changed(format=2), "another format"),
        (_changed(objects=None), "TypeError"),
        (_changed(objects=[1]), "TypeError"),
        (_changed(dagster=None), "None is no text"),
        (_changed(code=[{"id": "a", "file": "b", "line": "1", "digest": "c"}]), "'1' is no line"),
        (_changed(inputs={}), "KeyError: 'files'"),
        (_changed(inputs=[]), "TypeError"),
        (_changed_object(kind="thing"), "there is no kind 'thing'"),
        (_changed_object(fields={"a": {"b": 1}}), "a field cannot be"),
        (_changed_object(fields=[]), "AttributeError"),
        (_changed_object(code="abc"), "'abc' is no list"),
    ],
)
def test_what_is_damaged_is_refused_and_its_file_named(text: str, reason: str):
    with pytest.raises(UsageError, match=reason) as refusal:
        from_json(text, file=Path("base.json"))
    assert refusal.value.file == Path("base.json")
    assert refusal.value.message.startswith("base.json is no snapshot")
