from __future__ import annotations

import pytest

from dagster_commons.analysis.lock_state import markers
from dagster_commons.analysis.lock_state.comparison import Reading, compare
from dagster_commons.analysis.lock_state.requirements import written
from dagster_commons.analysis.lock_state.types import Need
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import python_range

PYTHON = python_range((">=3.10",))
LINUX, OTHER = "sys_platform == 'linux'", "sys_platform != 'linux'"


def needs(*texts: str) -> list[Need]:
    found = []
    for text in texts:
        requirement, _, source = text.partition(" from ")
        parts = written(requirement)
        found.append(
            Need(
                parts.name,
                parts.extras,
                parts.specifier,
                ("directory", source) if source else None,
                (),
                markers.parse(parts.marker),
            )
        )
    return found


SAME: list[tuple[list[str], list[str]]] = [
    (["a"], ["A"]),
    (["a>=1"], ["a>=1", "a"]),
    (["a>=1"], ["a>=1", f"a; {LINUX}"]),
    (["a"], [f"a; {LINUX}", f"a; {OTHER}"]),
    (["a>=1,<2"], ["a<2", "a>=1"]),
    (["a[x,y]"], ["a[y]", "a[X]"]),
    (["a[x]"], ["a", "a[x]"]),
    (["a; python_version >= '3.8'"], ["a"]),
    (["a"], ["a", "a; python_version < '3.5'"]),
    (["a; extra == 'e'"], ["a; extra == 'e'", "a; extra == 'e' and python_version > '3.5'"]),
    ([f"a; {LINUX} and extra == 'e'"], [f"a; extra == 'e' and {LINUX}"]),
    (["a from /x"], ["a from /x"]),
    (["a==1"], ["a==1.0"]),
]

DIFFERENT: list[tuple[list[str], list[str]]] = [
    (["a"], []),
    (["a"], ["b"]),
    (["a>=1"], ["a>=2"]),
    (["a[x]"], ["a", f"a[x]; {LINUX}"]),
    ([f"a; {LINUX}"], ["a"]),
    (["a from /x"], ["a"]),
    (["a from /x"], ["a from /y"]),
    (["a"], ["a", "b; python_version < '3.5'"]),
    (["a>=1"], ["a>=1", "a; python_version < '3.5'"]),
    (["a>=1"], ["a>=1", "a; extra == 'e'"]),
    ([f"a; {LINUX} and extra == 'e'", f"a; {OTHER} and extra == 'e'"], ["a; extra == 'e'"]),
    (["a==1", "a"], ["a==1"]),
]


@pytest.mark.parametrize(("new", "locked"), SAME)
def test_same_demands(new: list[str], locked: list[str]) -> None:
    assert compare(needs(*new), needs(*locked), PYTHON).is_same
    assert compare(needs(*locked), needs(*new), PYTHON).is_same


@pytest.mark.parametrize(("new", "locked"), DIFFERENT)
def test_different_demands(new: list[str], locked: list[str]) -> None:
    assert not compare(needs(*new), needs(*locked), PYTHON).is_same
    assert not compare(needs(*locked), needs(*new), PYTHON).is_same


@pytest.mark.parametrize(
    ("reading", "new", "locked", "is_same"),
    [
        ("limits", ["a<2", "b"], ["a<2"], True),
        ("limits", ["a<2", "b<1; python_version < '3.5'"], ["a<2"], True),
        ("limits", ["a<2"], ["a<2,<5"], True),
        ("limits", ["a<2"], ["a<3"], False),
        ("limits", ["a from /x"], [], False),
        ("texts", ["a<2.0"], ["a<2"], True),
        ("texts", ["a<2"], ["a<2,<5"], False),
        ("texts", ["a<2"], ["a<2", "a"], False),
        ("texts", [f"a<2; {LINUX}", f"a<2; {OTHER}"], ["a<2"], False),
    ],
)
def test_readings(reading: Reading, new: list[str], locked: list[str], *, is_same: bool) -> None:
    assert compare(needs(*new), needs(*locked), PYTHON, reading).is_same is is_same


def test_only_what_differs_is_left() -> None:
    left = compare(needs("a", "b>=2", "c"), needs("c", "b>=1", "d", "a>=0", "a"), PYTHON)
    assert [need.name for need in left.new] == ["b"]
    assert [need.name for need in left.locked] == ["a", "b", "d"]


def test_an_unreadable_marker_that_only_one_side_has_decides_nothing() -> None:
    with pytest.raises(UndecidedError, match="platform_release"):
        compare(needs("a; platform_release > '5'"), needs("a"), PYTHON)


def test_beside_the_same_unreadable_marker_a_difference_is_certain() -> None:
    marker = "; platform_release > '5'"
    assert not compare(needs(f"a>=1{marker}"), needs(f"a>=2{marker}"), PYTHON).is_same
    assert compare(needs(f"a>=1{marker}"), needs(f"a >= 1.0 {marker}"), PYTHON).is_same
