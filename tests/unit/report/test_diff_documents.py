"""The diff for programs and for pull requests."""

from __future__ import annotations

import datetime
import itertools
import json
import re
from dataclasses import replace

import pytest

from dagster_commons.model.configuration import Acceptance
from dagster_commons.model.definitions import Change
from dagster_commons.model.verdicts import DiffReport, Unchanged, Unverifiable
from dagster_commons.report.diff_json import as_json
from dagster_commons.report.diff_markdown import LARGEST, markdown
from drawn_uses import story as workspace_story
from drawn_verdicts import BODY, CRON, FAILURE, RENAMED, at, broken, changed, story, unchanged, unverifiable


def document(report):
    return json.loads(as_json(report, workspace_story()))


def report(*verdicts, **options):
    return DiffReport(before="main", after="worktree", verdicts=verdicts, **options)


def test_json_has_what_others_parse():
    found = document(story())
    assert found["format"] == 1
    finance, marketing, sales = found["locations"]
    assert [each["verdict"] for each in found["locations"]] == ["unverifiable", "unchanged", "changed"]
    assert [each["severity"] for each in found["locations"]] == [None, None, "breaking"]
    assert {key: sales[key] for key in ("name", "project", "module", "path", "build_directory")} == {
        "name": "sales",
        "project": "acme-sales",
        "module": "sales.definitions",
        "path": "sales",
        "build_directory": "sales/src",
    }
    assert sales["changes"][1] == {
        "kind": "changed",
        "object": "schedule",
        "name": "nightly",
        "field": "cron",
        "old": "0 3 * * *",
        "new": "0 5 * * *",
        "severity": "notable",
        "reason": "it runs at other times",
        "rule": "cron",
        "renamed_to": None,
        "accepted": None,
    }
    assert marketing["code"][0]["function"] == "ParquetIO.handle_output"
    assert marketing["code"][0]["line"] == 12
    assert len(marketing["code"][0]["assets"]) == 41
    assert marketing["code"][0]["assets"][0] == "marketing/asset_0"
    assert finance["reason"] == finance["error"]["message"] == "FINANCE_DSN is not set"
    assert {key: finance[key] for key in ("seconds", "cached", "how", "masked", "changes")} == {
        "seconds": 0.5,
        "cached": False,
        "how": "fork",
        "masked": [],
        "changes": [],
    }


def test_json_of_a_broken_location():
    [each] = document(report(broken("sales")))["locations"]
    assert (each["verdict"], each["severity"]) == ("broken", None)
    assert each["error"] == {
        "type": "ImportError",
        "message": "cannot import name 'load' from 'shared'",
        "file": "sales/definitions.py",
        "line": 3,
    }


def test_json_of_a_location_that_is_no_longer_there():
    assert document(report(unchanged("bygone")))["locations"][0]["name"] == "bygone"


def test_json_keeps_long_values_whole_and_lists_as_lists():
    change = replace(CRON, field="deps", old=("a" * 500,), new=("b", ("c", 1)))
    [found] = document(report(changed("sales", change)))["locations"][0]["changes"]
    assert (found["old"], found["new"]) == (["a" * 500], ["b", ["c", 1]])


def test_json_does_not_depend_on_the_order():
    texts = {
        as_json(replace(story(), verdicts=order), workspace_story())
        for order in itertools.permutations(story().verdicts)
    }
    assert len(texts) == 1


def test_json_says_which_acceptances_should_go():
    accepted = Acceptance(because="b", location="sales", object="asset a", until=datetime.date(2026, 1, 31), line=9)
    found = document(report(unused=(accepted,), expired=(accepted,)))
    assert found["unused_acceptances"] == found["expired_acceptances"]
    assert found["unused_acceptances"][0]["until"] == "2026-01-31"


DSN = "db://user:hunter2@host/x"
SECRETIVE = report(
    changed("a", replace(CRON, old=DSN, new=(DSN,))),
    broken("b", replace(FAILURE, message=f"cannot connect to {DSN}")),
    unverifiable("c", f"{DSN} is not reachable"),
    at("d", Unverifiable(reason="x", failure=replace(FAILURE, message=f"cannot connect to {DSN}"))),
)


@pytest.mark.parametrize("text", [as_json(SECRETIVE, workspace_story()), markdown(SECRETIVE)], ids=["json", "markdown"])
def test_credentials_in_urls_are_never_shown(text):
    assert "hunter2" not in text
    assert "***@host/x" in re.sub(r"\\", "", text)


