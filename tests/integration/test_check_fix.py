"""`commons check --fix`: planned, staged, proven, journalled; `undo` takes it back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from builders import workspace
from dagster_commons.plans.mending import MENDABLE
from dagster_commons.rules import RULES
from dagster_commons.tools.process import Command, Completed, run

COMMONS = Path(sys.executable).with_name("commons")


def commons(root: Path, *arguments: str) -> Completed:
    return run(Command(argv=(str(COMMONS), *arguments, "--root", str(root)), cwd=root), check=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """`sales` names the module without `./`, its lock is not there; `ops` has neither fault."""
    drawing = workspace(tmp_path / "root").module("shared", at="sales/vendor/shared")
    drawing.location("sales", uses={"shared": '{ path = "vendor/shared", editable = true }'})
    drawing.file("sales/src/sales/assets.py", "import shared\n")
    return drawing.repository().root


def rules_found(root: Path, *arguments: str) -> list[str]:
    answer = commons(root, "check", "--format", "json", *arguments)
    return [each["rule"] for each in json.loads(answer.text)["findings"]]


def test_what_is_mechanical_is_mended_and_can_be_undone(root: Path) -> None:
    pyproject = root / "sales/pyproject.toml"
    before = pyproject.read_bytes()
    assert rules_found(root) == ["LOCK002", "SRC001"]

    mended = commons(root, "check", "--fix")

    assert mended.exit_code == 0, mended.error_text
    assert b'path = "./vendor/shared"' in pyproject.read_bytes()
    assert (root / "sales/uv.lock").is_file()
    assert "nothing found" in mended.text
    assert rules_found(root) == []
    assert commons(root, "undo").exit_code == 0
    assert pyproject.read_bytes() == before
    assert not (root / "sales/uv.lock").exists()


def test_a_dry_run_writes_nothing(root: Path) -> None:
    before = (root / "sales/pyproject.toml").read_bytes()
    answer = commons(root, "check", "--fix", "--dry-run")
    assert answer.exit_code == 0
    assert '+shared = { path = "./vendor/shared", editable = true }' in answer.text
    assert (root / "sales/pyproject.toml").read_bytes() == before
    assert not (root / "sales/uv.lock").exists()


def test_only_what_is_selected_is_mended(root: Path) -> None:
    assert commons(root, "check", "--fix", "--select", "LOCK").exit_code == 0
    assert rules_found(root) == ["SRC001"]


def test_json_is_the_document_of_a_change(root: Path) -> None:
    document = json.loads(commons(root, "check", "--fix", "--format", "json").text)
    assert document["outcome"] == "applied"
    assert {each["file"] for each in document["edits"]} == {"sales/pyproject.toml", "sales/uv.lock"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--dry-run",), "--dry-run goes with --fix"), (("--fix", "--format", "sarif"), "--fix cannot be reported")],
)
def test_options_that_do_not_go_together(root: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = commons(root, "check", *arguments)
    assert answer.exit_code == 2
    assert said in answer.error_text


def test_rules_say_which_can_be_mended() -> None:
    assert {rule.id for rule in RULES if rule.is_mendable} == MENDABLE
