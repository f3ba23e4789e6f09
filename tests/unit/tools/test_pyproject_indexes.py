"""`[[tool.uv.index]]`: each pair is the text without and with the index, byte for byte."""

from __future__ import annotations

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.tools import pyproject
from text_forms import cases

INDEX = {"name": "acme", "url": "./registry"}
TABLE = '[[tool.uv.index]]\nname = "acme"\nurl = "./registry"\n'
INLINE = '{ name = "acme", url = "./registry" }'

# id: (without, with it as the only or the last); removing gives the first text back
LAST = {
    "none yet": ('[project]\nname = "a"\n', f'[project]\nname = "a"\n\n{TABLE}'),
    "below tool.uv": (
        "[tool.uv]\npackage = true\n\n[x]\ny = 1\n",
        f"[tool.uv]\npackage = true\n\n{TABLE}\n[x]\ny = 1\n",
    ),
    "below the sources": (
        "[tool.uv]\na = 1\n\n[tool.uv.sources]\nb = { workspace = true }\n\n[tool.x]\ny = 1\n",
        f"[tool.uv]\na = 1\n\n[tool.uv.sources]\nb = {{ workspace = true }}\n\n{TABLE}\n[tool.x]\ny = 1\n",
    ),
    "after another": (
        '[[tool.uv.index]]\nname = "b"\nurl = "u"\n\n[tool.uv.sources]\nc = { index = "b" }\n',
        f'[[tool.uv.index]]\nname = "b"\nurl = "u"\n\n{TABLE}\n[tool.uv.sources]\nc = {{ index = "b" }}\n',
    ),
    "after two": (
        '[[tool.uv.index]]\nurl = "u"\n\n# second\n[[tool.uv.index]]\nurl = "v"\n# end\n\n[x]\ny = 1\n',
        f'[[tool.uv.index]]\nurl = "u"\n\n# second\n[[tool.uv.index]]\nurl = "v"\n# end\n\n{TABLE}\n[x]\ny = 1\n',
    ),
    "inline array": (
        '[tool.uv]\nindex = [{ url = "u" }]\n',
        f'[tool.uv]\nindex = [{{ url = "u" }}, {INLINE}]\n',
    ),
    "inline array, several lines": (
        '[tool.uv]\nindex = [\n    { url = "u" },  # one\n]\n',
        f'[tool.uv]\nindex = [\n    {{ url = "u" }},  # one\n    {INLINE},\n]\n',
    ),
    "empty inline array": ("[tool.uv]\na = 1\nindex = []\n", f"[tool.uv]\na = 1\nindex = [{INLINE}]\n"),
    "dotted": (
        "[tool]\nuv.index = []\n",
        f"[tool]\nuv.index = [{INLINE}]\n",
    ),
    "dotted tool.uv": (
        "[tool]\nuv.package = true\n",
        f"[tool]\nuv.package = true\n\n{TABLE}",
    ),
}

# id: (without, with it as the first); removing gives the first text back
FIRST = {
    "none yet": LAST["none yet"],
    "before another": (
        '[tool.uv]\na = 1\n\n[[tool.uv.index]]\nname = "b"\nurl = "u"\n',
        f'[tool.uv]\na = 1\n\n{TABLE}\n[[tool.uv.index]]\nname = "b"\nurl = "u"\n',
    ),
    "before another's comment": (
        'a = 1\n\n# the other\n# of ours\n[[tool.uv.index]]\nname = "b"\n',
        f'a = 1\n\n{TABLE}\n# the other\n# of ours\n[[tool.uv.index]]\nname = "b"\n',
    ),
    "at the top": (
        '[[tool.uv.index]]\nname = "b"\n\n[tool.uv]\na = 1\n',
        f'{TABLE}\n[[tool.uv.index]]\nname = "b"\n\n[tool.uv]\na = 1\n',
    ),
    "inline array": (
        '[tool.uv]\nindex = [{ url = "u" }]\n',
        f'[tool.uv]\nindex = [{INLINE}, {{ url = "u" }}]\n',
    ),
    "inline array, several lines": (
        '[tool.uv]\nindex = [\n    # one\n    { url = "u" }\n]\n',
        f'[tool.uv]\nindex = [\n    # one\n    {INLINE},\n    {{ url = "u" }}\n]\n',
    ),
    "inline tool.uv": (
        '[tool]\nuv = { index = [ { url = "u" } ] }\n',
        f'[tool]\nuv = {{ index = [ {INLINE}, {{ url = "u" }} ] }}\n',
    ),
}