def test_the_comment_of_the_story():
    assert markdown(story()) == (
        "<!-- dagster-commons diff -->\n"
        "### Definitions: `shared 0.1.3` → `worktree`\n"
        "\n"
        "3 locations reached · 1 breaking · 1 same definitions · 1 not compared\n"
        "\n"
        "| location | verdict | |\n"
        "|---|---|---|\n"
        "| `sales` | **breaking** | 2 changes |\n"
        "| `finance` | **not compared** | FINANCE\\_DSN is not set |\n"
        "| `marketing` | same definitions | code of 41 assets changed |\n"
        "\n"
        "<details><summary>changed code: 1 function or class</summary>\n"
        "\n"
        "| changed code | at | runs in |\n"
        "|---|---|---|\n"
        "| `ParquetIO.handle_output` | `shared/io.py:12` | 41 assets in marketing |\n"
        "\n"
        "</details>\n"
        "\n"
        "<details><summary>sales: breaking</summary>\n"
        "\n"
        "| | object | what | |\n"
        "|---|---|---|---|\n"
        "| breaking | asset `sales/asset_2` | renamed to asset\\_two? "
        "| its history stays on the old key: materialisations and partitions |\n"
        "| notable | schedule `nightly` | `cron` | `0 3 * * * → 0 5 * * *` |\n"
        "\n"
        "</details>\n"
        "\n"
        "\n"
        "Same definitions is not same data: what a function's body does is not seen by loading definitions, "
        "so a changed body is named.\n"
    )


def many(number, name="asset"):
    return (
        Change(
            kind="added",
            object="asset",
            name=f"{name}_{each}",
            field=None,
            old=None,
            new=None,
            severity="added",
            reason="it is new",
        )
        for each in range(number)
    )


LARGE = {
    "one location with 20,000 changes": report(changed("sales", *many(20_000))),
    "5,000 locations": report(*(changed(f"location_{i}", RENAMED) for i in range(5_000))),
    "200 locations with 100 changes": report(*(changed(f"location_{i}", *many(100)) for i in range(200))),
    "long values in wide characters": report(
        *(changed(f"l{i}", replace(CRON, name="団" * 5_000, old="値" * 5_000)) for i in range(300))
    ),
    "long names with markup": report(*(unverifiable("`|<*" * 900 + str(i), "|*_<" * 900) for i in range(500))),
    "masked and notes": report(
        at("a", Unchanged(masked=tuple("m" * 300 + str(i) for i in range(9_000)), notes=("n" * 9_000,) * 900))
    ),
    "changed code": report(*(unchanged(f"l{i}", *(replace(BODY, line=j) for j in range(50))) for i in range(100))),
    "many notes": report(notes=tuple("note" * 100 for _ in range(2_000))),
}


@pytest.mark.parametrize("large", LARGE.values(), ids=LARGE)
def test_a_comment_is_never_too_long_and_says_what_is_left_out(large):
    text = markdown(large)
    assert len(text.encode()) <= LARGEST
    assert "…and " in text
    assert text.count("<details>") == text.count("</details>")
    assert text.count("<summary>") == text.count("</summary>")
    assert text.endswith("so a changed body is named.\n")


def test_what_is_left_out_is_counted_exactly():
    text = markdown(LARGE["one location with 20,000 changes"])
    shown = text.count("| added | asset ")
    assert shown > 10
    assert f"…and {20_000 - shown} more\n" in text


def test_locations_left_out_are_counted_by_verdict_the_worst_shown_first():
    unimportant = [unchanged(f"location_{i}") for i in range(5_000)]
    text = markdown(report(*unimportant, changed("zz", RENAMED), broken("zzz"), unverifiable("zzzz")))
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows[:3]] == ["zzz", "zz", "zzzz"]
    left = 5_003 - len(rows)
    assert f"| …and {left} locations more | | {left} same definitions |" in text


def test_the_details_of_200_locations_share_the_room():
    text = markdown(LARGE["200 locations with 100 changes"])
    assert text.count("<details>") >= 10
    assert re.search(r"…and \d+ more with details", text)


def test_names_are_no_markup():
    text = markdown(report(changed("sales", replace(CRON, name="a|b`c\nd", old="<script>", new="@everyone"))))
    assert "| schedule `` a\\|b`c d `` | `cron` | `<script> → @everyone` |" in text
    told = markdown(report(unverifiable("a<b>@x", "<img> @everyone | *x*")))
    assert "&lt;img&gt; @\N{ZERO WIDTH NON-JOINER}everyone \\| \\*x\\*" in told


def test_acceptances_and_notes_are_said():
    accepted = Acceptance(because="b", location="sales", object="asset a", until=datetime.date(2026, 1, 31), line=9)
    text = markdown(report(unchanged("sales"), unused=(accepted,), expired=(accepted,), notes=("a note",)))
    assert "- a note\n" in text
    assert "- commons.toml accepts asset a in sales, where nothing of it changes: remove the entry\n" in text
    assert "- commons.toml accepted asset a in sales until 2026-01-31, which is over\n" in text
