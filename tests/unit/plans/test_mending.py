"""What of the findings becomes a plan, and which files and locks it makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import RefusedError
from dagster_commons.model.findings import Finding
from dagster_commons.model.plan import ImportExpected, LockProject, WriteFile
from dagster_commons.plans.mending import mending_plan
from drawn_rules import drawn, own, sourced
from drawn_uses import INDEX, PATH, ROOT, use

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.workspace import Workspace

PYPROJECT = ROOT / "sales/pyproject.toml"
TEXT = '[project]\nname = "acme-sales"\ndependencies = ["shared>=0.1"]\n\n[tool.uv.sources]\nshared = { path = "shared" }\n'


def by_path() -> Workspace:
    bare = replace(PATH, written="shared")
    return drawn(use("sales", bare), projects=(own("sales", sources=sourced(bare)),))


def finding(rule: str, file: Path = PYPROJECT) -> Finding:
    return Finding(rule=rule, severity="error", subject="sales", message="…", file=file)


def test_a_bare_path_gets_its_dot_and_the_lock_is_made_anew() -> None:
    plan = mending_plan(by_path(), (finding("SRC001"), finding("SRC001")), {PYPROJECT: TEXT})
    written = TEXT.replace('"shared" }', '"./shared" }').encode()
    assert plan.steps == (WriteFile(path=PYPROJECT, content=written), LockProject(directory=ROOT / "sales"))
    [expected] = plan.expectations
    assert isinstance(expected, ImportExpected)
    assert (expected.location, expected.module) == ("sales", "shared")


def test_a_range_gets_the_locked_version() -> None:
    workspace = drawn(use("sales", INDEX, requirement="shared>=0.1", locked="0.1.3"))
    plan = mending_plan(workspace, (finding("REG001"),), {PYPROJECT: TEXT})
    assert plan.steps[0] == WriteFile(path=PYPROJECT, content=TEXT.replace(">=0.1", "==0.1.3").encode())


def test_without_a_locked_version_there_is_none_to_pin() -> None:
    workspace = drawn(use("sales", INDEX, requirement="shared>=0.1"))
    plan = mending_plan(workspace, (finding("REG001"),), {PYPROJECT: TEXT})
    assert plan.steps == (LockProject(directory=ROOT / "sales"),)


@pytest.mark.parametrize("rule", ["LOCK001", "LOCK002"])
def test_a_lock_of_a_location_is_made_anew(rule: str) -> None:
    workspace = drawn(use("ops", PATH), use("sales", PATH))
    plan = mending_plan(workspace, (finding(rule, ROOT / "sales/uv.lock"),), {})
    assert plan.steps == (LockProject(directory=ROOT / "sales"),)


def test_what_nobody_can_mend_is_no_plan() -> None:
    plan = mending_plan(by_path(), (finding("SRC002"), finding("IMG001")), {PYPROJECT: TEXT})
    assert (plan.steps, plan.title) == ((), "there is nothing that can be mended")


def test_a_project_that_is_read_only_is_refused() -> None:
    workspace = drawn(use("sales", PATH), projects=(own("sales", manager="poetry"),))
    with pytest.raises(RefusedError):
        mending_plan(workspace, (finding("LOCK001", ROOT / "sales/uv.lock"),), {})