# id: (before, after it is added last)
ADDED = {
    "inline tool.uv": ("[tool]\nuv = { a = 1 }\n", f"[tool]\nuv = {{ a = 1, index = [{INLINE}] }}\n"),
    "no blank lines": ("[tool.uv]\na = 1\n[x]\ny = 1\n", f"[tool.uv]\na = 1\n\n{TABLE}\n[x]\ny = 1\n"),
}

# id: (before, after removing)
REMOVED = {
    "between others": (
        f'[[tool.uv.index]]\nname = "b"\n\n{TABLE}\n[[tool.uv.index]]\nname = "c"\n',
        '[[tool.uv.index]]\nname = "b"\n\n[[tool.uv.index]]\nname = "c"\n',
    ),
    "comments around it stay, comments inside go": (
        '[a]\nb = 1\n\n# above\n[[tool.uv.index]]\nname = "acme"\n# inside\nurl = "u"  # here\n# below\n\n[x]\ny = 1\n',
        "[a]\nb = 1\n\n# above\n# below\n\n[x]\ny = 1\n",
    ),
    "no blank lines": (f"[a]\nb = 1\n{TABLE}[x]\ny = 1\n", "[a]\nb = 1\n[x]\ny = 1\n"),
    "every one of that name": (
        f'{TABLE}\n[[tool.uv.index]]\nurl = "u"\n\n[[tool.uv.index]]\nname = "acme"\n',
        '[[tool.uv.index]]\nurl = "u"\n',
    ),
    "in an array": (
        f'[tool.uv]\nindex = [\n  {{ url = "u" }},\n  {INLINE},  # ours\n]\n',
        '[tool.uv]\nindex = [\n  { url = "u" },\n]\n',
    ),
    "another name": ('[[tool.uv.index]]\nname = "Acme"\n', '[[tool.uv.index]]\nname = "Acme"\n'),
    "none": ("a = 1\n", "a = 1\n"),
}


@pytest.mark.parametrize(("without", "with_it"), cases(LAST, ADDED))
def test_last_writes_exactly(without, with_it):
    assert pyproject.add_index(without, INDEX, first=False) == with_it


@pytest.mark.parametrize(("without", "with_it"), cases(FIRST))
def test_first_writes_exactly(without, with_it):
    assert pyproject.add_index(without, INDEX, first=True) == with_it


@pytest.mark.parametrize(("without", "with_it"), cases(FIRST, LAST))
def test_remove_is_the_way_back(without, with_it):
    assert pyproject.remove_index(with_it, "acme") == without


@pytest.mark.parametrize(("before", "after"), cases(REMOVED))
def test_remove_takes_out_exactly(before, after):
    assert pyproject.remove_index(before, "acme") == after


def test_a_second_index_of_the_name_is_refused_with_the_line_of_the_first():
    text = f"[[tool.uv.index]]\nurl = 'u'\n\n{TABLE}"
    with pytest.raises(UsageError, match="an index named acme is there already") as caught:
        pyproject.add_index(text, {"name": "acme", "url": "v"}, first=True)
    assert caught.value.line == 4


def test_an_index_that_is_no_array_is_refused_with_what_to_write():
    with pytest.raises(UsageError) as caught:
        pyproject.add_index('[tool.uv.index]\nurl = "u"\n', INDEX | {"explicit": True}, first=False)
    assert caught.value.hint == ('edit by hand: [[tool.uv.index]]\nname = "acme"\nurl = "./registry"\nexplicit = true')
