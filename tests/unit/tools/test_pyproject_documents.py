"""Values read from a pyproject.toml, and two files compared apart from one module."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.tools import pyproject
from dagster_commons.tools.pyproject.verification import proven

FILE = Path("sales/pyproject.toml")
DOCUMENT = pyproject.read(
    """
[project]
name = "sales"
dependencies = ["dagster", "Acme_Shared[x]>=1 ; a == 'b'", 3, "acme-shared-tools"]
[project.optional-dependencies]
cloud = ["boto3", "acme.shared"]
[dependency-groups]
dev = ["pytest", { include-group = "lint" }, "acme-shared<2"]
[tool.uv]
dev-dependencies = ["acme-shared"]
constraint-dependencies = ["numpy", "acme-shared==1"]
index = [{ name = "corp", url = "u" }]
[tool.uv.sources]
ACME_SHARED = [{ path = "../shared", marker = "m" }, { index = "corp" }]
one = { workspace = true }
odd = 3
""",
    FILE,
)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [("a = 1\nb =\n", 2, "string values must be quoted"), ("[a]\nb = 1\nb = 2\n", 3, "duplicate key"), ("[x", 1, "")],
)
def test_malformed_toml_is_named_with_file_and_line(text, line, reason):
    with pytest.raises(UsageError, match=r"^pyproject\.toml is not valid TOML: ") as caught:
        pyproject.read(text, FILE)
    assert (caught.value.file, caught.value.line) == (FILE, line)
    assert reason in caught.value.message


def test_entries_say_where_the_requirements_of_a_module_stand():
    found = [(each.requirement, each.extra, each.group) for each in pyproject.module_entries(DOCUMENT, "acme-shared")]
    assert found == [
        ("Acme_Shared[x]>=1 ; a == 'b'", None, None),
        ("acme.shared", "cloud", None),
        ("acme-shared<2", None, "dev"),
        ("acme-shared", None, "dev"),
    ]


def test_entries_lead_to_their_elements():
    for entry in pyproject.module_entries(DOCUMENT, "ACME_shared"):
        *keys, position = entry.keys
        assert pyproject.elements(DOCUMENT, *keys)[position] == entry.requirement


def test_no_entry_for_another_name():
    assert pyproject.module_entries(DOCUMENT, "shared") == ()


@pytest.mark.parametrize(
    ("name", "count"),
    [("acme.shared", 2), ("one", 1), ("odd", 0), ("shared", 0)],
)
def test_sources_in_list_form_are_several(name, count):
    assert len(pyproject.source_tables(DOCUMENT, name)) == count


def test_the_source_key_is_as_written():
    assert pyproject.source_key(DOCUMENT, "acme-shared") == "ACME_SHARED"


def test_accessors_give_nothing_for_another_type():
    assert pyproject.string(DOCUMENT, "project", "name") == "sales"
    assert pyproject.string(DOCUMENT, "project", "name", "deeper") is None
    assert pyproject.string(DOCUMENT, "project") is None
    assert pyproject.strings(DOCUMENT, "project", "dependencies")[-1] == "acme-shared-tools"
    assert pyproject.strings(DOCUMENT, "project", "name") == ()
    assert pyproject.table(DOCUMENT, "project", "name") == {}
    assert pyproject.tables(DOCUMENT, "tool", "uv", "index") == ({"name": "corp", "url": "u"},)
    assert pyproject.elements(DOCUMENT, "project", "name") == ()


def test_without_a_module_nothing_of_it_is_left():
    assert pyproject.without_module(DOCUMENT, "acme.Shared") == {
        "project": {"name": "sales", "dependencies": ["acme-shared-tools", "dagster", 3],
                    "optional-dependencies": {"cloud": ["boto3"]}},
        "dependency-groups": {"dev": ["pytest", {"include-group": "lint"}]},
        "tool": {
            "uv": {
                "constraint-dependencies": ["numpy"],
                "index": [{"name": "corp", "url": "u"}],
                "sources": {"one": {"workspace": True}, "odd": 3},
            }
        },
    }  # fmt: skip


# (left, right, the same apart from `shared`?)
COMPARED = [
    ("[project]\ndependencies = ['b', 'a']\n", "[project]\ndependencies = ['a', 'b']\n", True),
    ("[project]\ndependencies = ['a', 'shared>=1']\n", "[project]\ndependencies = ['a']\n", True),
    ("[project]\ndependencies = ['shared>=1']\n", "", True),
    ("[project]\ndependencies = ['a']\n", "[project]\ndependencies = ['a>=1']\n", False),
    ("[tool.uv.sources]\nshared = { path = 'x' }\n", "[tool.uv.sources]\nshared = { index = 'y' }\n", True),
    ("[tool.uv.sources]\nshared = { path = 'x' }\n", "[tool.uv.sources]\n", True),
    ("[tool.uv.sources]\nother = { path = 'x' }\n", "", False),
    ("[tool.uv]\nconstraint-dependencies = ['shared==1']\n", "[tool.uv]\n", True),
    ("[tool.uv]\nconstraint-dependencies = ['a']\n", "[tool.uv]\n", False),
    ("[tool.x]\ny = ['b', 'a']\n", "[tool.x]\ny = ['a', 'b']\n", False),
    ("[tool.x]\ny = ['shared']\n", "[tool.x]\n", False),
    ("[project]\nname = 'a'\n", "[project]\nname = 'b'\n", False),
    ("[[tool.uv.index]]\nname = 'a'\n", "", False),
]


@pytest.mark.parametrize(("left", "right", "is_same"), COMPARED)
def test_apart_from_a_module(left, right, is_same):
    left_value, right_value = (pyproject.without_module(pyproject.read(each, FILE), "shared") for each in (left, right))
    assert (left_value == right_value) is is_same


def test_comparable_keeps_the_module():
    with_it = pyproject.read("[project]\ndependencies = ['shared', 'a']\ndynamic = []\n", FILE)
    assert pyproject.comparable(with_it) == {"project": {"dependencies": ["a", "shared"]}}


def test_indexes_can_be_ignored():
    document = pyproject.read("[tool.uv]\na = 1\n[[tool.uv.index]]\nname = 'x'\n", FILE)
    assert pyproject.comparable(document, ignoring_indexes=True) == {"tool": {"uv": {"a": 1}}}
    assert pyproject.without_module(document, "x", ignoring_indexes=True) == {"tool": {"uv": {"a": 1}}}
    assert pyproject.comparable(document) != pyproject.comparable(document, ignoring_indexes=True)


def test_comparing_twice_is_comparing_once():
    once = pyproject.without_module(DOCUMENT, "acme-shared")
    assert pyproject.without_module(once, "acme-shared") == once


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("a = 1\n", {"a": True}),
        ("a = 1\n", {"a": 1.0}),
        ("a = 1\n", {}),
        ("a = 1\nb = {}\n", {"a": 1}),
        ("a = [1, 2]\n", {"a": [2, 1]}),
        ("a = \n", {}),
        ("a = nan\n", {"a": 1.0}),
        ("a = 1979-05-27\n", {"a": datetime.date(1979, 5, 28)}),
        ("x.y = 1\n", {"x": {}}),
    ],
)
def test_an_edit_that_does_not_say_exactly_what_was_asked_is_refused(edited, expected):
    with pytest.raises(UsageError, match=r"^cannot edit pyproject\.toml: ") as caught:
        proven(edited, expected, by_hand="a = 1", may_vanish=("x", "y"))
    assert caught.value.hint == "edit by hand: a = 1"


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("a = nan\nb = 1979-05-27\n", {"b": datetime.date(1979, 5, 27), "a": float("nan")}),
        ("a = [{b = 1.5}]\n", {"a": [{"b": 1.5}]}),
        ("a = 1\n", {"a": 1, "x": {"y": {}}}),
        ("a = 1\nx.y = []\n", {"a": 1}),
    ],
)
def test_an_edit_that_says_what_was_asked_is_kept(edited, expected):
    assert proven(edited, expected, by_hand="", may_vanish=("x", "y")) == edited


def test_errors_name_the_file_that_is_edited_unless_they_name_another():
    with pytest.raises(UsageError) as caught, pyproject.editing(FILE):
        pyproject.set_version("", "1")
    assert caught.value.file == FILE
    with pytest.raises(UsageError) as caught, pyproject.editing(FILE):
        pyproject.read("[", Path("other.toml"))
    assert caught.value.file == Path("other.toml")
