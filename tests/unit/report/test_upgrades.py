"""How an upgrade is told: what became of every use, on a terminal, for machines and in a commit."""

from __future__ import annotations

import json

from dagster_commons.model.configuration import Configuration
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.own_tests import OwnTests, TestRun
from dagster_commons.model.plan import FileEffect, LockProject, Plan
from dagster_commons.model.upgrades import LocationUpgrade, UpgradeLine, UpgradeReport
from dagster_commons.model.verdicts import LocationVerdict, Unchanged
from dagster_commons.model.workspace import Workspace
from dagster_commons.report.upgrades import as_json, commit_message, markdown, terminal
from drawn_uses import ROOT

TITLE = "upgrade shared to 0.2.0"
PLAN = Plan(title=TITLE, steps=(LockProject(directory=ROOT / "finance"),))
MOVED = LocationUpgrade(location="finance", module="shared", source="index", in_use="0.1.3", target="0.2.0", plan=PLAN)
KEPT = LocationUpgrade(location="sales", module="shared", source="path", in_use="0.2.0", target=None)
HELD = LocationUpgrade(location="marketing", module="shared", source="submodule", in_use="0.1.3", target="0.2.0")
REASON = "shared-io 0.1.0 requires shared<0.2, and this is a reason that no terminal has room for"
EFFECT = FileEffect(path=ROOT / "finance/uv.lock", before=b"old\n", after=b"new\n")
STAGED = StagedPlan(plan=PLAN, effects=(EFFECT,), commands=("uv lock --project finance",), proofs=())
SAME = LocationVerdict(location="finance", verdict=Unchanged())
TESTS = OwnTests(location="finance", before=TestRun(failing=("a::b",)), after=TestRun(failing=("a::b",)))


def drawn(*, is_done: bool) -> UpgradeReport:
    return UpgradeReport(
        lines=(
            UpgradeLine(upgrade=MOVED, state="upgraded" if is_done else "planned"),
            UpgradeLine(upgrade=HELD, state="refused", reason=REASON),
            UpgradeLine(upgrade=KEPT, state="stays", reason="follows the working tree"),
        ),
        outcome=Outcome(kind="applied" if is_done else "planned", staged=STAGED),
        verdicts=(SAME,),
        own_tests=(TESTS,),
        applying=None if is_done else "commons upgrade --apply",
        commits=("commit 1a2b3c4 on branch commons/upgrade-shared-0.2.0 in finance; not pushed",) if is_done else (),
    )


def workspace() -> Workspace:
    return Workspace(root=ROOT, configuration=Configuration())


def test_what_could_be_done_ends_with_the_command_that_does_it() -> None:
    assert terminal(drawn(is_done=False), ROOT, width=80, colour=False).splitlines() == [
        "shared",
        "  location   source     in use  newest",
        "  finance    index      0.1.3   0.2.0   commons upgrade shared==0.2.0 -l finance",
        "  marketing  submodule  0.1.3   0.2.0   refused: shared-io 0.1.0 requires share…",
        "  sales      path       0.2.0   –       follows the working tree",  # noqa: RUF001 - the dash of the matrix
        f"marketing: {REASON}",
        "",
        "finance  same definitions",
        "finance  own tests: no new failures (1 failed before)",
        "1 use can be upgraded: commons upgrade --apply",
    ]


def test_what_was_done_is_followed_by_what_was_written_and_committed() -> None:
    said = terminal(drawn(is_done=True), ROOT, width=80, colour=False, repositories=(ROOT,)).splitlines()
    assert said[1:3] == [
        "  location   source     in use  to",
        "  finance    index      0.1.3   0.2.0  upgraded",
    ]
    assert f"applied: {TITLE}" in said
    assert "  written  finance/uv.lock" in said
    assert said[-1] == "commit 1a2b3c4 on branch commons/upgrade-shared-0.2.0 in finance; not pushed"
    assert not [line for line in said if line.startswith("commit when ready")]


def test_machines_get_every_use_whole() -> None:
    document = json.loads(as_json(drawn(is_done=True), workspace()))
    assert document["outcome"] == "applied"
    assert [each["name"] for each in document["verdicts"]] == ["finance"]
    assert document["own_tests"][0]["new_failures"] == []
    assert document["upgrades"][1] == {
        "location": "marketing",
        "module": "shared",
        "source": "submodule",
        "in_use": "0.1.3",
        "target": "0.2.0",
        "target_unread": None,
        "state": "refused",
        "reason": REASON,
    }


def test_markdown_has_a_row_for_every_use() -> None:
    text = markdown(drawn(is_done=False), ROOT)
    assert "| marketing | submodule | 0.1.3 | 0.2.0 | refused: shared-io 0.1.0 requires shared&lt;0.2" in text
    assert "| sales | path | 0.2.0 | – | follows the working tree |" in text  # noqa: RUF001 - the dash of the matrix


def test_a_commit_says_what_moved_and_with_which_verdict() -> None:
    report = drawn(is_done=True)
    assert commit_message(TITLE, report.lines, report.verdicts) == (
        "Upgrade shared to 0.2.0\n\nfinance: shared 0.1.3 → 0.2.0, same definitions\n"
    )
