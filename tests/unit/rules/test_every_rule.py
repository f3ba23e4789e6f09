"""Every rule on every example: both what it misses and where it cries wolf show."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_commons.analysis.evidence import Evidence
from dagster_commons.model.project import DeclaredSource
from dagster_commons.model.sources import PathSource
from dagster_commons.rules import RULES
from dagster_commons.rules.checking import check
from drawn_uses import INDEX, PATH, ROOT, project, submodule_in, use, workspace

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace

TODAY = datetime.date(2026, 6, 1)
SOURCE = Path(__file__).parents[3] / "src/dagster_commons"


def with_source(written: str) -> Workspace:
    source = PathSource(path=ROOT / "packages/shared", written=written, editable=True)
    sales = replace(project("sales", "1", name="sales"), sources=(DeclaredSource(name="shared", source=source),))
    return workspace(projects=(sales,))


PAIRS = {
    # id: (a workspace where the rule fires, one where it does not)
    "LOCK001": (workspace(use("x", PATH, "stale", reason="…")), workspace(use("x", PATH))),
    "LOCK002": (workspace(use("x", PATH, "missing")), workspace(use("x", PATH, "unknown"))),
    "REG001": (
        workspace(use("x", INDEX, requirement="shared>=0.1")),
        workspace(use("x", INDEX, requirement="shared==0.1.3")),
    ),
    "SRC001": (with_source("packages/shared"), with_source("./packages/shared")),
    "SRC002": (workspace(use("x", PATH, "unknown", "missing")), workspace(use("x", PATH))),
    "SUB001": (workspace(use("x", submodule_in("x"), "unknown", "not-initialised")), workspace()),
    "SUB002": (workspace(use("x", submodule_in("x"), "current", "not-on-remote")), workspace()),
    "SUB003": (
        workspace(use("x", submodule_in("x"), "current", "other-commit")),
        workspace(use("x", submodule_in("x"), "current", "behind")),
    ),
}
FOUND_ELSEWHERE = {rule.id for rule in RULES if rule.look is None}


def test_every_rule_that_looks_has_a_pair() -> None:
    assert PAIRS.keys() == {rule.id for rule in RULES} - FOUND_ELSEWHERE


@pytest.mark.parametrize(("example", "rule"), [*itertools.product(PAIRS, PAIRS)])
def test_a_rule_fires_on_its_own_example_alone(example: str, rule: str) -> None:
    fires_on, stays_silent_on = PAIRS[example]
    found = check(Evidence(workspace=fires_on), select=(rule,), today=TODAY).findings
    assert [each.rule for each in found] == ([rule] if rule == example else [])
    assert check(Evidence(workspace=stays_silent_on), select=(rule,), today=TODAY).findings == ()


def test_ids_are_unique_and_texts_are_complete() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert all((rule.title, rule.why, rule.fix, rule.bad, rule.good)), rule.id
        assert rule.why.endswith("."), rule.id


def test_every_id_that_discovery_gives_a_finding_is_declared() -> None:
    text = "\n".join(file.read_text("utf-8") for file in sorted((SOURCE / "discovery").rglob("*.py")))
    given = set(re.findall(r'"([A-Z]{3,5}[0-9]{3})"', text))
    assert given == {each for each in FOUND_ELSEWHERE if not each.startswith("ACC")}
