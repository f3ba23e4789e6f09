"""`[tool.uv.sources]` in every form: each pair is the text without and with `shared`, byte for byte."""

from __future__ import annotations

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.tools import pyproject
from text_forms import cases

SOURCE = {"path": "../shared", "editable": True}
ENTRY = 'shared = { path = "../shared", editable = true }'

# id: (without, with); removing gives the first text back
BOTH_WAYS = {
    "no table": (
        '[project]\nname = "a"\n',
        f'[project]\nname = "a"\n\n[tool.uv.sources]\n{ENTRY}\n',
    ),
    "no table, after the other tool tables": (
        "[tool.uv]\npackage = true\n\n[tool.dg]\na = 1\n\n[build-system]\nrequires = []\n",
        f"[tool.uv]\npackage = true\n\n[tool.uv.sources]\n{ENTRY}\n\n[tool.dg]\na = 1\n\n[build-system]\nrequires = []\n",
    ),
    "no table, comments belong to the next": (
        "[tool.uv]\npackage = true  # yes\n\n# about dg\n[tool.dg]\na = 1\n",
        f"[tool.uv]\npackage = true  # yes\n\n[tool.uv.sources]\n{ENTRY}\n\n# about dg\n[tool.dg]\na = 1\n",
    ),
    "no table, comments belong to the one before": (
        "[tool.uv]\npackage = true\n# managed = true\n\n[tool.dg]\na = 1\n",
        f"[tool.uv]\npackage = true\n# managed = true\n\n[tool.uv.sources]\n{ENTRY}\n\n[tool.dg]\na = 1\n",
    ),
    "no table, other tools": (
        "[tool.dg]\na = 1\n\n[tool.ruff]\nb = 1\n\n[x]\nc = 1\n",
        f"[tool.dg]\na = 1\n\n[tool.ruff]\nb = 1\n\n[tool.uv.sources]\n{ENTRY}\n\n[x]\nc = 1\n",
    ),
    "no table, an array of tables before": (
        '[[tool.uv.index]]\nurl = "x"\n\n[dependency-groups]\ndev = []\n',
        f'[[tool.uv.index]]\nurl = "x"\n\n[tool.uv.sources]\n{ENTRY}\n\n[dependency-groups]\ndev = []\n',
    ),
    "table with another": (
        '[tool.uv.sources]\nother = { path = "./other" }\n',
        f'[tool.uv.sources]\nother = {{ path = "./other" }}\n{ENTRY}\n',
    ),
    "table with another and a comment": (
        '[tool.uv.sources]\nother = { path = "./other" }  # vendored\n# more to come\n\n[tool.x]\na = 1\n',
        f'[tool.uv.sources]\nother = {{ path = "./other" }}  # vendored\n{ENTRY}\n# more to come\n\n[tool.x]\na = 1\n',
    ),
    "table with a list": (
        '[tool.uv.sources]\ntorch = [\n  { index = "cpu", marker = "x" },\n]\n',
        f'[tool.uv.sources]\ntorch = [\n  {{ index = "cpu", marker = "x" }},\n]\n{ENTRY}\n',
    ),
    "table in the middle": (
        "[tool.uv.sources]\na = { workspace = true }\n[tool.x]\nb = 1\n",
        f"[tool.uv.sources]\na = {{ workspace = true }}\n{ENTRY}\n[tool.x]\nb = 1\n",
    ),
    "table with a comment only": (
        "[tool.uv.sources]\n# none yet\n",
        f"[tool.uv.sources]\n{ENTRY}\n# none yet\n",
    ),
    "header with a comment": (
        "[tool.uv.sources]  # see [docs]\n\n[tool.x]\na = 1\n",
        f"[tool.uv.sources]  # see [docs]\n{ENTRY}\n\n[tool.x]\na = 1\n",
    ),
    "comment above the header": (
        "a = 1\n\n# where they come from\n[tool.uv.sources]\n",
        f"a = 1\n\n# where they come from\n[tool.uv.sources]\n{ENTRY}\n",
    ),
    "indented": (
        "[tool]\n  [tool.uv.sources]\n    a = { workspace = true }\n",
        f"[tool]\n  [tool.uv.sources]\n    a = {{ workspace = true }}\n    {ENTRY}\n",
    ),
    "spaces in the header": (
        "[ tool . uv . sources ]\na = { workspace = true }\n",
        f"[ tool . uv . sources ]\na = {{ workspace = true }}\n{ENTRY}\n",
    ),
    "quoted header": (
        "[tool.\"uv\".'sources']\na = { workspace = true }\n",
        f"[tool.\"uv\".'sources']\na = {{ workspace = true }}\n{ENTRY}\n",
    ),
    "dotted keys of the entries": (
        "[tool.uv.sources]\na.workspace = true\n",
        f"[tool.uv.sources]\na.workspace = true\n{ENTRY}\n",
    ),
    "dotted keys below tool.uv": (
        "[tool.uv]\nsources.a = { workspace = true }\npackage = true\n",
        f"[tool.uv]\nsources.a = {{ workspace = true }}\nsources.{ENTRY}\npackage = true\n",
    ),
    "dotted keys below tool": (
        "[tool]\nuv.sources.a = { workspace = true }\n",
        f"[tool]\nuv.sources.a = {{ workspace = true }}\nuv.sources.{ENTRY}\n",
    ),
    "dotted keys from the root": (
        "tool . uv.sources.a.workspace = true\n\n[x]\ny = 1\n",
        f"tool . uv.sources.a.workspace = true\ntool . uv.sources.{ENTRY}\n\n[x]\ny = 1\n",
    ),
    "dotted tool.uv without sources": (
        "[tool]\nuv.package = true\n\n[x]\ny = 1\n",
        f"[tool]\nuv.package = true\n\n[tool.uv.sources]\n{ENTRY}\n\n[x]\ny = 1\n",
    ),
    "inline": (
        "[tool.uv]\nsources = { a = { workspace = true } }\n",
        f"[tool.uv]\nsources = {{ a = {{ workspace = true }}, {ENTRY} }}\n",
    ),
    "inline tool.uv": (
        "[tool]\nuv = { sources = { a = { workspace = true } }, package = true }\n",
        f"[tool]\nuv = {{ sources = {{ a = {{ workspace = true }}, {ENTRY} }}, package = true }}\n",
    ),
    "inline tool.uv without sources": (
        "[tool]\nuv = { package = true }\n",
        f"[tool]\nuv = {{ package = true, sources.{ENTRY} }}\n",
    ),
    "inline tool.uv, dotted sources": (
        "[tool]\nuv = {sources.a.workspace=true}\n",
        f"[tool]\nuv = {{sources.a.workspace=true, sources.{ENTRY}}}\n",
    ),
    "tables of their own": (
        "[tool.uv.sources.a]\nworkspace = true\n\n[x]\ny = 1\n",
        f"[tool.uv.sources.a]\nworkspace = true\n\n[tool.uv.sources]\n{ENTRY}\n\n[x]\ny = 1\n",
    ),
    "arrays of tables": (
        '[[tool.uv.sources.a]]\nindex = "x"\nmarker = "m"\n\n[[tool.uv.sources.a]]\nindex = "y"\nmarker = "n"\n',
        (
            '[[tool.uv.sources.a]]\nindex = "x"\nmarker = "m"\n\n[[tool.uv.sources.a]]\nindex = "y"\nmarker = "n"\n\n'
            f"[tool.uv.sources]\n{ENTRY}\n"
        ),
    ),
}

