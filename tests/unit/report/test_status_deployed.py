# ruff: noqa: RUF001 - the en dash stands for what there is nothing to say about
from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dagster_commons.report import status
from dagster_commons.report.lines import cell_width
from drawn_deployments import URL, deployment, fails, runs
from drawn_uses import INDEX, location, story, use, workspace

LOST = "dagster._core.errors.DagsterImportError: no\nand much more"


def deployed():
    return deployment(
        runs("marketing", shared="0.1.3"),
        runs("finance", shared="0.1.0"),
        fails("legacy", LOST),
        runs("old", shared="0.1"),
    )


def shown(drawn, found, *, width=80, **options):
    return status.terminal(drawn, width=width, colour=False, deployment=found, **options)


def test_what_runs_stands_beside_what_is_in_use():
    assert shown(story(), deployed()) == (
        "shared 0.2.0  packages/shared\n"
        "  3 uses · 2 behind · 1 stale lock · 1 running behind · 1 not deployed\n"
        "  location   source     in use    running       newest  lock\n"
        "  sales      path       worktree  not deployed  –       stale\n"
        "             commons lock -l sales\n"
        "  marketing  submodule  0.1.3     0.1.3         0.2.0   current\n"
        "             commons upgrade shared==0.2.0 -l marketing\n"
        "  finance    index      0.1.3     0.1.0         0.2.0   current\n"
        "             runs 0.1.0, behind 0.1.3: deploy it\n"
        "             commons upgrade shared==0.2.0 -l finance\n"
        "\n"
        "3 code locations · 1 shared module\n"
        "\n"
        f"{URL}: 4 code locations\n"
        "not loaded: legacy: DagsterImportError: no\n"
        "not declared here: legacy, old (shared 0.1)\n"
        "not deployed: sales\n"
    )


def test_without_a_deployment_nothing_is_said_of_it():
    assert "running" not in status.terminal(story(), width=80, colour=False)
    assert "running" not in status.markdown(story())


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_wider_than_the_terminal(width):
    long = deployment(
        *(runs(f"a-location-with-a-long-name-{number}", shared="0.1.3.dev17+g0123456789abcdef") for number in range(9)),
        *(fails(f"broken-{number}", "E" * 300) for number in range(9)),
        runs("sales", shared="0.1.3.dev17+g0123456789abcdef"),
    )
    text = shown(story(), long, width=width)
    assert max(map(cell_width, text.splitlines())) <= width
    assert text.count("not loaded: broken-") == 5
    assert "…4 more not loaded\n" in text


def test_what_was_not_told_is_never_current():
    text = shown(workspace(use("x", INDEX, locked="0.2.0", available="0.2.0")), deployment(runs("x")))
    assert "  x         index   0.2.0   not told  0.2.0   current\n" in text
    assert "1 use · 1 not told" in text


def test_a_stale_lock_is_mended_before_anything_is_deployed():
    drawn = workspace(use("x", INDEX, "stale", locked="0.2.0"))
    assert "runs 0.1.0, behind 0.2.0\n" in shown(drawn, deployment(runs("x", shared="0.1.0")))


def test_what_runs_ahead_is_said():
    drawn = workspace(use("x", INDEX, locked="0.2.0", available="0.2.0"))
    text = shown(drawn, deployment(runs("x", shared="0.3.0")))
    assert "1 running ahead" in text
    assert "runs 0.3.0, ahead of 0.2.0\n" in text


@pytest.mark.parametrize(
    ("found", "painted"),
    [
        (runs("x", shared="0.1.0"), "\x1b[33m0.1.0\x1b[0m"),
        (fails("x", "no"), "\x1b[31mnot loaded\x1b[0m"),
        (runs("y"), "\x1b[33mnot deployed\x1b[0m"),
    ],
)
def test_colour_marks_what_needs_attention(found, painted):
    drawn = workspace(use("x", INDEX, locked="0.2.0", available="0.2.0"))
    assert painted in status.terminal(drawn, width=80, colour=True, deployment=deployment(found))


def test_what_is_as_it_should_be_has_no_colour():
    drawn = workspace(use("x", INDEX, locked="0.2.0", available="0.2.0"))
    found = deployment(runs("x", shared="0.2.0"))
    assert "\x1b" not in status.terminal(drawn, width=80, colour=True, deployment=found)


def test_many_rows_that_read_the_same_are_counted():
    names = [f"team_{number:03}" for number in range(100)]
    drawn = workspace(*(use(name, INDEX, locked="0.2.0", available="0.2.0") for name in names))
    found = deployment(*(runs(name, shared="0.2.0" if int(name[-1]) % 2 else "0.1.0") for name in names))
    assert shown(drawn, found).count("…and 47 more like it") == 2


def test_json_has_whole_what_was_told():
    found = json.loads(status.as_json(story(), deployment=deployed()))
    assert {each["location"]: (each["locked"], each["running"], each["running_state"]) for each in found["uses"]} == {
        "sales": (None, None, "not-deployed"),
        "marketing": ("0.1.3", "0.1.3", "same-version"),
        "finance": ("0.1.3", "0.1.0", "behind"),
    }
    assert found["deployment"]["url"] == URL
    assert found["deployment"]["not_deployed"] == ["sales"]
    assert [(each["name"], each["declared"], each["state"]) for each in found["deployment"]["locations"]] == [
        ("finance", True, "running"),
        ("legacy", False, "not-loaded"),
        ("marketing", True, "running"),
        ("old", False, "running"),
    ]
    assert found["deployment"]["locations"][0]["libraries"] == [
        {"name": "dagster", "version": "1.13.27"},
        {"name": "shared", "version": "0.1.0"},
    ]
    assert found["deployment"]["locations"][1]["error"] == LOST


def test_json_without_a_deployment_has_the_same_keys():
    asked, unasked = (json.loads(status.as_json(story(), deployment=each)) for each in (deployed(), None))
    assert asked.keys() == unasked.keys()
    assert asked["uses"][0].keys() == unasked["uses"][0].keys()
    assert unasked["deployment"] is None
    assert {(each["running"], each["running_state"]) for each in unasked["uses"]} == {(None, None)}


def test_credentials_in_an_error_are_not_shown():
    found = deployment(fails("x", "OperationalError: postgresql://ada:s3cret@db/finance"))
    drawn = replace(workspace(), locations=(location("x"),))
    for text in (
        shown(drawn, found),
        status.markdown(drawn, deployment=found),
        status.as_json(drawn, deployment=found),
    ):
        assert "postgresql://***@db/finance" in text
        assert "s3cret" not in text


def test_markdown_has_the_column_and_every_remark():
    text = status.markdown(story(), deployment=deployed())
    assert "| location | source | in use | running | newest | lock | mend |\n|---|---|---|---|---|---|---|\n" in text
    assert "| finance | index | 0.1.3 | 0.1.0 | 0.2.0 | current; runs 0.1.0, behind 0.1.3: deploy it |" in text
    assert text.endswith(
        f"- {URL}: 4 code locations\n"
        "- not loaded: legacy: DagsterImportError: no\n"
        "- not declared here: legacy, old (shared 0.1)\n"
        "- not deployed: sales\n"
    )
