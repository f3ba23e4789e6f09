from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest

from dagster_commons.model.configuration import Configuration
from dagster_commons.model.outcomes import ImportProof, Outcome, StagedPlan
from dagster_commons.model.plan import FileEffect, Plan, SubmoduleEffect, SubmoduleRecord, Upload
from dagster_commons.model.workspace import Workspace
from dagster_commons.report import outcome
from drawn_uses import ROOT

WORKSPACE = Workspace(root=ROOT, configuration=Configuration())
OLD = b'[project]\nname = "sales"\ndependencies = [\n    "dagster",\n]\n'
NEW = b'[project]\nname = "sales"\ndependencies = [\n    "dagster",\n    "shared",\n]\n'
RECORD = SubmoduleRecord(
    name="shared", url="https://git.example.com/shared", commit="0123456789abcdef" * 2 + "01234567", git_dir=ROOT / "x"
)
WRITTEN = FileEffect(path=ROOT / "sales/pyproject.toml", before=OLD, after=NEW)
CREATED = FileEffect(path=ROOT / "sales/uv.lock", before=None, after=b"version = 1\n")
REMOVED = FileEffect(path=ROOT / "sales/old.lock", before=b"x\n", after=None)
SUBMODULE = SubmoduleEffect(
    repository=ROOT / "marketing",
    path=ROOT / "marketing/shared",
    before=None,
    after=RECORD,
    gitmodules_before=None,
    gitmodules_after=b'[submodule "shared"]\n\tpath = shared\n',
)
WHEEL = Upload(module="shared", version="0.2.0", registry="corp", files=(ROOT / "dist/shared-0.2.0-py3-none-any.whl",))
PROOFS = (
    ImportProof(
        location="sales",
        module="shared",
        version="0.1.3",
        file=ROOT.parent / "shared/src/shared/__init__.py",
        seconds=1.23456,
    ),
    ImportProof(location="marketing", module="shared", version="0.1.3", file=ROOT / "marketing/shared/src/shared.py"),
    ImportProof(location="finance", module="shared", version="0.1.3"),
    ImportProof(location="hr", module="shared"),
)


def ended(kind, *effects, **plan):
    staged = StagedPlan(
        plan=Plan(title="add shared", steps=(), **plan),
        effects=effects,
        commands=("uv lock --directory sales",),
        proofs=PROOFS[:1],
    )
    return Outcome(kind=kind, staged=staged)


def shown(value, **options):
    return outcome.terminal(value, ROOT, width=80, colour=False, **options)


def test_applied_says_what_was_written_what_it_proved_and_what_is_next():
    done = ended("applied", CREATED, WRITTEN, REMOVED)
    assert shown(done, repositories=(ROOT,)) == (
        "applied: add shared\n"
        "  removed  sales/old.lock\n"
        "  written  sales/pyproject.toml\n"
        "  created  sales/uv.lock\n"
        "  sales  imports shared 0.1.3 from ../shared/src/shared\n"
        "commit when ready:\n"
        "  git add sales/old.lock sales/pyproject.toml sales/uv.lock && git commit\n"
        "`commons undo` takes it back\n"
    )


def test_the_files_to_commit_are_named_however_many_there_are():
    files = [f"new module/src/part_{number:02}.py" for number in range(40)]
    effects = (FileEffect(path=ROOT / file, before=None, after=b"") for file in files)

    _, commit = shown(ended("applied", *effects), repositories=(ROOT,)).split("commit when ready:\n")

    command, last = commit.rsplit("\n", 2)[0], commit.splitlines()[-1]
    assert last == "`commons undo` takes it back"
    assert all(len(line) <= 80 for line in command.splitlines())
    words = shlex.split(command.replace("\\\n", " "))
    assert words == ["git", "add", *files, "&&", "git", "commit"]


def test_nothing_to_do_is_neither_applied_nor_taken_back():
    idle = replace(ended("unchanged"), reason="shared 0.1.3 is released already")
    idle = replace(idle, staged=replace(idle.staged, proofs=()))
    assert shown(idle, repositories=(ROOT,)) == "nothing to do: add shared\n  shared 0.1.3 is released already\n"
    assert json.loads(outcome.as_json(idle, WORKSPACE))["outcome"] == "unchanged"
    assert shown(replace(idle, kind="applied", reason=None), repositories=(ROOT,)) == "nothing to do: add shared\n"
    assert shown(replace(idle, kind="applied", reason=None, notes=("uv sync --locked",))).startswith("applied: ")


def test_each_environment_has_its_line():
    done = ended("applied", WRITTEN)
    done = replace(done, staged=replace(done.staged, proofs=PROOFS))
    assert shown(done).splitlines()[2:6] == [
        "  finance    imports shared 0.1.3 from its environment",
        "  hr         no longer has shared",
        "  marketing  imports shared 0.1.3 from marketing/shared/src/shared.py",
        "  sales      imports shared 0.1.3 from ../shared/src/shared",
    ]


def test_a_submodule_is_staged_already_and_its_repository_has_its_own_commit():
    done = ended("applied", WRITTEN, SUBMODULE)
    text = shown(done, repositories=(ROOT, ROOT / "marketing", ROOT / "marketing/shared"))
    assert "  submodule added  marketing/shared  at 0123456789ab from https://git.example.com/shared\n" in text
    assert text.splitlines()[-3:] == [
        "commit when ready: git add sales/pyproject.toml && git commit",
        "commit when ready: git -C marketing commit",
        "`commons undo` takes it back",
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (RECORD, None, "submodule removed  marketing/shared  was at 0123456789ab"),
        (RECORD, replace(RECORD, commit="f" * 40), "submodule moved  marketing/shared  0123456789ab → ffffffffffff"),
    ],
)
def test_submodules_leave_and_move(before, after, expected):
    assert expected in shown(ended("applied", replace(SUBMODULE, before=before, after=after)))