# id: (before, after adding); removing may not give these bytes back: an empty table goes with its last entry,
# and a blank line above a table with the table
ADDED = {
    "no table, blank lines at the end": (
        "[a]\nb = 1\n\n",
        f"[a]\nb = 1\n\n[tool.uv.sources]\n{ENTRY}\n",
    ),
    "empty table": ("[tool.uv.sources]\n", f"[tool.uv.sources]\n{ENTRY}\n"),
    "empty inline": ("[tool.uv]\nsources = {}\n", f"[tool.uv]\nsources = {{ {ENTRY} }}\n"),
    "nothing": ("", f"[tool.uv.sources]\n{ENTRY}\n"),
    "two blank lines at the end": ("[a]\nb = 1\n\n\n", f"[a]\nb = 1\n\n\n[tool.uv.sources]\n{ENTRY}\n"),
    "no blank lines": (
        "[tool.uv]\npackage = true\n[x]\ny = 1\n",
        f"[tool.uv]\npackage = true\n\n[tool.uv.sources]\n{ENTRY}\n\n[x]\ny = 1\n",
    ),
}

# id: (before, after): an entry that is there takes the new value, in its place where it has one
REPLACED = {
    "inline": (
        '[tool.uv.sources]\nshared = { git = "u", tag = "v1" }  # pinned\nz = { workspace = true }\n',
        f"[tool.uv.sources]\n{ENTRY}  # pinned\nz = {{ workspace = true }}\n",
    ),
    "another spelling": (
        '[tool.uv.sources]\nShared = { index = "corp" }\n',
        '[tool.uv.sources]\nShared = { path = "../shared", editable = true }\n',
    ),
    "list": (
        '[tool.uv.sources]\nshared = [\n  { index = "a", marker = "x" },\n  { path = "b" },\n]\nz = { workspace = true }\n',
        f"[tool.uv.sources]\n{ENTRY}\nz = {{ workspace = true }}\n",
    ),
    "inside an inline table": (
        '[tool]\nuv = { sources = { shared = { index = "a" }, b = { workspace = true } } }\n',
        f"[tool]\nuv = {{ sources = {{ {ENTRY}, b = {{ workspace = true }} }} }}\n",
    ),
    "dotted": (
        '[tool.uv]\nsources.shared = { index = "a" }\n',
        f"[tool.uv]\nsources.{ENTRY}\n",
    ),
    "spread over dotted keys": (
        '[tool.uv.sources]\nshared.path = "x"\nshared.editable = true\nz = { workspace = true }\n',
        f"[tool.uv.sources]\nz = {{ workspace = true }}\n{ENTRY}\n",
    ),
    "a table of its own": (
        '[tool.uv.sources.shared]\npath = "x"\n\n[tool.x]\ny = 1\n',
        f"[tool.x]\ny = 1\n\n[tool.uv.sources]\n{ENTRY}\n",
    ),
    "an array of tables": (
        (
            '[tool.uv.sources]\nz = { workspace = true }\n\n[[tool.uv.sources.shared]]\nindex = "a"\n\n'
            '[[tool.uv.sources.shared]]\npath = "b"\n\n[x]\ny = 1\n'
        ),
        f"[tool.uv.sources]\nz = {{ workspace = true }}\n{ENTRY}\n\n[x]\ny = 1\n",
    ),
    "indented": (
        '[tool.uv.sources]\n\tshared={index="a"}\n',
        '[tool.uv.sources]\n\tshared={ path = "../shared", editable = true }\n',
    ),
}

