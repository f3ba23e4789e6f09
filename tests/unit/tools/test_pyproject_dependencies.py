"""Requirements in every form of array: each pair is the text without and with `shared`, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.tools import pyproject
from text_forms import cases

# id: (without `shared`, with `shared` appended); removing it again gives the first text back
BOTH_WAYS = {
    "empty": (
        '[project]\nname = "a"\ndependencies = []\n',
        '[project]\nname = "a"\ndependencies = ["shared"]\n',
    ),
    "empty in the middle": (
        '[project]\nname = "a"\ndependencies = []\nversion = "1"\n',
        '[project]\nname = "a"\ndependencies = ["shared"]\nversion = "1"\n',
    ),
    "one line": (
        '[project]\ndependencies = ["dagster>=1.13"]\n',
        '[project]\ndependencies = ["dagster>=1.13", "shared"]\n',
    ),
    "one line, two": (
        '[project]\ndependencies = ["dagster", "duckdb"]  # two\n',
        '[project]\ndependencies = ["dagster", "duckdb", "shared"]  # two\n',
    ),
    "one line, trailing comma": (
        '[project]\ndependencies = ["dagster", "duckdb",]\n',
        '[project]\ndependencies = ["dagster", "duckdb", "shared",]\n',
    ),
    "one line, padded": (
        '[project]\ndependencies = [ "dagster", "duckdb" ]\n',
        '[project]\ndependencies = [ "dagster", "duckdb", "shared" ]\n',
    ),
    "one line, tight": (
        '[project]\ndependencies=["dagster","duckdb"]\n',
        '[project]\ndependencies=["dagster","duckdb","shared"]\n',
    ),
    "one line, single quotes": (
        "[project]\ndependencies = ['dagster', 'duckdb']\n",
        "[project]\ndependencies = ['dagster', 'duckdb', 'shared']\n",
    ),
    "brackets in strings": (
        '[project]\ndependencies = ["dagster[x]>=1", "duckdb[a, b]#"]\n',
        '[project]\ndependencies = ["dagster[x]>=1", "duckdb[a, b]#", "shared"]\n',
    ),
    "four spaces": (
        '[project]\ndependencies = [\n    "dagster>=1.13",\n    "duckdb",\n]\n',
        '[project]\ndependencies = [\n    "dagster>=1.13",\n    "duckdb",\n    "shared",\n]\n',
    ),
    "two spaces": (
        '[project]\ndependencies = [\n  "dagster",\n]\n',
        '[project]\ndependencies = [\n  "dagster",\n  "shared",\n]\n',
    ),
    "tab": (
        '[project]\ndependencies = [\n\t"dagster",\n]\n',
        '[project]\ndependencies = [\n\t"dagster",\n\t"shared",\n]\n',
    ),
    "not indented": (
        '[project]\ndependencies = [\n"dagster",\n]\n',
        '[project]\ndependencies = [\n"dagster",\n"shared",\n]\n',
    ),
    "no trailing comma": (
        '[project]\ndependencies = [\n    "dagster",\n    "duckdb"\n]\n',
        '[project]\ndependencies = [\n    "dagster",\n    "duckdb",\n    "shared"\n]\n',
    ),
    "no trailing comma, comment": (
        '[project]\ndependencies = [\n    "dagster"  # the engine\n]\n',
        '[project]\ndependencies = [\n    "dagster",  # the engine\n    "shared"\n]\n',
    ),
    "comments": (
        '[project]\ndependencies = [\n    # engine\n    "dagster",  # >= 1.13, "soon"\n    # "polars",\n]\n',
        '[project]\ndependencies = [\n    # engine\n    "dagster",  # >= 1.13, "soon"\n    "shared",\n    # "polars",\n]\n',
    ),
    "blank lines": (
        '[project]\ndependencies = [\n\n    "dagster",\n\n    "duckdb",\n\n]\n',
        '[project]\ndependencies = [\n\n    "dagster",\n\n    "duckdb",\n    "shared",\n\n]\n',
    ),
    "commas lead": (
        '[project]\ndependencies = [\n    "dagster"\n  , "duckdb"\n]\n',
        '[project]\ndependencies = [\n    "dagster"\n  , "duckdb"\n  , "shared"\n]\n',
    ),
    "several on a line": (
        '[project]\ndependencies = [\n    "dagster", "duckdb",\n    "polars", "pyarrow",\n]\n',
        '[project]\ndependencies = [\n    "dagster", "duckdb",\n    "polars", "pyarrow", "shared",\n]\n',
    ),
    "bracket closes on the last line": (
        '[project]\ndependencies = ["dagster",\n                "duckdb"]\n',
        '[project]\ndependencies = ["dagster",\n                "duckdb",\n                "shared"]\n',
    ),
    "bracket closes after a comma": (
        '[project]\ndependencies = [\n  "dagster",\n  "duckdb",]\n',
        '[project]\ndependencies = [\n  "dagster",\n  "duckdb",\n  "shared",]\n',
    ),
    "empty, several lines": (
        "[project]\ndependencies = [\n]\n",
        '[project]\ndependencies = [\n    "shared",\n]\n',
    ),
    "empty, a comment inside": (
        "[project]\ndependencies = [\n  # nothing yet\n]\n",
        '[project]\ndependencies = [\n  # nothing yet\n  "shared",\n]\n',
    ),
    "indented table": (
        '[project]\n  name = "a"\n  dependencies = [\n    "dagster",\n  ]\n',
        '[project]\n  name = "a"\n  dependencies = [\n    "dagster",\n    "shared",\n  ]\n',
    ),
    "dotted keys": (
        'project.name = "a"\nproject.dependencies = ["dagster"]\n\n[tool.x]\na = 1\n',
        'project.name = "a"\nproject.dependencies = ["dagster", "shared"]\n\n[tool.x]\na = 1\n',
    ),
    "inline table": (
        'project = { name = "a", dependencies = ["dagster"], version = "1" }\n',
        'project = { name = "a", dependencies = ["dagster", "shared"], version = "1" }\n',
    ),
    "quoted keys": (
        '["project"]\n"dependencies" = ["dagster"]\n',
        '["project"]\n"dependencies" = ["dagster", "shared"]\n',
    ),
    "after strings that look like tables": (
        '[tool.x]\na = """\n[project]\ndependencies = []\n"""\nb = \'\'\'["\'\'\'\n[project]\ndependencies = ["dagster"]\n',
        '[tool.x]\na = """\n[project]\ndependencies = []\n"""\nb = \'\'\'["\'\'\'\n[project]\ndependencies = ["dagster", "shared"]\n',
    ),
    "byte order mark": (
        '\ufeff[project]\ndependencies = ["dagster"]\n',
        '\ufeff[project]\ndependencies = ["dagster", "shared"]\n',
    ),
    "other scripts": (
        '[project]\ndescription = "Daten für 東京"\ndependencies = ["dagster"]  # für später\n',
        '[project]\ndescription = "Daten für 東京"\ndependencies = ["dagster", "shared"]  # für später\n',
    ),
    "multi-line strings as elements": (
        "[project]\ndependencies = [\n    \"\"\"dagster\"\"\",\n    '''duckdb''',\n]\n",
        "[project]\ndependencies = [\n    \"\"\"dagster\"\"\",\n    '''duckdb''',\n    'shared',\n]\n",
    ),
}

# what is made where nothing is; taking it out again leaves an empty array
MADE = {
    "no key": (
        '[project]\nname = "a"\n\n[tool.x]\na = 1\n',
        '[project]\nname = "a"\ndependencies = ["shared"]\n\n[tool.x]\na = 1\n',
    ),
    "no key, comment below": (
        '[project]\nname = "a"\n# dependencies: none\n\n[tool.x]\na = 1\n',
        '[project]\nname = "a"\ndependencies = ["shared"]\n# dependencies: none\n\n[tool.x]\na = 1\n',
    ),
    "no statements": ("[project]\n", '[project]\ndependencies = ["shared"]\n'),
    "no table": (
        '[build-system]\nrequires = ["hatchling"]\n',
        '[build-system]\nrequires = ["hatchling"]\n\n[project]\ndependencies = ["shared"]\n',
    ),
    "nothing": ("", '[project]\ndependencies = ["shared"]\n'),
    "dotted keys": (
        'project.name = "a"\n\n[tool.x]\na = 1\n',
        'project.name = "a"\nproject.dependencies = ["shared"]\n\n[tool.x]\na = 1\n',
    ),
    "inline table": (
        'project = { name = "a" }\n',
        'project = { name = "a", dependencies = ["shared"] }\n',
    ),
    "empty inline table": ("project = {}\n", 'project = { dependencies = ["shared"] }\n'),
    "indented": (
        '[project]\n\tname = "a"\n',
        '[project]\n\tname = "a"\n\tdependencies = ["shared"]\n',
    ),
    "only a table below": (
        '[project.urls]\nhome = "x"\n',
        '[project.urls]\nhome = "x"\n\n[project]\ndependencies = ["shared"]\n',
    ),
}

# id: (before, after `shared` is gone): what only removing meets
REMOVED = {
    "first of one line": ('dependencies = ["shared", "dagster"]\n', 'dependencies = ["dagster"]\n'),
    "middle of one line": ('dependencies = ["a", "shared", "b"]\n', 'dependencies = ["a", "b"]\n'),
    "only one, padded": ('dependencies = [ "shared" ]\n', "dependencies = []\n"),
    "only one, trailing comma": ('dependencies = ["shared",]\n', "dependencies = []\n"),
    "first line": (
        'dependencies = [\n    "shared",  # ours\n    "dagster",\n]\n',
        'dependencies = [\n    "dagster",\n]\n',
    ),
    "middle line keeps the comments around it": (
        'dependencies = [\n    "a",  # one\n    # two\n    "shared>=1 ; python_version < \'3.13\'",\n    # three\n    "b"\n]\n',
        'dependencies = [\n    "a",  # one\n    # two\n    # three\n    "b"\n]\n',
    ),
    "commas lead, first": (
        'dependencies = [\n    "shared"\n  , "a"\n]\n',
        'dependencies = [\n    "a"\n]\n',
    ),
    "commas lead, middle": (
        'dependencies = [\n    "a"\n  , "shared"\n  , "b"\n]\n',
        'dependencies = [\n    "a"\n  , "b"\n]\n',
    ),
    "on the bracket's line": ('dependencies = ["shared",\n    "a"]\n', 'dependencies = [\n    "a"]\n'),
    "second on its line": (
        'dependencies = [\n    "a", "shared",  # both\n    "b",\n]\n',
        'dependencies = [\n    "a",  # both\n    "b",\n]\n',
    ),
    "first on its line": (
        'dependencies = [\n    "shared", "a",\n]\n',
        'dependencies = [\n    "a",\n]\n',
    ),
    "closing line, comment before": (
        'dependencies = ["a",  # one\n    "shared"]\n',
        'dependencies = ["a"  # one\n    ]\n',
    ),
    "closing line, comment before, trailing comma": (
        'dependencies = ["a",  # one\n    "shared",]\n',
        'dependencies = ["a",  # one\n    ]\n',
    ),
    "every marker's": (
        'dependencies = [\n    "shared<1 ; a",\n    "b",\n    "Shared>=1 ; c",\n]\n',
        'dependencies = [\n    "b",\n]\n',
    ),
    "every one there is": ('dependencies = ["shared<1", "shared>1"]\n', "dependencies = []\n"),
    "another spelling": ('dependencies = ["SHARED [x] >= 1"]\n', "dependencies = []\n"),
    "a longer name stays": ('dependencies = ["shared-lib", "shared"]\n', 'dependencies = ["shared-lib"]\n'),
    "not there": ('dependencies = ["a"]\n', 'dependencies = ["a"]\n'),
    "not an array": ("dependencies = 3\n", "dependencies = 3\n"),
}


@pytest.mark.parametrize(("without", "with_it"), cases(BOTH_WAYS, MADE))
def test_add_writes_exactly(without, with_it):
    assert pyproject.add_dependency(without, "shared") == with_it


@pytest.mark.parametrize(("without", "with_it"), cases(BOTH_WAYS))
def test_remove_is_the_way_back(without, with_it):
    assert pyproject.remove_dependency(with_it, "shared") == without


@pytest.mark.parametrize(("without", "with_it"), cases(MADE))
def test_remove_leaves_the_array_empty(without, with_it):
    assert pyproject.remove_dependency(with_it, "Shared") == with_it.replace('["shared"]', "[]")


@pytest.mark.parametrize(("without", "with_it"), cases(BOTH_WAYS, MADE))
def test_replace_changes_only_the_requirement(without, with_it):
    pinned = pyproject.replace_dependency(with_it, "shared", "shared==0.1.3")
    assert pinned == with_it.replace('"shared"', '"shared==0.1.3"').replace("'shared'", "'shared==0.1.3'")


@pytest.mark.parametrize(("before", "after"), cases(REMOVED))
def test_remove_takes_out_exactly(before, after):
    header = "[project]" + ("\r\n" if "\r\n" in before else "\n")
    assert pyproject.remove_dependency(header + before, "shared") == header + after


@pytest.mark.parametrize(
    ("requirement", "written"),
    [
        ("shared ; python_version < '3.13'", "\"shared ; python_version < '3.13'\""),
        ('shared ; python_version < "3.13"', "'shared ; python_version < \"3.13\"'"),
        ("shared ; a == 'x' or b == \"y\"", '"shared ; a == \'x\' or b == \\"y\\""'),
        ("shared ; a == 'x\\y'", "\"shared ; a == 'x\\\\y'\""),
    ],
)
def test_requirements_are_quoted_so_that_they_need_no_escape(requirement, written):
    assert pyproject.add_dependency("[project]\ndependencies = []\n", requirement) == (
        f"[project]\ndependencies = [{written}]\n"
    )


def test_replace_keeps_place_comments_and_quotes():
    text = "[project]\ndependencies = [\n    'a',\n    'Shared[x]>=1',  # ours\n    'b',\n]\n"
    replaced = pyproject.replace_dependency(text, "shared", "Shared[x]==0.1.3")
    assert replaced == text.replace("Shared[x]>=1", "Shared[x]==0.1.3")


def test_replace_of_one_among_several_markers_needs_the_old_text():
    text = "[project]\ndependencies = [\"shared<1 ; a == '1'\", \"shared>=1 ; a == '2'\"]\n"
    with pytest.raises(UsageError, match=r"shared stands in \[project\] dependencies several times \(lines 2, 2\)"):
        pyproject.replace_dependency(text, "shared", "shared==1")
    replaced = pyproject.replace_dependency(text, "shared", "shared==2 ; a == '2'", old="shared>=1 ; a == '2'")
    assert replaced == text.replace("shared>=1", "shared==2")


def test_replace_of_what_is_not_there_is_refused():
    with pytest.raises(UsageError, match=r"`shared` does not stand in \[dependency-groups\] dev"):
        pyproject.replace_dependency("[dependency-groups]\ndev = []\n", "shared", "shared==1", group="dev")


def test_add_of_what_is_there_is_refused_with_its_line():
    with pytest.raises(UsageError, match="acme-shared already stands in") as caught:
        pyproject.add_dependency('[project]\ndependencies = [\n  "x",\n  "acme_shared>=1",\n]\n', "Acme.Shared==2")
    assert caught.value.line == 4


@pytest.mark.parametrize(
    ("dynamic", "where"),
    [("dependencies", {}), ("optional-dependencies", {"extra": "cloud"})],
)
def test_dynamic_dependencies_are_not_written(dynamic, where):
    text = f'[project]\nname = "a"\ndynamic = ["version", "{dynamic}"]\n'
    with pytest.raises(UsageError, match="is dynamic") as caught:
        pyproject.add_dependency(text, "shared", **where)
    assert caught.value.line == 3


def test_an_array_that_is_none_is_refused_with_what_to_write():
    with pytest.raises(UsageError, match=r"cannot edit pyproject\.toml") as caught:
        pyproject.add_dependency('[project]\ndependencies = "dagster"\n', "shared")
    assert caught.value.hint == 'edit by hand: add "shared" to [project] dependencies'


def test_malformed_text_is_refused_with_file_and_line():
    with pytest.raises(UsageError) as caught, pyproject.editing(Path("sales/pyproject.toml")):
        pyproject.add_dependency("[project]\nname =\n", "shared")
    assert (str(caught.value.file), caught.value.line) == ("sales/pyproject.toml", 2)


def test_an_extra_and_a_group_at_once_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="not to both"):
        pyproject.add_dependency("", "shared", extra="a", group="b")
