"""What is selected, accepted and left out, and which acceptances are reported themselves."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.analysis.evidence import Evidence
from dagster_commons.errors import UsageError
from dagster_commons.model.configuration import Acceptance, Configuration
from dagster_commons.model.findings import Checked, Finding
from dagster_commons.model.workspace import Repository
from dagster_commons.rules.checking import check, rule_named
from drawn_uses import INDEX, PATH, ROOT, submodule_in, use, workspace

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace

TODAY = datetime.date(2026, 6, 1)
YESTERDAY, TOMORROW = TODAY - datetime.timedelta(days=1), TODAY + datetime.timedelta(days=1)
BROKEN = Finding(
    rule="FILE001", severity="error", subject="dg.toml", message="malformed", file=ROOT / "other/dg.toml", line=3
)


def stale(*acceptances: Acceptance) -> Workspace:
    """`sales` and `finance` with stale locks, `other` with a file that cannot be read."""
    drawn = workspace(use("finance", PATH, "stale"), use("sales", PATH, "stale"), use("other", INDEX, locked="1"))
    configuration = Configuration(file=ROOT / "commons.toml", acceptances=acceptances)
    return replace(drawn, configuration=configuration, findings=(BROKEN,))


def accepted(rule: str | None = "LOCK001", **more: object) -> Acceptance:
    return Acceptance(because="known", rule=rule, line=9, **more)  # type: ignore[arg-type]


def found(drawn: Workspace, *names: str, **options: object) -> list[tuple[str, str]]:
    locations = tuple(each for each in drawn.locations if each.name in names) if names else None
    findings = check(Evidence(workspace=drawn), locations=locations, today=TODAY, **options).findings  # type: ignore[arg-type]
    return [(each.rule, each.subject) for each in findings]


@pytest.mark.parametrize("option", ["select", "ignore"])
@pytest.mark.parametrize("identifier", ["FILE001", "FILE002", "FLEET001", "SRC090", "SRC091", "ACC001", "ACC", "lock"])
def test_ids_of_findings_that_no_rule_looks_for_are_known_where_nothing_was_found(option: str, identifier: str) -> None:
    assert check(Evidence(workspace=workspace()), today=TODAY, **{option: (identifier,)}) == Checked()


def test_an_unknown_id_is_refused_and_all_are_named() -> None:
    for ask in (lambda: found(stale(), select=("LOCK9",)), lambda: rule_named("LOCK9")):
        with pytest.raises(UsageError, match="there is no rule LOCK9") as caught:
            ask()
        assert "FILE001" in (caught.value.hint or "")


@pytest.mark.parametrize("identifier", ["FILE001", "FILE002", "SRC090", "SRC091", "acc002"])
def test_every_id_can_be_explained(identifier: str) -> None:
    assert rule_named(identifier).id == identifier.upper()


def test_select_and_ignore_take_beginnings() -> None:
    assert found(stale(), select=("FILE",)) == [("FILE001", "dg.toml")]
    assert found(stale(), ignore=("FILE", "REG")) == [("LOCK001", "finance"), ("LOCK001", "sales")]


@pytest.mark.parametrize(
    ("acceptance", "expected"),
    [
        (accepted(subject="sales"), [("LOCK001", "finance")]),
        (accepted(), []),
        (accepted(subject="sales", until=TODAY), [("LOCK001", "finance")]),
        (accepted("FILE001", subject="dg.toml"), [("LOCK001", "finance"), ("LOCK001", "sales")]),
    ],
)
def test_what_is_accepted_is_left_out(acceptance: Acceptance, expected: list[tuple[str, str]]) -> None:
    assert found(stale(acceptance), ignore=("REG", "FILE")) == expected


@pytest.mark.parametrize(
    ("acceptance", "rule", "subject", "message"),
    [
        (accepted(subject="gone"), "ACC001", "gone", "LOCK001 of gone is not found"),
        (accepted("LOCK002"), "ACC001", "commons.toml", "LOCK002 is not found"),
        (accepted("LOKC001"), "ACC001", "commons.toml", "there is no rule LOKC001"),
        (accepted(until=YESTERDAY), "ACC002", "commons.toml", f"the acceptance of LOCK001 ended on {YESTERDAY}"),
        (
            accepted(None, location="sales", object="asset a", until=YESTERDAY),
            "ACC002",
            "sales",
            f"the acceptance of asset a in sales ended on {YESTERDAY}",
        ),
        (accepted("ACC001"), "ACC001", "commons.toml", "ACC001 is not found"),
        (
            accepted("parameter-renmaed", object="shared.load"),
            "ACC001",
            "commons.toml",
            "there is no rule parameter-renmaed",
        ),
        (
            accepted("parameter-renamed"),
            "ACC001",
            "commons.toml",
            "parameter-renamed is a change of a module's API, which is accepted with `object`",
        ),
    ],
)
def test_an_acceptance_that_accepts_nothing_is_a_finding(
    acceptance: Acceptance, rule: str, subject: str, message: str
) -> None:
    [finding] = check(Evidence(workspace=stale(acceptance)), select=("ACC",), today=TODAY).findings
    assert (finding.rule, finding.subject, finding.message, finding.line) == (rule, subject, message, 9)
    assert finding.file == ROOT / "commons.toml"


def test_an_acceptance_that_ended_accepts_nothing() -> None:
    assert ("LOCK001", "sales") in found(stale(accepted(subject="sales", until=YESTERDAY)))
    assert found(stale(accepted(None, location="sales", object="asset a", until=TOMORROW)), select=("ACC",)) == []


def test_commands_about_a_submodule_are_for_the_root() -> None:
    drawn = workspace(
        use("x", submodule_in("x"), "current", "not-on-remote"), use("y", submodule_in("y"), "current", "other-commit")
    )
    root = replace(drawn, repositories=(Repository(root=ROOT / "y/shared", git_dir=ROOT / "g", superproject=ROOT),))
    assert [each.fix for each in check(Evidence(workspace=root), today=TODAY).findings] == [
        "git -C x/shared push",
        "git add y/shared records it, commons sync -l y goes back",
    ]


def test_of_one_location_only_what_concerns_it_is_left() -> None:
    assert found(stale(), "sales") == [("LOCK001", "sales")]
    assert found(stale(), "other") == [("FILE001", "dg.toml"), ("REG001", "other")]


def test_a_finding_in_a_file_above_a_location_concerns_it() -> None:
    above = replace(BROKEN, file=ROOT / ".gitmodules")
    assert ("FILE001", "dg.toml") in found(replace(stale(), findings=(above,)), "sales")


def test_what_is_left_out_does_not_make_an_acceptance_idle() -> None:
    assert found(stale(accepted(subject="finance")), "sales") == [("LOCK001", "sales")]
    assert found(stale(accepted(subject="finance")), select=("SRC",)) == []