# id: (before, after `shared` is gone)
REMOVED = {
    "the header's own comment keeps it": (
        f"[tool.uv.sources] # ours\n{ENTRY}\n",
        "[tool.uv.sources] # ours\n",
    ),
    "comments below keep the header": (
        f"[tool.uv.sources]\n{ENTRY}\n# of whom?\n[x]\ny = 1\n",
        "[tool.uv.sources]\n# of whom?\n[x]\ny = 1\n",
    ),
    "comments of the next table do not": (
        f"[a]\nb = 1\n\n[tool.uv.sources]\n{ENTRY}\n\n# about x\n[x]\ny = 1\n",
        "[a]\nb = 1\n\n# about x\n[x]\ny = 1\n",
    ),
    "first table of the file": (
        f"[tool.uv.sources]\n{ENTRY}\n\n[x]\ny = 1\n",
        "[x]\ny = 1\n",
    ),
    "no blank lines around": (
        f"[a]\nb = 1\n[tool.uv.sources]\n{ENTRY}\n[x]\ny = 1\n",
        "[a]\nb = 1\n[x]\ny = 1\n",
    ),
    "a blank line above only stays": (
        f"[a]\nb = 1\n\n[tool.uv.sources]\n{ENTRY}\n[x]\ny = 1\n",
        "[a]\nb = 1\n\n[x]\ny = 1\n",
    ),
    "the comment on its line goes": (
        f"[tool.uv.sources]\nz = {{ workspace = true }}\n{ENTRY}  # local\n",
        "[tool.uv.sources]\nz = { workspace = true }\n",
    ),
    "inline table that becomes empty": (
        f"[tool.uv]\npackage = true\nsources = {{ {ENTRY} }}\n",
        "[tool.uv]\npackage = true\n",
    ),
    "inline table that becomes empty, comment": (
        f"[tool.uv]\nsources = {{ {ENTRY} }}  # from where\n",
        "[tool.uv]\nsources = {}  # from where\n",
    ),
    "first of an inline table": (
        f"[tool.uv]\nsources = {{ {ENTRY}, a = {{ workspace = true }} }}\n",
        "[tool.uv]\nsources = { a = { workspace = true } }\n",
    ),
    "a table of its own": (
        '[a]\nb = 1\n\n[tool.uv.sources.shared]\npath = "x"\n# why\neditable = true\n\n[x]\ny = 1\n',
        "[a]\nb = 1\n\n[x]\ny = 1\n",
    ),
    "dotted keys": (
        '[tool.uv.sources]\nshared.path = "x"\nz.workspace = true\nshared.editable = true\n',
        "[tool.uv.sources]\nz.workspace = true\n",
    ),
    "a list of several lines": (
        '[tool.uv.sources]\nz = { workspace = true }\nshared = [\n  { index = "a", marker = "x" },  # one\n]\n',
        "[tool.uv.sources]\nz = { workspace = true }\n",
    ),
    "another spelling": (
        "[tool.uv.sources]\nSHARED = { workspace = true }\nz = { workspace = true }\n",
        "[tool.uv.sources]\nz = { workspace = true }\n",
    ),
    "a longer name stays": (
        "[tool.uv.sources]\nshared-x = { workspace = true }\n",
        "[tool.uv.sources]\nshared-x = { workspace = true }\n",
    ),
    "not there": ("[tool.uv.sources]\n", "[tool.uv.sources]\n"),
    "no tables at all": ("a = 1\n", "a = 1\n"),
}


