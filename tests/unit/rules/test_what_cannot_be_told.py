"""A rule that cannot tell says so, and its acceptances are not called idle."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.model.configuration import Acceptance, Configuration
from dagster_commons.model.project import Dependency
from dagster_commons.model.source_files import SourceFile
from dagster_commons.rules.checking import check
from drawn_evidence import evidence
from drawn_rules import by_path, dockerfile, own, shared
from drawn_uses import ROOT

if TYPE_CHECKING:
    from dagster_commons.analysis.evidence import Evidence

TODAY = datetime.date(2026, 6, 1)


def unparsed() -> Evidence:
    file = SourceFile(path=ROOT / "sales/src/sales/a.py", project=ROOT / "sales", unread="a.py:3 cannot be parsed")
    return replace(evidence(by_path()), sources=(file,))


def unlocked() -> Evidence:
    home = shared(dependencies=(Dependency(name="dagster", requirement="dagster>=1.12"),))
    return evidence(by_path(module=home, projects=(own("sales"),)))


def without_context() -> Evidence:
    return evidence(by_path(), dockerfile("COPY . .", **{".dockerignore": ".git\n"}))


@pytest.mark.parametrize(
    ("drawn", "rule", "reason"),
    [
        (unparsed(), "SRC004", "imports in sales/src/sales: a.py:3 cannot be parsed"),
        (unlocked(), "SRC011", "sales has no lock that says which Dagster it has"),
        (without_context(), "IMG001", "nothing tells which directory sales/Dockerfile is built from"),
    ],
)
def test_the_reason_is_told(drawn: Evidence, rule: str, reason: str) -> None:
    checked = check(drawn, today=TODAY)
    assert checked.findings == ()
    assert [(each.rule, each.reason) for each in checked.skipped] == [(rule, reason)]
    assert check(drawn, ignore=(rule,), today=TODAY).skipped == ()


def test_an_acceptance_of_a_rule_that_could_not_tell_is_not_idle() -> None:
    accepted = Configuration(
        file=ROOT / "commons.toml",
        acceptances=tuple(Acceptance(because="known", rule=each, line=2) for each in ("IMG001", "IMG002")),
    )
    drawn = without_context()
    configured = replace(drawn, workspace=replace(drawn.workspace, configuration=accepted))
    assert [each.message for each in check(configured, today=TODAY).findings] == ["IMG002 is not found"]