def test_losses_and_third_party_moves_are_told():
    done = ended("applied", WRITTEN, losses=("the range >=0.1 became ==0.1.3",), warnings=("no registry",))
    done = replace(done, staged=replace(done.staged, third_party=("packaging 23.2 → 26.3",)), notes=("synced sales",))
    text = shown(done)
    assert "lost: the range >=0.1 became ==0.1.3\n" in text
    assert "warning: no registry\n" in text
    assert "third-party version moves: packaging 23.2 → 26.3\n" in text
    assert "synced sales\n" in text


def test_planned_is_the_diff_and_the_commands():
    assert shown(ended("planned", WRITTEN, CREATED, publishes=(WHEEL,))) == (
        "planned, nothing written: add shared\n"
        "--- a/sales/pyproject.toml\n"
        "+++ b/sales/pyproject.toml\n"
        "@@ -2,4 +2,5 @@\n"
        ' name = "sales"\n'
        " dependencies = [\n"
        '     "dagster",\n'
        '+    "shared",\n'
        " ]\n"
        "--- /dev/null\n"
        "+++ b/sales/uv.lock\n"
        "@@ -0,0 +1 @@\n"
        "+version = 1\n"
        "$ uv lock --directory sales\n"
        "  sales  imports shared 0.1.3 from ../shared/src/shared\n"
        "would publish shared==0.2.0 to corp (shared-0.2.0-py3-none-any.whl)\n"
    )


def test_refused_says_why_and_that_nothing_was_written():
    failed = ended("refused", WRITTEN, publishes=(WHEEL,))
    proof = ImportProof(location="sales", module="shared", failure="importing shared fails: no module named x")
    failed = replace(failed, staged=replace(failed.staged, proofs=(proof,)), reason="sales cannot import shared")
    assert shown(failed, repositories=(ROOT,)) == (
        "refused, nothing written: add shared\n"
        "  sales cannot import shared\n"
        "  not written  sales/pyproject.toml\n"
        "  sales  importing shared fails: no module named x\n"
        "not published: shared==0.2.0 to corp (shared-0.2.0-py3-none-any.whl)\n"
    )


def test_colour_marks_what_failed():
    failed = replace(ended("refused", WRITTEN), reason="no")
    text = outcome.terminal(failed, ROOT, width=80, colour=True)
    assert text.startswith("\x1b[31mrefused, nothing written\x1b[0m: add shared\n")
    assert "\x1b" not in outcome.terminal(ended("applied", WRITTEN), ROOT, width=80, colour=True)


def test_nothing_to_undo_when_nothing_was_written():
    assert shown(ended("applied"), repositories=(ROOT,)) == (
        "nothing to do: add shared\n  sales  imports shared 0.1.3 from ../shared/src/shared\n"
    )


def test_json_has_the_keys_that_are_promised():
    done = replace(ended("applied", WRITTEN, SUBMODULE, publishes=(WHEEL,)), published=(WHEEL,))
    document = json.loads(outcome.as_json(done, WORKSPACE))
    assert document["format"] == 1
    assert document["outcome"] == "applied"
    assert document["verdicts"] == []
    assert document["edits"] == [
        {
            "file": "marketing/shared",
            "change": "submodule-added",
            "before": None,
            "after": RECORD.commit,
            "repository": "marketing",
        },
        {"file": "sales/pyproject.toml", "change": "written"},
    ]
    assert document["imports"] == [
        {
            "location": "sales",
            "module": "shared",
            "version": "0.1.3",
            "file": "../shared/src/shared/__init__.py",
            "failure": None,
            "seconds": 1.235,
        }
    ]
    upload = {
        "module": "shared",
        "version": "0.2.0",
        "registry": "corp",
        "files": ["shared-0.2.0-py3-none-any.whl"],
    }
    assert (document["publishes"], document["published"]) == ([upload], [upload])
    assert document["commands"] == ["uv lock --directory sales"]
    assert (document["losses"], document["third_party"], document["reason"]) == ([], [], None)


def test_markdown_of_a_plan_holds_its_diff():
    text = outcome.markdown(ended("planned", WRITTEN, losses=("a comment | here",)), ROOT)
    assert text.startswith(
        "### add shared: planned, nothing written\n"
        "\n"
        "| file | change |\n|---|---|\n| `sales/pyproject.toml` | written |\n"
        "\n"
        "| code location | environment |\n|---|---|\n"
        "| sales | imports shared 0.1.3 from ../shared/src/shared |\n"
        "\n"
        "Lost:\n\n- a comment \\| here\n"
        "\n"
        "```diff\n--- a/sales/pyproject.toml\n"
    )
    assert text.endswith("```console\n$ uv lock --directory sales\n```\n")


def test_markdown_fences_hold_what_has_fences_itself():
    fenced = FileEffect(path=ROOT / "README.md", before=None, after=b"```\ncode\n```\n")
    assert "\n````diff\n" in outcome.markdown(ended("planned", fenced), ROOT)


def test_markdown_of_what_was_applied_has_no_diff():
    assert "```" not in outcome.markdown(ended("applied", WRITTEN), ROOT)