@pytest.mark.parametrize(("without", "with_it"), cases(BOTH_WAYS, ADDED))
def test_set_writes_exactly(without, with_it):
    assert pyproject.set_source(without, "shared", SOURCE) == with_it


@pytest.mark.parametrize(("without", "with_it"), cases(BOTH_WAYS))
def test_remove_is_the_way_back(without, with_it):
    assert pyproject.remove_source(with_it, "shared") == without


@pytest.mark.parametrize(("before", "after"), cases(REPLACED))
def test_set_replaces_what_is_there(before, after):
    assert pyproject.set_source(before, "shared", SOURCE) == after


@pytest.mark.parametrize(("before", "after"), cases(REMOVED))
def test_remove_takes_out_exactly(before, after):
    assert pyproject.remove_source(before, "Shared") == after


def test_set_twice_is_set_once():
    once = pyproject.set_source('[project]\nname = "a"\n', "shared", SOURCE)
    assert pyproject.set_source(once, "Shared", SOURCE) == once


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ({"index": "corp"}, '{ index = "corp" }'),
        (
            {"git": "https://h/r", "tag": "v1", "subdirectory": "a"},
            '{ git = "https://h/r", tag = "v1", subdirectory = "a" }',
        ),
        ({"path": 'a"b'}, "{ path = 'a\"b' }"),
        ({"path": "a\"b'c"}, '{ path = "a\\"b\'c" }'),
        ({"path": "a\tb\x7f"}, '{ path = "a\\u0009b\\u007f" }'),
    ],
)
def test_values_are_spelled_in_the_given_order(source, written):
    assert pyproject.set_source("", "shared", source) == f"[tool.uv.sources]\nshared = {written}\n"


def test_sources_that_are_no_table_are_refused_with_what_to_write():
    with pytest.raises(UsageError, match=r"cannot edit pyproject\.toml") as caught:
        pyproject.set_source("[tool.uv]\nsources = 3\n", "shared", SOURCE)
    assert caught.value.hint == f"edit by hand: [tool.uv.sources] {ENTRY}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "[tool.uv.sources]\r\nshared = { git = \"u\",  tag = 'v1' } # ours\r\n",
            "[tool.uv.sources]\r\nshared = { git = \"u\",  tag = 'v2' } # ours\r\n",
        ),
        ('[tool.uv.sources.Shared]\ngit = "u"\ntag = "v1"\n', '[tool.uv.sources.Shared]\ngit = "u"\ntag = "v2"\n'),
        (
            '[tool.uv]\nsources.shared.git = "u"\nsources.shared.tag = "v1"\n',
            '[tool.uv]\nsources.shared.git = "u"\nsources.shared.tag = "v2"\n',
        ),
    ],
    ids=["inline", "a table of its own", "dotted keys"],
)
def test_a_value_of_a_source_changes_and_nothing_else(before: str, after: str) -> None:
    assert pyproject.set_source_value(before, "shared", "tag", "v2") == after


@pytest.mark.parametrize("text", ['[tool.uv.sources]\nshared = { git = "u" }\n', "[project]\n"])
def test_a_value_that_is_not_there_cannot_change(text: str) -> None:
    with pytest.raises(UsageError, match="has no `tag` that can be edited"):
        pyproject.set_source_value(text, "shared", "tag", "v2")
