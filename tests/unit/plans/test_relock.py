"""Which locks are made anew, and what their environments must still give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.model.sources import PathSource
from dagster_commons.plans.relock import relock_plan
from drawn_uses import INDEX, PATH, ROOT, project, use, workspace

if TYPE_CHECKING:
    from dagster_commons.model.workspace import LockStateKind, Use

PROJECTS = (project("sales", "0", "sales"), project("ops", "0", "ops"))


@pytest.mark.parametrize(
    ("state", "is_locked"), [("current", False), ("stale", True), ("missing", True), ("unknown", True)]
)
def test_only_what_is_not_known_to_be_current(state: LockStateKind, *, is_locked: bool) -> None:
    drawn = workspace(use("ops", PATH, "current"), use("sales", PATH, state), projects=PROJECTS)

    plan = relock_plan(drawn, drawn.locations)

    assert [step.directory.name for step in plan.steps] == (["sales"] if is_locked else [])
    assert plan.title == ("lock" if is_locked else "every lock is current")


NOT_EDITABLE = PathSource(path=PATH.path, written=PATH.written, editable=False)


@pytest.mark.parametrize(
    ("drawn_use", "expected"),
    [
        pytest.param(use("sales", PATH, "stale", locked="0.1.0"), ("0.2.0", PATH.path), id="a path is as it is"),
        pytest.param(use("sales", NOT_EDITABLE, "stale"), ("0.2.0", None), id="built into the environment"),
        pytest.param(use("sales", INDEX, "stale", requirement="shared==0.1.3"), ("0.1.3", None), id="a pin"),
        pytest.param(use("sales", INDEX, "stale", requirement="shared>=0.1"), (None, None), id="a range"),
    ],
)
def test_what_is_expected(drawn_use: Use, expected: tuple[object, object]) -> None:
    drawn = workspace(drawn_use, projects=PROJECTS)

    (found,) = relock_plan(drawn, drawn.locations).expectations

    assert (found.version, found.place) == expected
    assert found.project == ROOT / "sales"


@pytest.mark.parametrize(
    "where", [{"extra": "fast"}, {"group": "test"}, {"requirement": "shared; sys_platform == 'x'"}]
)
def test_what_a_plain_sync_does_not_install_is_not_expected(where: dict[str, str]) -> None:
    drawn = workspace(replace(use("sales", PATH, "stale"), **where), projects=PROJECTS)

    plan = relock_plan(drawn, drawn.locations)

    assert len(plan.steps) == 1
    assert plan.expectations == ()
