from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.cli._release_words import notes, refusal
from dagster_commons.model.api import ApiChange, RequiredBump
from dagster_commons.model.configuration import Configuration, EmbeddedRegistry
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.plan import Plan
from dagster_commons.model.project import Project
from dagster_commons.model.release import Judgement, Recorded, Release
from dagster_commons.model.sources import IndexSource
from dagster_commons.model.verdicts import FAIL_ON_DEFAULT, FailOn, LocationVerdict
from dagster_commons.model.workspace import Repository, Use, Workspace
from drawn_verdicts import CRON, RENAMED, broken, changed, unchanged, unverifiable

ROOT = Path("/repo")
RELEASE = Release(
    project=Project(directory=ROOT / "shared", file=ROOT / "shared/pyproject.toml", name="shared", manager="uv"),
    version="0.2.0",
    registry=EmbeddedRegistry(name="corp", directory=ROOT / "registry"),
)
WORKSPACE = Workspace(
    root=ROOT,
    configuration=Configuration(),
    uses=tuple(
        Use(location=name, module="shared", source=IndexSource(), project=ROOT / name, requirement="shared")
        for name in ("crm", "finance", "sales", "sales")
    ),
)
ACCEPT = "to accept a change: [[accept]] in commons.toml"
KEEP = "what does not load cannot be accepted: keep what it uses for one more release, or change it first"


@pytest.mark.parametrize(
    ("verdicts", "fail_on", "expected"),
    [
        ((unchanged("sales"), changed("crm", CRON)), FAIL_ON_DEFAULT, None),
        (
            (changed("crm", RENAMED), unchanged("sales")),
            FAIL_ON_DEFAULT,
            ("would break 1 of 3 code locations that use it: crm", ACCEPT, "broken,unverifiable"),
        ),
        (
            (broken("crm"), unverifiable("finance"), changed("sales", RENAMED)),
            FAIL_ON_DEFAULT,
            (
                "would break 2 of 3 code locations that use it: crm, sales",
                "could not compare 1 of 3 code locations that use it: finance",
                ACCEPT,
                KEEP,
                None,
            ),
        ),
        (
            (unverifiable("finance"),),
            FAIL_ON_DEFAULT,
            ("could not compare 1 of 3 code locations that use it: finance", "breaking,broken"),
        ),
        ((broken("crm"),), ("broken",), ("would break 1 of 3 code locations that use it: crm", KEEP, None)),
    ],
)
def test_why_a_release_must_not_be_and_what_may_be_done(
    verdicts: tuple[LocationVerdict, ...], fail_on: tuple[FailOn, ...], expected: tuple[str | None, ...] | None
) -> None:
    said = refusal(WORKSPACE, RELEASE, verdicts, fail_on)

    if expected is None:
        assert said is None
        return
    *lines, left = expected
    anyway = () if left is None else (f"to release it anyway: --fail-on {left}",)
    assert said == "\n".join((*(each or "" for each in lines), *anyway))


def test_what_is_said_of_a_release_names_the_commands_that_go_on() -> None:
    change = ApiChange(rule="x", object="shared.f", paths=(), file="f.py", line=1, bump="major", message="m")
    judgement = Judgement(baseline="0.1.0", required="major", changes=(change,), accepted=(change,), idle=("idle",))
    module = Repository(root=ROOT / "shared", git_dir=ROOT / ".git/modules/shared", superproject=ROOT)
    workspace = replace(WORKSPACE, repositories=(Repository(root=ROOT, git_dir=ROOT / ".git"), module))
    outcome = Outcome(
        kind="applied",
        staged=StagedPlan(plan=Plan(title="", steps=()), effects=(), commands=(), proofs=()),
        judgement=judgement,
        recorded=Recorded(repository=module.root, commit="1" * 40, tag="shared-v0.2.0"),
    )

    assert list(notes(workspace, RELEASE, outcome)) == [
        "since 0.1.0: major, 1 API change: commons api shared==0.1.0 shared",
        "accepted for this release, remove it from commons.toml now: x shared.f",
        "idle",
        "crm, finance, sales use the working tree, and had this before",
        "shared 0.2.0 was published before, with these very bytes",
        "shared is at 111111111, tagged shared-v0.2.0",
        "to record it in the superproject: git add shared",
        "the registry is yours to commit: git -C registry add shared",
    ]


@pytest.mark.parametrize(
    ("required", "said"), [("none", "since 0.1.0: no API change"), ("patch", "since 0.1.0: patch, no API change")]
)
def test_what_is_said_where_no_api_changed(required: RequiredBump, said: str) -> None:
    staged = StagedPlan(plan=Plan(title="", steps=()), effects=(), commands=(), proofs=())
    planned = Outcome(kind="planned", staged=staged, judgement=Judgement(baseline="0.1.0", required=required))

    assert list(notes(WORKSPACE, RELEASE, planned)) == [said]


def test_an_accepted_change_holds_up_to_the_final_release() -> None:
    change = ApiChange(rule="x", object="shared.f", paths=(), file="f.py", line=1, bump="major", message="m")
    staged = StagedPlan(plan=Plan(title="", steps=()), effects=(), commands=(), proofs=())
    judgement = Judgement(baseline="0.1.0", required="none", accepted=(change,))
    planned = Outcome(kind="planned", staged=staged, judgement=judgement)

    said = list(notes(WORKSPACE, replace(RELEASE, version="0.2.0rc1"), planned))

    assert said[1:] == ["accepted for 0.2.0 and what leads to it: x shared.f"]
