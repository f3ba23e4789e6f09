from __future__ import annotations

import pytest

from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import (
    are_same_ranges,
    are_same_specifiers,
    are_same_versions,
    parts,
    pinned_version,
    python_range,
)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ((">=3.10",), (">=3.10.0",), True),
        ((">=3.10", ">=3.11"), (">=3.11",), True),
        ((">=3.10,<4",), ("<4, >=3.10",), True),
        (("==3.11.*",), (">=3.11,<3.12",), True),
        (("~=3.11",), (">=3.11,<4",), True),
        (("~=3.11.2",), (">=3.11.2,<3.12",), True),
        (("==3.11.4",), (">=3.11.4,<=3.11.4",), True),
        ((">=3.10,!=3.11.1",), (">=3.10",), True),
        ((">=3.10",), (">3.10",), False),
        ((">=3.10",), (">=3.11",), False),
        ((">=3.10,<3.14",), (">=3.10",), False),
        ((">=3.10", "<3.13"), (">=3.10,<3.14",), False),
    ],
)
def test_python_ranges(one: tuple[str, ...], other: tuple[str, ...], *, is_same: bool) -> None:
    assert python_range(one).is_same(python_range(other)) is is_same


@pytest.mark.parametrize("text", [">=3.11rc1", "about 3"])
def test_python_ranges_that_are_not_plain(text: str) -> None:
    with pytest.raises(UndecidedError):
        assert python_range((text,)).is_same(python_range((">=3.10",)))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (">=1,<2", "< 2 , >= 1.0", True),
        ("==1.0", "==1", True),
        ("~=1.0", "~=1.0.0", False),
        ("==1.*", "==1.0.*", False),
        ("===1.0", "==1.0", False),
        (">=1", ">1", False),
    ],
)
def test_specifiers(one: str, other: str, *, is_same: bool) -> None:
    assert are_same_specifiers(parts(one), parts(other)) is is_same


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (">=1", ">=1,>=0.5", True),
        (">=1,<3", ">=1,<3,!=5", True),
        ("~=1.2", ">=1.2,<2", True),
        ("~=1.2", ">=1.2,==1.*", True),
        (">=1", "", False),
        ("==1.*", ">=1,<2", False),
        (">=1", ">=1.dev0", False),
        (">=1", ">=1a1,>=1", False),
        (">=1", "!=0.5a1,>=1", True),
        ("===1.0", "==1.0", False),
        (">1", ">=1,!=1", False),
    ],
)
def test_ranges(one: str, other: str, *, is_same: bool) -> None:
    assert are_same_ranges(parts(one), parts(other)) is is_same


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [("1.0", "1.0.0", True), ("v1.0", "1", True), ("1.0-rc1", "1.0rc1", True), ("1.0", "1.1", False)],
)
def test_versions(one: str, other: str, *, is_same: bool) -> None:
    assert are_same_versions(one, other) is is_same


def test_no_version() -> None:
    with pytest.raises(UndecidedError, match="no version"):
        are_same_versions("HEAD", "1.0")


@pytest.mark.parametrize(
    ("specifier", "pinned"),
    [("==1.0", "==1"), ("===1.0", "===1"), ("==1.*", None), (">=1", None), ("==1,>=0", None), ("", None)],
)
def test_pins(specifier: str, pinned: str | None) -> None:
    assert pinned_version(parts(specifier)) == pinned
