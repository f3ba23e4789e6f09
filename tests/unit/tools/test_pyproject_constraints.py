"""`[tool.uv] constraint-dependencies` and `[project] version`: before and after, byte for byte."""

from __future__ import annotations

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.tools import pyproject
from text_forms import cases

# id: (without, with `shared==0.1.3`); removing gives the first text back
BOTH_WAYS = {
    "no table": (
        '[project]\nname = "a"\n',
        '[project]\nname = "a"\n\n[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\n',
    ),
    "no table, tools around": (
        "[tool.a]\nb = 1\n\n[x]\ny = 1\n",
        '[tool.a]\nb = 1\n\n[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\n\n[x]\ny = 1\n',
    ),
    "no table, a table below it": (
        "[tool.uv.sources]\nb = { workspace = true }\n",
        '[tool.uv.sources]\nb = { workspace = true }\n\n[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\n',
    ),
    "no key": (
        "[tool.uv]\npackage = true\n\n[x]\ny = 1\n",
        '[tool.uv]\npackage = true\nconstraint-dependencies = ["shared==0.1.3"]\n\n[x]\ny = 1\n',
    ),
    "dotted keys": (
        "[tool]\nuv.package = true\n",
        '[tool]\nuv.package = true\nuv.constraint-dependencies = ["shared==0.1.3"]\n',
    ),
    "inline tool.uv": (
        "[tool]\nuv = { package = true }\n",
        '[tool]\nuv = { package = true, constraint-dependencies = ["shared==0.1.3"] }\n',
    ),
    "another": (
        '[tool.uv]\nconstraint-dependencies = ["x<2"]\n',
        '[tool.uv]\nconstraint-dependencies = ["x<2", "shared==0.1.3"]\n',
    ),
    "several lines": (
        "[tool.uv]\nconstraint-dependencies = [\n  'x<2',  # why\n]\n",
        "[tool.uv]\nconstraint-dependencies = [\n  'x<2',  # why\n  'shared==0.1.3',\n]\n",
    ),
    "empty array with a comment": (
        "[tool.uv]\nconstraint-dependencies = []  # none\n",
        '[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]  # none\n',
    ),
    "empty array of several lines with a comment": (
        "[tool.uv]\nconstraint-dependencies = [\n    # none\n]\n",
        '[tool.uv]\nconstraint-dependencies = [\n    # none\n    "shared==0.1.3",\n]\n',
    ),
    "header with a comment": (
        "[tool.uv]  # uv\n",
        '[tool.uv]  # uv\nconstraint-dependencies = ["shared==0.1.3"]\n',
    ),
}

# id: (before, after adding `shared==0.1.3`)
REPLACED = {
    "range": (
        '[tool.uv]\nconstraint-dependencies = ["a", "Shared >= 0.1", "b"]\n',
        '[tool.uv]\nconstraint-dependencies = ["a", "shared==0.1.3", "b"]\n',
    ),
    "on its own line": (
        "[tool.uv]\nconstraint-dependencies = [\n    'shared==0.1.2',  # pinned\n    'b',\n]\n",
        "[tool.uv]\nconstraint-dependencies = [\n    'shared==0.1.3',  # pinned\n    'b',\n]\n",
    ),
    "twice": (
        '[tool.uv]\nconstraint-dependencies = ["shared>=0.1", "b", "shared<2"]\n',
        '[tool.uv]\nconstraint-dependencies = ["shared==0.1.3", "b"]\n',
    ),
    "the same": (
        '[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\n',
        '[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\n',
    ),
}

