from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.cli._release_words import refusal
from dagster_commons.model.configuration import Configuration, EmbeddedRegistry
from dagster_commons.model.project import Project
from dagster_commons.model.release import Release
from dagster_commons.model.sources import IndexSource
from dagster_commons.model.verdicts import FAIL_ON_DEFAULT, FailOn, LocationVerdict
from dagster_commons.model.workspace import Use, Workspace
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
