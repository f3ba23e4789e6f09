from __future__ import annotations

import datetime

import pytest

from dagster_commons.analysis.judging import accept, fail_on_from, is_failing, judge
from dagster_commons.analysis.workspace_diff import consequences
from dagster_commons.errors import UsageError
from dagster_commons.model.configuration import Acceptance
from dagster_commons.model.definitions import CodeChange
from dagster_commons.model.verdicts import (
    FAIL_ON_DEFAULT,
    Absent,
    Broken,
    Changed,
    LoadFailure,
    MissingInput,
    Unchanged,
    Unverifiable,
)
from drawn_snapshots import asset, snapshot, thing, unit
from drawn_verdicts import CRON, FAILURE, RENAMED, at, broken, changed, unchanged, unverifiable

OTHER = LoadFailure(type="SyntaxError", message="invalid syntax")
MISSING = MissingInput(reason="FINANCE_DSN is not set")
ONE, TWO = snapshot(asset("a")), snapshot(asset("a"), asset("b"))
TODAY = datetime.date(2026, 11, 23)


def kind_of(verdict):
    return type(verdict).__name__


JUDGED = {
    "same": (ONE, ONE, "Unchanged"),
    "different": (ONE, TWO, "Changed"),
    "broken now": (ONE, FAILURE, "Broken"),
    "broken before and now": (OTHER, FAILURE, "Unverifiable"),
    "broken before": (OTHER, ONE, "Changed"),
    "not loadable now": (ONE, MISSING, "Unverifiable"),
    "not loadable before": (MISSING, ONE, "Unverifiable"),
    "not loadable before, broken now": (MISSING, FAILURE, "Unverifiable"),
    "broken before, not loadable now": (OTHER, MISSING, "Unverifiable"),
    "new": (Absent(), ONE, "Changed"),
    "new and broken": (Absent(), FAILURE, "Broken"),
    "gone": (ONE, Absent(), "Changed"),
    "broken and gone": (OTHER, Absent(), "Unverifiable"),
    "nowhere": (Absent(), Absent(), "Unverifiable"),
    "new and not loadable": (Absent(), MISSING, "Unverifiable"),
}


@pytest.mark.parametrize(("before", "after", "expected"), JUDGED.values(), ids=JUDGED)
def test_verdicts(before, after, expected):
    assert kind_of(judge(before, after)) == expected


def test_broken_before_and_after_shows_the_error_of_now():
    verdict = judge(OTHER, FAILURE)
    assert isinstance(verdict, Unverifiable)
    assert verdict.failure == FAILURE
    assert "did not before" in verdict.reason


def test_what_is_missing_is_the_reason_and_an_error_is_not_lost():
    assert judge(MISSING, FAILURE) == Unverifiable(reason="FINANCE_DSN is not set", failure=FAILURE)
    assert judge(ONE, MISSING) == Unverifiable(reason="FINANCE_DSN is not set")


def test_broken_before_and_loading_after_is_one_notable_change():
    verdict = judge(OTHER, ONE)
    assert isinstance(verdict, Changed)
    [change] = verdict.diff.changes
    assert (change.field, change.old, change.new) == ("load", "SyntaxError: invalid syntax", "loads")
    assert verdict.severity == "notable"


def test_a_new_location_is_added_and_one_that_is_gone_breaks():
    assert [judge(*pair).severity for pair in ((Absent(), TWO), (TWO, Absent()))] == ["added", "breaking"]


def test_a_changed_body_never_changes_the_verdict():
    before, after = (snapshot(thing("asset", "a", code=("m:f",)), code=(unit("m:f", digest),)) for digest in ("1", "2"))
    assert judge(before, after) == Unchanged(
        code=(CodeChange(function="f", file="shared/io.py", line=1, objects=("asset a",)),)
    )


def test_consequences_make_a_change_of_the_same_definitions():
    found = consequences({"one": (ONE, ONE), "two": (snapshot(), ONE)})
    verdict = judge(snapshot(), ONE, consequences=found["two"])
    assert isinstance(verdict, Changed)
    assert [each.rule for each in verdict.diff.changes] == ["key-produced-twice", "asset-added"]
    assert kind_of(judge(ONE, ONE, consequences=found["two"])) == "Changed"


def acceptance(object_="asset sales/asset_2", location="sales", until=None):
    return Acceptance(because="on purpose", location=location, object=object_, until=until)


def test_an_accepted_change_is_marked_and_does_not_fail():
    found = accept([changed("sales", RENAMED, CRON)], [acceptance()], today=TODAY)
    [each] = found.verdicts
    assert [change.accepted for change in each.verdict.diff.changes] == ["on purpose", None]
    assert each.verdict.severity == "breaking"
    assert not is_failing(each.verdict, FAIL_ON_DEFAULT)
    assert is_failing(each.verdict, ("notable",))
    assert (found.unused, found.expired) == ((), ())


def test_an_acceptance_is_of_one_location():
    [each] = accept([changed("other", RENAMED)], [acceptance()], today=TODAY).verdicts
    assert is_failing(each.verdict, FAIL_ON_DEFAULT)


@pytest.mark.parametrize(("day", "is_valid"), [(-1, False), (0, True), (1, True)])
def test_an_acceptance_holds_on_its_last_day(day, is_valid):
    until = TODAY + datetime.timedelta(days=day)
    found = accept([changed("sales", RENAMED)], [acceptance(until=until)], today=TODAY)
    assert is_failing(found.verdicts[0].verdict, FAIL_ON_DEFAULT) is not is_valid
    assert len(found.expired) == (not is_valid)
    assert found.unused == ()


@pytest.mark.parametrize(
    ("verdict", "is_said"),
    [
        (unchanged("sales"), True),
        (changed("sales", CRON), True),
        (changed("sales", RENAMED), False),
        (broken("sales"), False),
        (unverifiable("sales"), False),
        (unchanged("other"), False),
    ],
)
def test_an_acceptance_is_unused_only_where_that_can_be_told(verdict, is_said):
    assert bool(accept([verdict], [acceptance()], today=TODAY).unused) is is_said


def test_acceptances_of_findings_are_not_ours():
    ours = accept(
        [unchanged("sales")], [Acceptance(because="x", rule="LOCK001", until=TODAY.replace(year=2020))], today=TODAY
    )
    assert (ours.unused, ours.expired) == ((), ())


FAILING = [
    (unchanged("a"), set()),
    (changed("a", CRON), {"notable", "any"}),
    (changed("a", RENAMED), {"breaking", "notable", "any"}),
    (broken("a"), {"broken", "any"}),
    (unverifiable("a"), {"unverifiable", "any"}),
    (at("a", judge(ONE, TWO)), {"any"}),
]


@pytest.mark.parametrize(("verdict", "words"), FAILING)
@pytest.mark.parametrize("word", ["breaking", "broken", "unverifiable", "notable", "any"])
def test_what_fails_on_what(verdict, words, word):
    assert is_failing(verdict.verdict, (word,)) is (word in words)


def test_by_default_a_change_that_only_runs_otherwise_passes():
    failing = [kind_of(each.verdict) for each, _ in FAILING if is_failing(each.verdict, FAIL_ON_DEFAULT)]
    assert failing == ["Changed", "Broken", "Unverifiable"]


def test_fail_on_is_read_from_the_command_line():
    assert fail_on_from("breaking, any") == ("breaking", "any")
    assert fail_on_from("") == ()
    with pytest.raises(UsageError, match="`braking` is nothing to fail on"):
        fail_on_from("breaking,braking")


def test_a_verdict_of_a_kind_is_what_it_says():
    assert judge(ONE, FAILURE) == Broken(failure=FAILURE)