# id: (before, after removing)
REMOVED = {
    "the key goes with its last, the header stays with others": (
        '[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\npackage = true\n',
        "[tool.uv]\npackage = true\n",
    ),
    "a comment keeps the key": (
        '[tool.uv]\nconstraint-dependencies = [\n  # ours\n  "shared==0.1.3",\n]\n',
        "[tool.uv]\nconstraint-dependencies = [\n  # ours\n]\n",
    ),
    "a comment keeps the header": (
        '[a]\nb = 1\n\n# uv\n[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\n',
        "[a]\nb = 1\n\n# uv\n[tool.uv]\n",
    ),
    "every one": (
        '[tool.uv]\npackage = true\nconstraint-dependencies = ["shared>1", "SHARED<2"]\n',
        "[tool.uv]\npackage = true\n",
    ),
    "in an inline table": (
        '[tool]\nuv = { constraint-dependencies = ["shared==1"], package = true }\n',
        "[tool]\nuv = { package = true }\n",
    ),
    "not there": (
        '[tool.uv]\nconstraint-dependencies = ["shared-lib"]\n',
        '[tool.uv]\nconstraint-dependencies = ["shared-lib"]\n',
    ),
    "an empty one of yours": ("[tool.uv]\nconstraint-dependencies = []\n", "[tool.uv]\nconstraint-dependencies = []\n"),
}

# id: (before, after `set_version` to 0.2.0)
VERSIONS = {
    "plain": ('[project]\nname = "a"\nversion = "0.1.0"\n', '[project]\nname = "a"\nversion = "0.2.0"\n'),
    "comment": ('[project]\nversion = "0.1.0"  # bumped\n', '[project]\nversion = "0.2.0"  # bumped\n'),
    "aligned": ("[project]\nname    = 'a'\nversion = '0.1.0'\n", "[project]\nname    = 'a'\nversion = '0.2.0'\n"),
    "tight": ('[project]\nversion="0.1.0"\n', '[project]\nversion="0.2.0"\n'),
    "dotted": ('project.version = "0.1.0"\n', 'project.version = "0.2.0"\n'),
    "inline": ('project = {version="0.1.0",name="a"}\n', 'project = {version="0.2.0",name="a"}\n'),
    "other tables' versions stay": (
        '[tool.poetry]\nversion = "0.1.0"\n\n[project]\nversion = "0.1.0"\n',
        '[tool.poetry]\nversion = "0.1.0"\n\n[project]\nversion = "0.2.0"\n',
    ),
    "quoted key": ('[project]\n"version" = "0.1.0"\n', '[project]\n"version" = "0.2.0"\n'),
    "the same": ('[project]\nversion = "0.2.0"\n', '[project]\nversion = "0.2.0"\n'),
}


@pytest.mark.parametrize(("without", "with_it"), cases(BOTH_WAYS, REPLACED))
def test_add_writes_exactly(without, with_it):
    assert pyproject.add_constraint(without, "shared==0.1.3") == with_it


@pytest.mark.parametrize(("without", "with_it"), cases(BOTH_WAYS, REPLACED))
def test_an_override_is_written_in_the_same_way(without, with_it):
    without, with_it = (each.replace("constraint-dep", "override-dep") for each in (without, with_it))
    assert pyproject.add_override(without, "shared==0.1.3") == with_it


@pytest.mark.parametrize(("without", "with_it"), cases(BOTH_WAYS))
def test_remove_is_the_way_back(without, with_it):
    assert pyproject.remove_constraint(with_it, "Shared") == without


@pytest.mark.parametrize(("before", "after"), cases(REMOVED))
def test_remove_takes_out_exactly(before, after):
    assert pyproject.remove_constraint(before, "shared") == after


@pytest.mark.parametrize(("before", "after"), cases(VERSIONS))
def test_set_version_changes_only_the_version(before, after):
    assert pyproject.set_version(before, "0.2.0") == after


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('[project]\nname = "a"\ndynamic = ["version"]\n', "its version is dynamic", 3),
        ('[x]\n[project]\nname = "a"\n', r"it has no \[project\] version", 2),
        ("[project]\nversion = 1\n", r"it has no \[project\] version", 1),
        ("", r"it has no \[project\] version", None),
        ("[project\n", "not valid TOML", 1),
    ],
)
def test_a_version_that_is_not_written_there_is_refused(text, message, line):
    with pytest.raises(UsageError, match=message) as caught:
        pyproject.set_version(text, "0.2.0")
    assert caught.value.line == line


def test_constraints_that_are_no_array_are_refused():
    with pytest.raises(UsageError, match=r"cannot edit pyproject\.toml"):
        pyproject.add_constraint('[tool.uv]\nconstraint-dependencies = "x"\n', "shared==1")
