# ruff: noqa: RUF001 - the minus sign of CLI.md
from __future__ import annotations

import datetime
import re
from dataclasses import replace

import pytest

from dagster_commons.model.configuration import Acceptance
from dagster_commons.model.definitions import Change, DefinitionsDiff
from dagster_commons.model.verdicts import Changed, DiffReport, LoadFailure, Unchanged, Unverifiable
from dagster_commons.report import diff
from dagster_commons.report.lines import cell_width
from drawn_verdicts import BODY, CRON, FAILURE, RENAMED, at, broken, changed, story, unchanged, unverifiable


def shown(report, *, width=80, is_detailed=False):
    return diff.terminal(report, width=width, colour=False, is_detailed=is_detailed)


def report(*verdicts, **options):
    return DiffReport(before="main", after="worktree", verdicts=verdicts, **options)


def field(name, old, new, severity="notable", **options):
    return replace(CRON, field=name, old=old, new=new, severity=severity, **options)


def asset(number, kind="added", **options):
    return Change(
        kind=kind,
        object="asset",
        name=f"sales/asset_{number:04}",
        field=None,
        old=None,
        new=None,
        severity="added",
        reason="it is new",
        **options,
    )


def awkward():
    """Long names, long values, wide characters, control characters, many of everything."""
    long = replace(RENAMED, name="団体/" * 20, renamed_to="x" * 200)
    values = field("run_config.ops.load.config.sql", "select " * 60, "\x1b[31mred\n" * 30)
    cuts = field("deps", tuple(f"raw/{i}" for i in range(90)), ())
    return report(
        changed("a-location-whose-name-nobody-would-type-by-hand", long, values, cuts, code=(BODY,)),
        changed("b", *(asset(i) for i in range(300))),
        broken("c", LoadFailure(type="E" * 90, message="m" * 300 + "\nmore", file="f" * 90, line=7)),
        at("d", Unverifiable(reason="r" * 300, failure=FAILURE)),
        at(
            "e",
            Unchanged(code=(BODY,) * 3, masked=tuple(f"asset {'m' * 90}{i} x" for i in range(20)), notes=("n" * 90,)),
        ),
        *(unchanged(f"u{i}", BODY) for i in range(200)),
    )


def test_the_story_at_80_columns():
    assert shown(story()) == (
        "shared 0.1.3 → worktree\n"
        "  3 locations reached · 1 breaking · 1 same definitions · 1 not compared\n"
        "sales      breaking  2 changes\n"
        "  − asset     sales/asset_2  renamed to asset_two?\n"
        "              its history stays on the old key: materialisations and partitions\n"
        "  ~ schedule  nightly        cron                   0 3 * * * → 0 5 * * *\n"
        "marketing  same definitions · code of 41 assets changed\n"
        "finance    not compared: FINANCE_DSN is not set\n"
        "  commons diff -l finance --env-file .env\n"
        "\n"
        "changed code\n"
        "  shared/io.py:12  ParquetIO.handle_output  41 assets in marketing\n"
    )


def test_the_story_where_there_is_room():
    lines = shown(story(), width=120).splitlines()
    assert lines[0] == (
        "shared 0.1.3 → worktree      3 locations reached · 1 breaking · 1 same definitions · 1 not compared"
    )
    assert "marketing  same definitions · code of 41 assets changed (shared/io.py: ParquetIO.handle_output)" in lines
    assert "finance    not compared: FINANCE_DSN is not set  commons diff -l finance --env-file .env" in lines


WORDED = {
    "a list": (field("deps", ("a", "b"), ("a", "c")), "deps    −b +c"),
    "a list that comes": (field("owners", None, ("x",)), "owners  +x"),
    "a list in another order": (field("keys", ("a", "b"), ("b", "a")), "keys    in another order"),
    "a truth": (field("blocking", old=False, new=True), "blocking  no → yes"),
    "nothing before": (field("pool", None, "p"), "pool    none → p"),
    "a new config field that must be given": (field("config.n.required", None, new=True), "config.n  new, required"),
    "a new one that need not": (field("config.n.required", None, new=False), "config.n  new"),
    "one that went": (field("config.n.required", old=False, new=None), "config.n  gone"),
    "one that must be given now": (field("config.n.required", old=False, new=True), "config.n  required now"),
    "one that need not be any more": (field("config.n.required", old=True, new=False), "config.n  no longer required"),
    "what no field knows": (field("raw:novel.x", 1, 2, kind="other"), "novel.x  1 → 2"),
    "long texts that begin alike": (
        field("text", "built by a factory for all of us here", "built by a factory for all of us there"),
        "text    …here → …there",
    ),
    "what is accepted": (field("pool", 1, 2, accepted="on purpose"), "pool    accepted: on purpose"),
    "a password in a URL": (field("pool", "a", "db://me:pass@host/x"), "pool    a → db://***@host/x"),
}


@pytest.mark.parametrize(("change", "expected"), WORDED.values(), ids=WORDED)
def test_changes_in_words(change, expected):
    line = shown(report(changed("sales", change))).splitlines()[2]
    assert re.sub(" {2,}", "  ", line) == f"  ~ schedule  nightly  {re.sub(' {2,}', '  ', expected)}"


