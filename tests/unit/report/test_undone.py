from __future__ import annotations

import json
from dataclasses import replace

from dagster_commons.model.history import AppliedChange, FileChange, Undone
from dagster_commons.model.plan import FileEffect
from dagster_commons.report import undone
from drawn_uses import ROOT

CHANGE = AppliedChange(
    id="1",
    time="2026-11-23T09:30:12+00:00",
    argv=("add", "shared"),
    title="add shared",
    files=(
        FileChange(path=ROOT / "sales/uv.lock", before=None, after="a"),
        FileChange(path=ROOT / "sales/pyproject.toml", before="b", after="c"),
        FileChange(path=ROOT / "sales/old.lock", before="d", after=None),
    ),
    submodules=(ROOT / "marketing/shared",),
)
DONE = Undone(kind="applied", change=CHANGE, notes=("an earlier run was rolled back",))
PLANNED = Undone(
    kind="planned",
    change=CHANGE,
    effects=(FileEffect(path=ROOT / "sales/uv.lock", before=b"version = 1\n", after=None),),
)


def test_what_is_removed_is_not_called_restored():
    assert undone.terminal(DONE, ROOT, colour=False) == (
        "undone: add shared (2026-11-23T09:30:12+00:00)\n"
        "  submodule taken back  marketing/shared\n"
        "  brought back          sales/old.lock\n"
        "  restored              sales/pyproject.toml\n"
        "  removed               sales/uv.lock\n"
        "an earlier run was rolled back\n"
    )


def test_planned_is_the_diff_and_the_submodules():
    assert undone.terminal(PLANNED, ROOT, colour=False) == (
        "planned, nothing written: undo add shared (2026-11-23T09:30:12+00:00)\n"
        "--- a/sales/uv.lock\n"
        "+++ /dev/null\n"
        "@@ -1 +0,0 @@\n"
        "-version = 1\n"
        "  submodule taken back  marketing/shared\n"
    )


def test_rolled_back_says_why_and_that_nothing_was_done():
    failed = replace(DONE, kind="rolled-back", reason="the disk is full\nsays the system", notes=())
    assert undone.terminal(failed, ROOT, colour=False).splitlines()[:4] == [
        "not undone: add shared (2026-11-23T09:30:12+00:00)",
        "  the disk is full",
        "  says the system",
        "  not submodule taken back  marketing/shared",
    ]


def test_json():
    document = json.loads(undone.as_json(DONE, ROOT))
    assert document["outcome"] == "applied"
    assert document["edits"] == [
        {"file": "marketing/shared", "change": "submodule-taken-back"},
        {"file": "sales/old.lock", "change": "created"},
        {"file": "sales/pyproject.toml", "change": "written"},
        {"file": "sales/uv.lock", "change": "removed"},
    ]
    assert json.loads(undone.as_json(PLANNED, ROOT))["outcome"] == "planned"


def test_markdown():
    assert undone.markdown(PLANNED, ROOT) == (
        "### planned, nothing written: undo add shared (2026-11-23T09:30:12+00:00)\n"
        "\n"
        "| file | change |\n"
        "|---|---|\n"
        "| `marketing/shared` | submodule taken back |\n"
        "| `sales/old.lock` | brought back |\n"
        "| `sales/pyproject.toml` | restored |\n"
        "| `sales/uv.lock` | removed |\n"
        "\n"
        "```diff\n"
        "--- a/sales/uv.lock\n"
        "+++ /dev/null\n"
        "@@ -1 +0,0 @@\n"
        "-version = 1\n"
        "```\n"
    )
