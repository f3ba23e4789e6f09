"""Lines of tables, keys and array elements, and the comments behind them."""

from __future__ import annotations

import pytest

from dagster_commons.tools import pyproject

TEXT = '''\
# top
[project]
name = "a"  # the name
dependencies = [
    "one",
    # [tool.uv]
    "two",  # second
    "three", "four"
]

[project.optional-dependencies]
"my.extra" = ["x", [
  1, 2]]

[tool.uv.sources]
shared = { path = "../shared", editable = true } # local
torch = [
  { index = "cpu", marker = "a" },
  { index = "gpu" }, # second
]
dotted . path = "p"

[[tool.uv.index]]
url = "one"
[[tool.uv.index]]
url = "two"
[tool.uv.index.more]
deep = 1

[tool.text]
long = """
[tool.fake]
key = 1
"""
after = """a"""""
last = 'its' # odd
'''

# what is looked for, and its line
LINES = {
    ("project",): 2,
    ("project", "name"): 3,
    ("project", "dependencies"): 4,
    ("project", "dependencies", 0): 5,
    ("project", "dependencies", 1): 7,
    ("project", "dependencies", 2): 8,
    ("project", "dependencies", 3): 8,
    ("project", "dependencies", 4): None,
    ("project", "optional-dependencies"): 11,
    ("project", "optional-dependencies", "my.extra"): 12,
    ("project", "optional-dependencies", "my.extra", 1, 1): 13,
    ("tool",): 15,
    ("tool", "uv"): 15,
    ("tool", "uv", "sources", "shared"): 16,
    ("tool", "uv", "sources", "shared", "editable"): 16,
    ("tool", "uv", "sources", "torch"): 17,
    ("tool", "uv", "sources", "torch", 1): 19,
    ("tool", "uv", "sources", "torch", 1, "index"): 19,
    ("tool", "uv", "sources", "dotted"): 21,
    ("tool", "uv", "sources", "dotted", "path"): 21,
    ("tool", "uv", "index"): 23,
    ("tool", "uv", "index", 0): 23,
    ("tool", "uv", "index", 1): 25,
    ("tool", "uv", "index", 1, "url"): 26,
    ("tool", "uv", "index", 1, "more", "deep"): 28,
    ("tool", "uv", "index", 2): None,
    ("tool", "fake"): None,
    ("tool", "text", "after"): 35,
    ("nowhere",): None,
    ("project", "name", "deeper"): None,
    (): None,
}


@pytest.mark.parametrize("keys", LINES, ids=str)
@pytest.mark.parametrize("line_ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_line_of(keys, line_ending):
    assert pyproject.LineIndex(TEXT.replace("\n", line_ending)).line_of(*keys) == LINES[keys]


def test_line_of_a_text_is_that_of_its_index():
    assert pyproject.line_of(TEXT, "tool", "uv", "index", 1) == 25


@pytest.mark.parametrize(
    ("keys", "comment"),
    [
        (("project", "name"), "# the name"),
        (("project", "dependencies", 0), None),
        (("project", "dependencies", 1), "# second"),
        (("tool", "uv", "sources", "shared"), "# local"),
        (("tool", "uv", "sources", "torch", 1), "# second"),
        (("tool", "uv", "sources", "shared", "path"), None),
        (("tool", "uv", "sources"), None),
        (("nowhere",), None),
    ],
)
@pytest.mark.parametrize("line_ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_comment_on(keys, comment, line_ending):
    assert pyproject.comment_on(TEXT.replace("\n", line_ending), *keys) == comment


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ("[project\nname = 1\n", ("name",), 2),
        ("a = [1,\n2\n[b]\nc = 1\n", ("a", 1), 2),
        ('a = "open\nb = 1\n', ("b",), 2),
        ("a = {b = 1\nc = 2\n", ("a", "b"), 1),
        ("= 1\n[x]\ny = [,]\nz=\n", ("x", "z"), 4),
        ("]]]\n}}\n[x]\n", ("x",), 3),
        ('a = ["""\nb = 1\n', ("a",), 1),
        ("a = [[[[", ("a", 0), 1),
        ('"\\u0061\\n" = 1\n', ("a\n",), 1),
        ("'a\"b'.\"c'd\" = 1\n", ('a"b', "c'd"), 1),
        ('a = ["""x""""",\n1]\n', ("a", 1), 2),
        ("a = ['''x''''',\n1]\n", ("a", 1), 2),
        ("\ufeff[x]\n", ("x",), 1),
        ("\n\n  [ x ]  \n", ("x",), 3),
    ],
)
def test_text_that_is_no_toml_or_odd_still_has_lines(text, keys, line):
    assert pyproject.line_of(text, *keys) == line