def test_what_was_added_and_removed():
    gone = replace(asset(2, "removed"), severity="breaking", reason="its materialisations have no asset")
    assert shown(report(changed("sales", asset(1), gone))).splitlines()[1:] == [
        "sales  breaking  2 changes",
        "  + asset  sales/asset_0001  added",
        "  − asset  sales/asset_0002  removed  its materialisations have no asset",
    ]


def test_broken_shows_the_error_and_where():
    assert shown(report(broken("sales"))).splitlines()[1:] == [
        "sales  broken: ImportError: cannot import name 'load' from 'shared'",
        "  sales/definitions.py:3",
    ]


def test_broken_before_and_after_shows_the_error_too():
    verdict = Unverifiable(reason="it does not load, and did not before", failure=FAILURE)
    assert shown(report(at("sales", verdict))).splitlines()[1:] == [
        "sales  not compared: it does not load, and did not before  commons diff -l sales",
        "  ImportError: cannot import name 'load' from 'shared'  sales/definitions.py:3",
    ]


def test_accepted_changes_are_counted():
    some = replace(RENAMED, accepted="x")
    assert "sales  breaking  2 changes, 1 accepted\n" in shown(report(changed("sales", some, CRON)))
    assert "sales  breaking  2 changes, all accepted\n" in shown(report(changed("sales", some, some)))


def test_many_changes_are_counted_unless_asked_for():
    text = shown(report(changed("sales", *(asset(i) for i in range(300)))))
    assert text.count("  + asset ") == 10
    assert "  …and 290 more  commons diff -l sales\n" in text
    detailed = shown(report(changed("sales", *(asset(i) for i in range(300)))), is_detailed=True)
    assert detailed.count("  + asset ") == 300
    assert "more" not in detailed


def test_a_single_change_more_is_shown_rather_than_counted():
    assert "more" not in shown(report(changed("sales", *(asset(i) for i in range(11)))))


def test_many_unchanged_locations_are_counted_and_no_other_is_left_out():
    others = (changed("zz", RENAMED), broken("zzz"), unverifiable("zzzz"))
    text = shown(report(*(unchanged(f"u{i:03}") for i in range(200)), *others))
    assert text.splitlines()[0].startswith("main → worktree")
    assert text.splitlines()[1:3] == [
        "  203 locations reached · 1 broken · 1 breaking · 200 same definitions",
        "  1 not compared",
    ]
    assert "…and 192 locations more with the same definitions\n" in text
    assert [line.split()[0] for line in text.splitlines() if line.startswith("z")] == ["zzz", "zz", "zzzz"]


def test_code_in_unchanged_locations_that_are_counted_is_said():
    text = shown(report(*(unchanged(f"u{i:03}", BODY) for i in range(20))))
    assert "…and 12 locations more with the same definitions, 12 with changed code\n" in text
    assert "820 assets in u000, u001" in text


def test_masked_fields_and_notes_are_listed():
    verdict = Unchanged(masked=("asset a metadata.t", "asset b metadata.t"), notes=("Dagster 1 → 2: …",))
    assert shown(report(at("sales", verdict))).splitlines()[1:] == [
        "sales  same definitions",
        "  Dagster 1 → 2: …",
        "  not compared, for two loads of the same code differ in them:",
        "    asset a metadata.t",
        "    asset b metadata.t",
    ]


def test_masked_fields_of_a_change_are_listed():
    masked = Changed(diff=DefinitionsDiff(changes=(CRON,), masked=("asset a x",)), severity="notable")
    assert "differ in it:\n    asset a x\n" in shown(report(at("sales", masked)))


def test_acceptances_that_should_go_are_said():
    accepted = Acceptance(because="b", location="sales", object="asset a", until=datetime.date(2026, 1, 31), line=9)
    text = shown(report(unchanged("sales"), unused=(accepted,), expired=(accepted,), notes=("a note",)))
    assert text.splitlines()[-3:] == [
        "a note",
        "commons.toml:9: [[accept]] of asset a in sales accepts nothing: remove it",
        "commons.toml:9: [[accept]] of asset a in sales ended on 2026-01-31",
    ]


def test_nothing_reached():
    assert shown(report()) == "main → worktree      0 locations reached\n"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 132, 250])
@pytest.mark.parametrize("is_detailed", [False, True])
@pytest.mark.parametrize("drawn", [story(), awkward()], ids=["story", "awkward"])
def test_nothing_is_wider_than_the_terminal(drawn, width, is_detailed):
    text = shown(drawn, width=width, is_detailed=is_detailed)
    assert [line for line in text.splitlines() if cell_width(line) > width] == []
    assert "\x1b" not in text


def test_colour_marks_only_what_needs_attention():
    coloured = diff.terminal(story(), width=80, colour=True)
    marked = re.findall(r"\x1b\[[0-9;]+m([^\x1b]*)\x1b\[0m", coloured)
    assert marked == ["breaking", "renamed to asset_two?", "cron", "not compared"]
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(story())
