"""What counts of a piece of code: what runs, wherever it stands and however it is laid out; and the names it takes."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

import dagster_commons.probe

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_ENV = Path(dagster_commons.probe.__file__).parent / "in_env"


@pytest.fixture(scope="module")
def in_env() -> Iterator[None]:
    """The scripts find each other on the path, as inside a location's environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(IN_ENV)
        yield
        for name in [name for name in sys.modules if name.startswith("_dagster_commons_")]:
            patch.delitem(sys.modules, name)


@pytest.fixture
def syntax(in_env: None) -> Any:
    return importlib.import_module("_dagster_commons_syntax")


@pytest.fixture
def scopes(in_env: None) -> Any:
    return importlib.import_module("_dagster_commons_names")


def digest(syntax: Any, directory: Path, text: str) -> str:
    """Of the function `f` in `text`."""
    file = directory / "module.py"
    file.write_text(dedent(text))
    source = syntax.SourceFile(str(file))
    node = next(
        each
        for each in ast.walk(source.tree)
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == "f"
    )
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    found: str = source.function("f", first).digest
    return found


BASE = """
    def f(a, b=1):
        return [a, b, "text", f"{a}!"]
"""


@pytest.mark.parametrize(
    "same",
    [
        '\n\n# moved\ndef f(a, b=1):\n    """Said."""\n    return [a, b, "text", f"{a}!"]\n',
        "def f( a ,b = 1 ):\n    # why\n    return ([\n        a,\n        b,\n        'text',\n        f'{a}!',\n    ])\n",
        'class C:\n    @staticmethod\n    def f(a, b=1):\n        return [a, b, "text", f"{a}!"]\n',
        'if True:\n    def f(a, b=1): return [a, b, u"text", f"{a}!"]\n',
    ],
)
def test_what_does_not_run_does_not_count(syntax: Any, tmp_path: Path, same: str):
    assert digest(syntax, tmp_path, same) == digest(syntax, tmp_path, BASE)


@pytest.mark.parametrize(
    "other",
    [
        'def f(a, b=2):\n    return [a, b, "text", f"{a}!"]',
        'def f(a, *, b=1):\n    return [a, b, "text", f"{a}!"]',
        'def f(a: int, b=1):\n    return [a, b, "text", f"{a}!"]',
        'def f(a, b=1):\n    return [b, a, "text", f"{a}!"]',
        'def f(a, b=1):\n    return (a, b, "text", f"{a}!")',
        'def f(a, b=1):\n    return [a, b, "Text", f"{a}!"]',
        'def f(a, b=1):\n    return [a, b, b"text", f"{a}!"]',
        'def f(a, b=1):\n    return [a, b, "text", f"{a!r}!"]',
        'def f(a, b=1):\n    yield [a, b, "text", f"{a}!"]',
        'async def f(a, b=1):\n    return [a, b, "text", f"{a}!"]',
        'def f(a, b=True):\n    return [a, b, "text", f"{a}!"]',
        'def f(a, b=1):\n    "docs"\n    "not docs"\n    return [a, b, "text", f"{a}!"]',
    ],
)
def test_what_runs_counts(syntax: Any, tmp_path: Path, other: str):
    assert digest(syntax, tmp_path, other) != digest(syntax, tmp_path, BASE)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(a):\n    return g(a)", {"g"}),
        ("def f(a):\n    g = 1\n    return g + a", set()),
        ("def f():\n    global g\n    g = g + 1", {"g"}),
        ("def f():\n    return io.store.write(io.path)", {"io.store.write", "io.path"}),
        ("def f():\n    return make().write", {"make"}),
        ("def f():\n    return [g for g in h]", {"h"}),
        ("def f():\n    return {k: v for k, v in table.items() if k in known}", {"table.items", "known"}),
        ("def f():\n    return [x for x in y] + [g]", {"y", "g"}),
        ("def f():\n    return lambda x, y=d: x + y + z", {"d", "z"}),
        ("def f(x: T = D) -> R:\n    pass", {"T", "D", "R"}),
        ("def f():\n    def g(h):\n        return h + k\n    return g", {"k"}),
        ("def f():\n    try:\n        pass\n    except E as e:\n        raise X from e", {"E", "X"}),
        ("def f():\n    with open(p) as s:\n        return s", {"open", "p"}),
        ("def f():\n    import json\n    from a import b as c\n    return json, c, b", {"b"}),
        ("def f():\n    for i in range(n):\n        (j := i)\n    return j", {"range", "n"}),
        (
            "class f(Base, metaclass=M):\n    x: T = D\n    def g(self):\n        return x + self.y",
            {"Base", "M", "T", "D", "x"},
        ),
        ("class f:\n    size = 1\n    other = size + more", {"more"}),
        ("@decorator(argument)\ndef f():\n    pass", set()),
        (
            "def f(v):\n    match v:\n        case [first, *rest]:\n            return first, rest\n        case C(a=b) as c:\n            return b, c",
            {"C"},
        ),
        ("async def f():\n    async for x in g():\n        await h(x)", {"g", "h"}),
    ],
)
def test_names_are_those_taken_from_outside(scopes: Any, text: str, names: set[str]):
    found, _imports = scopes.free_names(ast.parse(text).body)
    assert found == names


def test_methods_do_not_count_for_their_class(scopes: Any):
    text = "class f:\n    x = A\n    def g(self):\n        return B\n    class Inner:\n        y = C\n"
    names, _imports = scopes.free_names(ast.parse(text).body, without_methods=True)
    assert names == {"A", "C"}


def test_imports_inside_are_told(scopes: Any):
    text = "def f():\n    import a.b\n    from .c import d\n    def g():\n        from e import *\n"
    _names, imports = scopes.free_names(ast.parse(text).body)
    assert set(imports) == {("a.b", 0, ""), ("c", 1, "d"), ("e", 0, "*")}
