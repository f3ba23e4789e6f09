from __future__ import annotations

import pytest

from dagster_commons.analysis.lock_state.markers import (
    Both,
    Not,
    are_same,
    extra_marker,
    is_never,
    parse,
    python_marker,
)
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import PythonRange, python_range

ANY = PythonRange()
FROM_3_10 = python_range((">=3.10",))

SAME = [
    ("", ""),
    ("python_version >= '3.11'", "python_full_version >= '3.11'"),
    ("python_version>='3.11'", 'python_full_version >= "3.11.0"'),
    ("python_version == '3.11'", "python_full_version == '3.11.*'"),
    ("python_version > '3.11'", "python_full_version >= '3.12'"),
    ("python_version <= '3.11'", "python_full_version < '3.12'"),
    ("python_version != '3.11'", "python_full_version < '3.11' or python_full_version >= '3.12'"),
    ("python_version ~= '3.11'", "python_full_version >= '3.11' and python_full_version < '4'"),
    ("python_version in '3.11 3.12'", "python_version == '3.11' or python_version == '3.12'"),
    ("python_version not in '3.11, 3.12'", "python_version != '3.11' and python_version != '3.12'"),
    ("'3.11' <= python_version", "python_version >= '3.11'"),
    ("python_version < '3'", "python_full_version < '3.0'"),
    ("platform_system == 'Windows'", "sys_platform == 'win32'"),
    ("os.name == 'nt'", "os_name == 'nt'"),
    ("sys_platform === 'linux'", "sys_platform == 'linux'"),
    ("extra == 'An_Extra'", "extra == 'an-extra'"),
    ("sys_platform == 'linux' or python_version < '3.12'", "python_version < '3.12' or sys_platform == 'linux'"),
    ("(sys_platform != 'a' and sys_platform != 'b')", "sys_platform != 'b' and sys_platform != 'a'"),
    ("'linux' in sys_platform", "'linux' in sys_platform"),
    ("sys_platform in 'linux darwin'", "sys_platform in 'linux darwin'"),
    ("sys_platform not in 'a' or sys_platform in 'a'", ""),
]

DIFFERENT = [
    ("python_version >= '3.11'", "python_version >= '3.12'"),
    ("python_full_version > '3.11'", "python_full_version >= '3.11'"),
    ("python_full_version != '3.11.4'", ""),
    ("sys_platform == 'linux'", "sys_platform != 'linux'"),
    ("sys_platform == 'linux'", "platform_system == 'FreeBSD'"),
    ("sys_platform == 'linux' and extra == 'a'", "sys_platform == 'linux'"),
    ("extra == 'a'", "extra == 'b'"),
    ("'linux' in sys_platform", "sys_platform in 'linux'"),
    ("python_version < '3.12' and sys_platform == 'linux'", "python_version < '3.12' or sys_platform == 'linux'"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_meaning(one: str, other: str) -> None:
    assert are_same(parse(one), parse(other), ANY)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_meaning(one: str, other: str) -> None:
    assert not are_same(parse(one), parse(other), ANY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("python_version >= '3.9'", ""),
        ("python_version >= '3.8' and sys_platform == 'linux'", "sys_platform == 'linux'"),
        ("python_version < '3.10' or extra == 'a'", "extra == 'a'"),
    ],
)
def test_what_requires_python_promises_needs_no_saying(one: str, other: str) -> None:
    assert are_same(parse(one), parse(other), FROM_3_10)
    assert not are_same(parse(one), parse(other), ANY)


def test_python_limits_as_a_marker() -> None:
    limit = python_marker(python_range((">=3.11,<3.13",)))
    assert are_same(limit, parse("python_version == '3.11' or python_version == '3.12'"), ANY)


def test_composed_markers() -> None:
    composed = Both((parse("python_version < '3.12'"), Not(parse("sys_platform == 'win32'")), extra_marker("A.b")))
    assert are_same(composed, parse("extra == 'a-b' and sys_platform != 'win32' and python_version <= '3.11'"), ANY)


@pytest.mark.parametrize(
    ("text", "python", "expected"),
    [
        ("", ANY, False),
        ("python_version < '3.9'", ANY, False),
        ("python_version < '3.9'", FROM_3_10, True),
        ("sys_platform == 'a' and sys_platform == 'b'", ANY, True),
        ("extra == 'a'", FROM_3_10, False),
    ],
)
def test_what_nothing_fulfils(text: str, python: PythonRange, *, expected: bool) -> None:
    assert is_never(parse(text), python) is expected


EXOTIC = [
    "platform_release >= '5.0'",
    "implementation_version == '3.11'",
    "python_full_version >= '3.11.0rc1'",
    "python_version >= '3.11.2'",
    "sys_platform ~= 'linux'",
]


@pytest.mark.parametrize("text", EXOTIC)
def test_what_cannot_be_related_is_compared_only_with_itself(text: str) -> None:
    assert are_same(parse(text), parse(f"  {text.replace(' ', '  ')} "), ANY)
    with pytest.raises(UndecidedError, match=r"cannot be compared without uv"):
        are_same(parse(text), parse("sys_platform == 'linux'"), ANY)


@pytest.mark.parametrize(
    "text", ["nonsense", "python_version >=", "(python_version >= '3'", "'a' == 'b'", "os_name == sys_platform", "^"]
)
def test_what_is_no_marker(text: str) -> None:
    with pytest.raises(UndecidedError):
        parse(text)


def test_too_many_combinations_are_not_tried() -> None:
    many = " or ".join(f"extra == 'e{number}'" for number in range(20))
    with pytest.raises(UndecidedError, match="too many"):
        are_same(parse(many), parse("extra == 'x'"), ANY)
