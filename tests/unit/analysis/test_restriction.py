"""Which files are looked at where some code locations alone were asked for."""

from __future__ import annotations

import datetime

import pytest

from dagster_commons.analysis.restriction import restricted_evidence
from dagster_commons.rules.checking import check
from drawn_evidence import evidence, lock
from drawn_rules import EXAMPLES, by_path

FILES = {
    ".github/workflows/ci.yml": "jobs: {}\n",
    ".gitignore": "x\n",
    "Dockerfile": "FROM x\n",
    "ops/Dockerfile": "FROM x\n",
    "ops/src/ops/a.py": "import shared\n",
    "ops/uv.lock": lock("shared 0.2.0 editable=../packages/shared"),
    "packages/shared/pyproject.toml": "",
    "sales/.env": "A=1\n",
    "sales/src/sales/a.py": "import shared\n",
    "sales/uv.lock": lock("shared 0.2.0 editable=../packages/shared"),
}
COMMON = {".github/workflows/ci.yml", ".gitignore", "Dockerfile", "packages/shared/pyproject.toml"}


@pytest.mark.parametrize(("name", "own"), [("sales", {"sales/.env"}), ("ops", {"ops/Dockerfile"})])
def test_theirs_their_modules_and_what_lies_above(name: str, own: set[str]) -> None:
    everything = evidence(by_path("ops", "sales"), FILES)
    root = everything.workspace.root
    chosen = restricted_evidence(everything, [each for each in everything.workspace.locations if each.name == name])
    assert {each.path.relative_to(root).as_posix() for each in chosen.files} == COMMON | own
    assert [each.file.parent.name for each in chosen.locks] == [name]
    code = {each.path.relative_to(root).parts[0] for each in chosen.sources}
    assert code == {name, "packages"}
    assert [each.name for each in chosen.workspace.locations] == [name]


@pytest.mark.parametrize("rule", ["SRC005", "SRC006"])
def test_what_is_imported_of_others_is_found_where_they_are_not_asked_for(rule: str) -> None:
    drawn = EXAMPLES[rule].fires
    [sales] = [each for each in drawn.workspace.locations if each.name == "sales"]
    found = check(drawn, locations=(sales,), today=datetime.date(2026, 6, 1)).findings
    assert [(each.rule, each.subject) for each in found] == [(rule, "sales")]
