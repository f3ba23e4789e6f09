"""When two runs of a location's own tests speak against a change."""

from __future__ import annotations

import pytest

from dagster_commons.model.own_tests import OwnTests, TestRun

CRASHED = TestRun(failing=None, reason="no module named shared")


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        (TestRun(failing=()), TestRun(failing=()), ()),
        (TestRun(failing=("a",)), TestRun(failing=("a", "b")), ("b",)),
        (TestRun(failing=("a", "b")), TestRun(failing=("b",)), ()),
        (TestRun(failing=()), CRASHED, ("the tests cannot be run any more: no module named shared",)),
        (CRASHED, TestRun(failing=("a",)), ()),
        (CRASHED, CRASHED, ()),
        (None, None, ()),
    ],
)
def test_only_what_failed_after_and_not_before_is_new(
    before: TestRun | None, after: TestRun | None, new: tuple[str, ...]
) -> None:
    assert OwnTests(location="finance", before=before, after=after).new_failures == new


def test_what_could_not_be_compared_is_not_called_fine() -> None:
    said = OwnTests(location="finance", before=CRASHED, after=TestRun(failing=())).said
    assert said == "own tests not compared, they cannot be run as it is: no module named shared"
