"""Changes that look like a breakage and are none, or that nothing proves to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_texts import changes_of, surface_of
from dagster_commons.analysis.api.comparison import api_changes, required_bump

if TYPE_CHECKING:
    from pathlib import Path

_ENUM = "from enum import Enum\nclass Status(str, Enum):\n    OK = {}\n"
_CLASS = "class K:\n    def {}(self, {}: str) -> str:\n        return ''\n"
_STREAM = "from collections.abc import AsyncIterator\n"

SAME = {
    "a name of Python's own protocol": (_CLASS.format("__getitem__", "key"), _CLASS.format("__getitem__", "name")),
    "a parameter that says it is nobody's": (_CLASS.format("run", "_context"), _CLASS.format("run", "context")),
    "an enum's value that is computed": (_ENUM.format("Other.OK"), _ENUM.format("'ok'")),
    "a method that every object has": (
        "class K:\n    def __repr__(self) -> str:\n        return 'K'\n    x = 1\n",
        "class K:\n    x = 1\n",
    ),
    "an async generator that is made elsewhere": (
        _STREAM + "async def f() -> AsyncIterator[int]:\n    yield 1\n",
        _STREAM + "def f() -> AsyncIterator[int]:\n    return g()\n",
    ),
    "an assigned function": ("def f(a: int) -> int:\n    return a\n", "def g(a):\n    return a\nf = memoised(g)\n"),
    "a class that became an alias": ("class E(Exception): ...\n", "E = BrokenPipeError\n"),
    "another spelling of an extra": (
        {"pyproject.toml": "[project]\nname='m'\n[project.optional-dependencies]\na_b = []\n"},
        {"pyproject.toml": "[project]\nname='m'\n[project.optional-dependencies]\nA-B = []\n"},
    ),
    "a method that is another one now": (
        "class K:\n    def a(self) -> int:\n        return 1\n    def b(self) -> int:\n        return 1\n",
        "class K:\n    def a(self) -> int:\n        return 1\n    b = a\n",
    ),
    "a version that is no re-export any more": (
        {
            "__init__.py": "from m._about import __version__\n__all__ = ['__version__']\n",
            "_about.py": "__version__ = '1'\n",
        },
        {"__init__.py": "__version__ = '2'\n"},
    ),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_it_asks_for_no_major_version(old: str | dict[str, str], new: str | dict[str, str], tmp_path: Path) -> None:
    assert [each for each in changes_of(tmp_path, old, new) if each.bump == "major"] == []


def test_a_decorator_that_is_not_known_leaves_what_a_call_gives_open(tmp_path: Path) -> None:
    old = "from m import x\n@x.one\ndef f(a: int) -> int:\n    return a\n"
    new = "from m import x\n@x.both(f)\nasync def f(a: int) -> str:\n    return ''\n"

    (found,) = changes_of(tmp_path, old, new)

    assert (found.rule, found.bump, found.is_to_review) == ("made-otherwise", "patch", True)


def test_a_parameter_that_goes_is_told_whatever_decorates_the_function(tmp_path: Path) -> None:
    old = "from m import x\n@x.one\ndef f(a: int, b: int) -> int:\n    return a\n"
    new = "from m import x\n@x.two\ndef f(a: int) -> int:\n    return a\n"

    assert "parameter-removed" in {each.rule for each in changes_of(tmp_path, old, new)}


@pytest.mark.parametrize("broken", ["def h(:\n", "x = 1\0\n", "X = " + "+".join(["1"] * 6000) + "\n"])
def test_nothing_is_said_of_a_module_that_cannot_be_read(broken: str, tmp_path: Path) -> None:
    init = "from m.part import h as h\ndef f() -> int:\n    return 1\n"
    good = surface_of(tmp_path / "old", {"__init__.py": init, "part.py": "def h() -> int:\n    return 1\n"})
    bad = surface_of(tmp_path / "new", {"__init__.py": init + "def g() -> int:\n    return 1\n", "part.py": broken})

    assert [(each.rule, each.object) for each in api_changes(good, bad)] == [("added", "m.g")]
    assert [(each.rule, each.object) for each in api_changes(bad, good)] == [("removed", "m.g")]
    assert bad.unseen == {"m.part"}
    assert bad.unread[0].startswith("m/part.py: ")


def test_code_that_was_compiled_is_not_gone(tmp_path: Path) -> None:
    old = surface_of(tmp_path / "old", {"fast.py": "def f() -> int:\n    return 1\n"})
    (tmp_path / "new/m").mkdir(parents=True)
    (tmp_path / "new/m/fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    new = surface_of(tmp_path / "new", "")

    assert api_changes(old, new) == ()
    assert new.unread == ("m/fast.cpython-311-x86_64-linux-gnu.so: compiled code",)
    with_stub = surface_of(tmp_path / "new", {"fast.pyi": "def f(a: str) -> int: ...\n"})
    assert with_stub.unread == ()
    assert [each.rule for each in api_changes(old, with_stub)][:1] == ["parameter-added-required"]


def test_an_import_of_another_module_beside_all_is_no_surface(tmp_path: Path) -> None:
    text = "import os\n__all__ = ['f']\ndef f() -> int:\n    return 1\n"

    assert required_bump(changes_of(tmp_path, text, text)) == "none"
    assert "m.os" not in surface_of(tmp_path / "again", text).names


@pytest.mark.parametrize(
    "after",
    [
        {"a.py": "from m.b import f\n", "b.py": "def f(a: int) -> int:\n    return a\n"},
        {"a.py": "from other import f\n"},
        {"__init__.py": "", "a.py": "from other import f\n__all__ = ['f']\n"},
        {"a.py": "from other import *\n"},
    ],
)
def test_what_is_imported_where_it_was_defined_is_not_gone(after: dict[str, str], tmp_path: Path) -> None:
    before = {"a.py": "def f(a: int) -> int:\n    return a\n"}

    assert [each for each in changes_of(tmp_path, before, after) if each.bump == "major"] == []


def test_what_is_imported_where_it_was_defined_is_compared(tmp_path: Path) -> None:
    before = {"a.py": "def f(a: int) -> int:\n    return a\n"}
    after = {"a.py": "from m.b import f\n", "b.py": "def f(a: int, b: int) -> int:\n    return a\n"}

    (found,) = (each for each in changes_of(tmp_path, before, after) if each.bump == "major")

    assert (found.rule, found.paths) == ("parameter-added-required", ("m.a.f",))


def test_a_modules_getattr_gives_neither_submodules_nor_methods(tmp_path: Path) -> None:
    lazy = "def __getattr__(name: str) -> object:\n    raise AttributeError(name)\n"
    before = {
        "__init__.py": lazy + "def f() -> int:\n    return 1\n",
        "a.py": "class K:\n    def x(self) -> int:\n        return 1\n",
        "b.py": "",
    }
    after = {"__init__.py": lazy, "a.py": "class K:\n    def y(self) -> int:\n        return 1\n"}

    found = {(each.rule, each.object) for each in changes_of(tmp_path, before, after)}

    assert found == {
        ("removed", "m.a.K.x"),
        ("added", "m.a.K.y"),
        ("removed-unproven", "m.b"),
        ("removed-unproven", "m.f"),
    }
