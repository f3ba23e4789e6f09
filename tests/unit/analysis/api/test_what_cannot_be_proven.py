"""What releases of public libraries show: changes of how a thing is written that leave it where and as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_texts import changes_of, surface_of
from dagster_commons.analysis.api.comparison import api_changes

if TYPE_CHECKING:
    from pathlib import Path

_RUN = "    def run(self) -> int:\n        return 1\n"
_WITH = "from contextlib import contextmanager\n"
_OVERLOAD = "from typing import Literal, overload\n"
_NESTED = "class A:\n    class T:\n        def run(self) -> int:\n            return 1\nclass B(A):\n    {}\n"

SAME = {
    "a method that a base in a directory without __init__.py gives": (
        {"app.py": f"class K:\n{_RUN}"},
        {"core/app.py": f"class App:\n{_RUN}", "app.py": "from m.core.app import App\nclass K(App):\n    x = 1\n"},
    ),
    "a method that a base of another package may give": (
        f"from other import B\nclass K(B):\n    x = 1\n{_RUN}",
        "from other import B\nclass K(B):\n    x = 1\n",
    ),
    "a method that a base of Python's gives": (
        "from pathlib import PurePath\nclass K(PurePath):\n    def joinpath(self): ...\n    x = 1\n",
        "from pathlib import PurePath\nclass K(PurePath):\n    x = 1\n",
    ),
    "a method that a base gives which is made by a call": (
        f"from collections import namedtuple\nclass K(namedtuple('K', 'a')):\n    x = 1\n{_RUN}",
        "from collections import namedtuple\nclass K(namedtuple('K', 'a run')):\n    x = 1\n",
    ),
    "a method that a base gives which is named by its module": (
        {"roles.py": f"class R:\n{_RUN}", "a.py": f"from m import roles\nclass K(roles.R):\n    x = 1\n{_RUN}"},
        {"roles.py": f"class R:\n{_RUN}", "a.py": "from m import roles\nclass K(roles.R):\n    x = 1\n"},
    ),
    "a class in a class that is inherited now": (_NESTED.format("class T(A.T): ..."), _NESTED.format("x = 1")),
    "a base that is a class which another one inherits": (
        _NESTED.format("class T(A.T): ...") + "class C(B):\n    class T(B.T): ...\n",
        _NESTED.format("x = 1") + "class C(B):\n    class T(B.T): ...\n",
    ),
    "a method that the class' own __getattr__ may give": (
        f"class K:\n    x = 1\n{_RUN}",
        "class K:\n    x = 1\n    def __getattr__(self, name: str) -> object: ...\n",
    ),
    "names that are unpacked": ("A = 1\nB = 2\n", "A, (B, *C) = 1, (2, 3)\n"),
    "names of a class that are unpacked": ("class K:\n    a = 1\n    b = 2\n", "class K:\n    a, b = 1, 2\n"),
    "a name that a loop leaves": ("A = 1\n", "for A in (1, 2):\n    pass\n"),
    "a name that is opened": ("A = 1\n", "with open('x') as A:\n    B = 1\n"),
    "members of a class that is imported where it was": (
        {"a.py": f"class K:\n{_RUN}", "b.py": ""},
        {"a.py": "from m.b import K\n", "b.py": f"class K:\n{_RUN}"},
    ),
    "what a type checker alone could import": (
        {
            "__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from m.a import K\n",
            "a.py": "class K: ...",
        },
        {"__init__.py": "", "a.py": "class K: ..."},
    ),
    "slots": ("class K:\n    __slots__ = ('a',)\n    x = 1\n", "class K:\n    x = 1\n"),
    "a hash that was none": ("class K:\n    __hash__ = None\n    x = 1\n", "class K:\n    x = 1\n"),
    "a parameter that was by position before there was a sign for it": (
        "class K:\n    def run(self, __name: str, **kw: int) -> None: ...\n",
        "class K:\n    def run(self, name: str | int, /, **kw: int) -> None: ...\n",
    ),
    "a parameter by name that any name is taken for": (
        "def f(*a: int, default: int = 1, **kw: int) -> None: ...\n",
        "def f(*a: int, ordering: int = 1, **kw: int) -> None: ...\n",
    ),
    "a method that Python calls": (
        "class K:\n    def __exit__(self, *args: object) -> None: ...\n",
        "class K:\n    def __exit__(self, kind: object, value: object, traceback: object) -> None: ...\n",
    ),
    "a property by another decorator": (
        "class K:\n    @property\n    def name(self) -> str: ...\n",
        "from other import lazy_property\nclass K:\n    @lazy_property\n    def name(self) -> str: ...\n",
    ),
    "a property that a setter's decorator makes": (
        "from other import hybrid_property\nclass K:\n    @hybrid_property\n    def name(self) -> str: ...\n",
        (
            "from other import hybrid_property\nclass K:\n    @hybrid_property\n    def name(self) -> str: ...\n"
            "    @name.setter\n    def name(self, value: str) -> None: ...\n"
        ),
    ),
    "a method that a decorator may make a property": (
        "class K:\n    @property\n    def name(self) -> str: ...\n",
        "from other import accessor\nclass K:\n    @accessor\n    def name(self) -> str: ...\n",
    ),
    "a name that stood for nothing yet": ("f = None\n", "def f() -> int:\n    return 1\n"),
    "a function that gave a context manager": (
        "def f(a):\n    return g(a)\n",
        _WITH + "@contextmanager\ndef f(a):\n    yield a\n",
    ),
    "a function that may have given a generator": (
        "def f(a):\n    return g(a)\n",
        "def f(a):\n    yield from g(a)\n",
    ),
    "tuples that nobody can unpack": (
        "def f(a):\n    if a:\n        return 1, 2\n    return 1, 2, 3\n",
        "def f(a):\n    if a:\n        return 1, 2, 3\n    return 1, 2, 3, 4\n",
    ),
    "a base in another spelling": (
        "from typing import Dict\nclass K(Dict[str, int]): ...\n",
        "class K(dict[str, int]): ...\n",
    ),
    "a base that a base of another package may bring": (
        "from other import A\nclass K(A): ...\n",
        "from other import B\nclass K(B): ...\n",
    ),
    "a base that is Python's own class' base": (
        "class K(type): ...\n",
        "from abc import ABCMeta\nclass K(ABCMeta): ...\n",
    ),
    "a class that is its base now": (
        {"a.py": "class K: ...\n", "b.py": "from m import a\nclass K(a.K): ...\n"},
        {"a.py": "class K: ...\n", "b.py": "from m import a\nK = a.K\n"},
    ),
    "overloads that are told apart": (
        _OVERLOAD + "@overload\ndef f(x: int, eager: bool) -> int: ...\n"
        "@overload\ndef f(x: str, eager: bool) -> str: ...\ndef f(x, eager):\n    return x\n",
        _OVERLOAD + "@overload\ndef f(x: int | str, eager: Literal[True]) -> int: ...\n"
        "@overload\ndef f(x: int | str, eager: Literal[False]) -> str: ...\ndef f(x, eager):\n    return x\n",
    ),
    "overloads of compiled code that take any number": (
        {
            "fast.pyi": "from typing import overload\n@overload\ndef f(*, a: int) -> int: ...\n@overload\ndef f(__x: int, *xs: int) -> str: ...\n"
        },
        {
            "fast.pyi": "from typing import overload\n@overload\ndef f(__x: int) -> int: ...\n@overload\ndef f(__x: int, __y: int) -> str: ...\n"
        },
    ),
    "overloads that a stub adds to code": (
        {"a.py": "def f(*xs, b=1): ...\n", "a.pyi": "def f(*xs: int, b: int = ...) -> int: ...\n"},
        {
            "a.py": "def f(*xs, b=1): ...\n",
            "a.pyi": "from typing import overload\n@overload\ndef f(__x: int, *, b: int = ...) -> int: ...\n@overload\ndef f(__x: int, *xs: int, b: int = ...) -> int: ...\n",
        },
    ),
    "fields that attrs takes without a type": (
        "import attr\n@attr.s\nclass K:\n    a = attr.ib()\n",
        "import attrs\n@attrs.define\nclass K:\n    a: int\n",
    ),
    "a field that nobody gives": (
        "from dataclasses import dataclass, field\n@dataclass\nclass K:\n    a: int\n",
        "from dataclasses import dataclass, field\n@dataclass\nclass K:\n    a: int\n    b: int = field(init=False)\n",
    ),
    "a class variable without a value": (
        (
            "from typing import ClassVar\nfrom pydantic import BaseModel\n"
            "class K(BaseModel):\n    known: ClassVar[dict[str, int]]\n    a: int\n"
        ),
        "from pydantic import BaseModel\nclass K(BaseModel):\n    a: int\n    @property\n    def known(self): ...\n",
    ),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_it_asks_for_no_major_version(old: str | dict[str, str], new: str | dict[str, str], tmp_path: Path) -> None:
    assert [each for each in changes_of(tmp_path, old, new) if each.bump == "major"] == []


TOLD = {
    "a method of a base that is known not to have it": (
        f"from dagster import ConfigurableResource\nclass K(ConfigurableResource):\n    a: int\n{_RUN}",
        "from dagster import ConfigurableResource\nclass K(ConfigurableResource):\n    a: int\n",
        ("removed", "m.K.run"),
    ),
    "a method of Python's base that has none such": (
        f"class K(Exception):\n    a = 1\n{_RUN}",
        "class K(Exception):\n    a = 1\n",
        ("removed", "m.K.run"),
    ),
    "a method, though another class has one of its name": (
        f"class K:\n    a = 1\n{_RUN}",
        f"class K:\n    a = 1\nclass L:\n{_RUN}",
        ("removed", "m.K.run"),
    ),
    "a base that is named by its module": (
        {"roles.py": "class R: ...\nclass S(R): ...\n", "a.py": "from m import roles\nclass K(roles.S): ...\n"},
        {"roles.py": "class R: ...\nclass S: ...\n", "a.py": "from m import roles\nclass K(roles.S): ...\n"},
        ("base-removed", "m.a.K"),
    ),
    "a method of a class that is imported where it was": (
        {"a.py": f"class K:\n{_RUN}", "b.py": ""},
        {"a.py": "from m.b import K\n", "b.py": "class K:\n    def run(self, a: int) -> int: ...\n"},
        ("parameter-added-required", "m.b.K.run"),
    ),
    "what another package defines and a module offers": (
        "from other import f as f, g as g\n",
        "from other import g as g\n",
        ("removed", "m.f"),
    ),
    "what is imported under the name of its module": (
        {"__init__.py": "from m.load import load\n", "load.py": "def load(a: int) -> int: ...\n"},
        {"__init__.py": "", "load.py": "def load(a: int) -> int: ...\n"},
        ("kind-changed", "m.load"),
    ),
    "what a stub says by overloads alone": (
        {
            "fast.pyi": _OVERLOAD
            + "@overload\ndef f(a: int, b: int = ...) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"
        },
        {"fast.pyi": _OVERLOAD + "@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"},
        ("parameter-removed", "m.fast.f"),
    ),
    "what a list gave": ("def f(n):\n    return [n]\n", "def f(n):\n    yield n\n", ("generator-changed", "m.f")),
    "what a generator gave": (
        "def f(n):\n    yield n\n",
        _WITH + "@contextmanager\ndef f(n):\n    yield n\n",
        ("decorator-changed", "m.f"),
    ),
}


@pytest.mark.parametrize(("old", "new", "told"), TOLD.values(), ids=TOLD)
def test_what_can_be_proven_is_told(
    old: str | dict[str, str], new: str | dict[str, str], told: tuple[str, str], tmp_path: Path
) -> None:
    assert told in {(each.rule, each.object) for each in changes_of(tmp_path, old, new) if each.bump == "major"}


def test_a_name_that_all_leaves_out_can_still_be_imported(tmp_path: Path) -> None:
    text = "def f(a: int) -> int: ...\nclass K:\n    def run(self) -> int: ...\nT = 1\n"

    found = changes_of(tmp_path, text, f"__all__ = ['f']\n{text}")

    told = [(each.rule, each.paths) for each in found if each.bump == "major"]
    assert told == [("export-removed", ("m.K",)), ("export-removed", ("m.T",))]
    assert found[0].message.startswith("the __all__ of m leaves it out: whoever imports everything")


def test_a_stub_is_read_where_the_code_is_compiled(tmp_path: Path) -> None:
    init = "from m._fast import f, g\n"
    stub = "from typing import overload\n@overload\ndef f(a: int{}) -> int: ...\n@overload\ndef f(a: str{}) -> str: ...\n{}"
    gone = "def g(a: int) -> int: ...\nclass K:\n    def run(self) -> int: ...\n"
    old = surface_of(tmp_path / "old", {"__init__.py": init, "__init__.pyi": stub.format("", "", gone)})
    new = surface_of(tmp_path / "new", {"__init__.py": init, "__init__.pyi": stub.format(", b: int", ", b: int", "")})

    found = [(each.rule, each.object, each.file, each.line) for each in api_changes(old, new)]

    assert ("parameter-added-required", "m.f", "m/__init__.pyi", 2) in found
    assert [each for each in found if each[0] in ("removed", "moved", "reexport-removed")] == [
        ("removed", "m.K", "m/__init__.pyi", 7)
    ]


def test_what_a_stub_leaves_out_of_compiled_code_may_be_there(tmp_path: Path) -> None:
    stub = f"class K:\n    x: int\n{_RUN}"
    base = "from m._fast import B\nclass L(B):\n    y = 1\n"
    old = {"fast.pyi": stub, "_fast.pyi": "class B:\n    x: int\n", "a.py": base + _RUN}
    new = {"fast.pyi": "class K:\n    x: int\n", "_fast.pyi": "class B:\n    x: int\n", "a.py": base}

    found = changes_of(tmp_path, old, new)

    assert {(each.rule, each.object) for each in found} == {
        ("removed-unproven", "m.fast.K.run"),
        ("removed-unproven", "m.a.L.run"),
    }


def test_code_that_changed_is_told_where_a_stub_lies_beside_it(tmp_path: Path) -> None:
    stub = {"a.pyi": "def f(a: int) -> int: ...\n"}

    found = changes_of(
        tmp_path,
        {"a.py": "def f(a):\n    return a\n", **stub},
        {"a.py": "def f(a):\n    return a + 1\n", **stub},
    )

    assert [(each.rule, each.object, each.file) for each in found] == [("body-changed", "m.a.f", "m/a.py")]
