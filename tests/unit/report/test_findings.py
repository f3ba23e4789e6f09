# ruff: noqa: RUF001 - the en dash stands for what there is nothing to say about
from __future__ import annotations

import itertools
import json
from dataclasses import replace

from dagster_commons.model.findings import Checked, Finding, Skipped
from dagster_commons.report import findings
from drawn_uses import ROOT

SKIPPED = Skipped(rule="INDEX001", reason="--offline")


def stale(name, *, fix="commons lock"):
    return Finding(
        rule="LOCK001",
        severity="error",
        subject=name,
        message="says ol-lib needs 14 packages, it needs 16",
        file=ROOT / f"dg_projects/{name}/uv.lock",
        fix=fix,
    )


def unpinned(line):
    return Finding(
        rule="INDEX002",
        severity="warning",
        subject="finance",
        message="`shared` has no exact pin",
        file=ROOT / "finance/pyproject.toml",
        line=line,
        fix='write "shared==0.1.3"',
    )


def shown(*found, **options):
    return findings.terminal(found, ROOT, width=80, colour=False, **options)


def test_a_group_has_its_headline_its_places_and_its_fix():
    found = [stale(name) for name in ("canvas", "edx", "mit", "zendesk", "b2b")]
    assert shown(*found, titles={"LOCK001": "5 of 10 locks are stale"}) == (
        "error LOCK001  5 of 10 locks are stale\n"
        "  dg_projects/b2b/uv.lock     says ol-lib needs 14 packages, it needs 16\n"
        "  dg_projects/canvas/uv.lock  says ol-lib needs 14 packages, it needs 16\n"
        "  dg_projects/edx/uv.lock     says ol-lib needs 14 packages, it needs 16\n"
        "  …2 more                     commons lock\n"
    )


def test_a_single_finding_is_its_own_headline():
    assert shown(unpinned(12)) == (
        'warning INDEX002  `shared` has no exact pin\n  finance/pyproject.toml:12  write "shared==0.1.3"\n'
    )


def test_errors_come_first_and_lines_are_numbers():
    text = shown(unpinned(12), unpinned(9), stale("a"))
    assert [line for line in text.splitlines() if not line.startswith(" ")] == [
        "error LOCK001  says ol-lib needs 14 packages, it needs 16",
        "warning INDEX002  2 findings",
    ]
    assert text.index(":9 ") < text.index(":12 ")


def test_fixes_that_differ_stand_below_their_finding():
    text = shown(stale("a", fix="commons lock -l a"), stale("b", fix="commons lock -l b"))
    assert text.splitlines()[1:] == [
        "  dg_projects/a/uv.lock  says ol-lib needs 14 packages, it needs 16",
        "                         commons lock -l a",
        "  dg_projects/b/uv.lock  says ol-lib needs 14 packages, it needs 16",
        "                         commons lock -l b",
    ]


def test_the_rest_is_mended_by_one_command_where_there_is_one():
    locks = [stale(name, fix=f"commons lock -l {name}") for name in "abcde"]
    assert shown(*locks).splitlines()[-1] == "  …2 more                commons lock"
    removals = [stale(name, fix=f"commons remove shared -l {name}") for name in "abcde"]
    assert shown(*removals).splitlines()[-1] == "  …2 more"


def test_a_long_message_goes_on_below_and_a_long_command_stays_whole():
    command = "commons lock -l a_code_location_with_a_very_long_name_indeed"
    long = stale("a_directory_with_a_name_that_is_cut_in_the_end", fix=command)
    assert shown(long, titles={"LOCK001": "stale lock"}) == (
        "error LOCK001  stale lock\n"
        "  …h_a_name_that_is_cut_in_the_end/uv.lock  says ol-lib needs 14 packages, it\n"
        "                                            needs 16\n"
        f"{command:>80}\n"
    )
    text = shown(replace(long, message="word " * 60), titles={"LOCK001": "stale lock"})
    assert text.splitlines()[3].endswith("word…")
    assert len(text.splitlines()) == 5


def test_all_places_on_request():
    found = [stale(f"p{i}") for i in range(9)]
    assert "…6 more" in shown(*found)
    assert "more" not in shown(*found, places_shown=None)


def test_a_finding_without_a_file_names_its_subject():
    assert shown(Finding(rule="X", severity="warning", subject="finance", message="m")) == "warning X  m\n  finance\n"


def test_json_is_sorted_whatever_the_order():
    found = [stale("a"), stale("b"), unpinned(12), unpinned(9)]
    texts = {findings.as_json(Checked(findings=tuple(order)), ROOT) for order in itertools.permutations(found)}
    assert len(texts) == 1
    document = json.loads(texts.pop())
    assert [(each["rule"], each["line"]) for each in document["findings"]] == [
        ("LOCK001", None),
        ("LOCK001", None),
        ("INDEX002", 9),
        ("INDEX002", 12),
    ]
    assert document["skipped"] == []


def test_json_names_what_was_skipped():
    document = json.loads(findings.as_json(Checked(skipped=(SKIPPED,)), ROOT))
    assert document == {"format": 1, "findings": [], "skipped": [{"rule": "INDEX001", "reason": "--offline"}]}


def test_what_could_not_be_told_is_told_below_the_findings():
    assert findings.skipped_lines((SKIPPED,), width=80) == "skipped INDEX001: --offline\n"


def test_markdown_is_a_table():
    assert findings.markdown((unpinned(9), stale("a", fix=None)), ROOT) == (
        "| rule | place | what | fix |\n"
        "|---|---|---|---|\n"
        "| error LOCK001 | dg_projects/a/uv.lock | says ol-lib needs 14 packages, it needs 16 | – |\n"
        '| warning INDEX002 | finance/pyproject.toml:9 | `shared` has no exact pin | `write "shared==0.1.3"` |\n'
    )
    assert findings.markdown((), ROOT) == ""
