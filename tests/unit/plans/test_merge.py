"""The three-way merge that takes an earlier change back under later edits."""

import pytest

from dagster_commons.plans.images import merge


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        pytest.param("a\nb\nc\n", "a\nb\nc\n", "a\nX\nc\n", "a\nX\nc\n", id="only theirs changed"),
        pytest.param("a\nb\nc\n", "a\nX\nc\n", "a\nb\nc\n", "a\nX\nc\n", id="only ours changed"),
        pytest.param("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n", "A\nb\nc\nD\n", id="both, far apart"),
        pytest.param("a\nb\nc\n", "a\nX\nc\n", "a\nX\nc\n", "a\nX\nc\n", id="both alike"),
        pytest.param("a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", None, id="both differently"),
        pytest.param("a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n", None, id="adjoining lines"),
        pytest.param("a\nb\n", "a\nnew\nb\n", "a\nother\nb\n", None, id="two insertions at one place"),
        pytest.param("a\r\nb\r\nc\r\n", "a\r\nb\r\nC\r\n", "a\r\nc\r\n", None, id="removal beside a change"),
        pytest.param("a\r\nb\r\nc\r\nd\r\n", "a\r\nb\r\nc\r\nD\r\n", "a\r\nc\r\nd\r\n", "a\r\nc\r\nD\r\n", id="CRLF"),
        pytest.param("", "a\n", "", "a\n", id="empty base"),
    ],
)
def test_merge_keeps_both_sides_or_refuses(base: str, ours: str, theirs: str, expected: str | None) -> None:
    assert merge(base=base, ours=ours, theirs=theirs) == expected
