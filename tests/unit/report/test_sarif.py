"""The SARIF document is what the standard asks for, and says what was found."""

from __future__ import annotations

import json

import jsonschema
import pytest

from dagster_commons.model.findings import Checked, Finding, Place, Skipped
from dagster_commons.report.sarif import sarif
from dagster_commons.rules import RULES
from drawn_uses import ROOT
from sarif_schema import SARIF

FOUND = Checked(
    findings=(
        Finding(
            rule="LOCK001",
            severity="error",
            subject="sales",
            message="stale",
            file=ROOT / "the sales/uv.lock",
            fix="commons lock",
            related=(Place(file=ROOT / "Dockerfile", line=3, message="installs it anyway"),),
        ),
        Finding(rule="REG001", severity="warning", subject="ops", message="no pin", file=ROOT / "p.toml", line=7),
        Finding(rule="SRC091", severity="error", subject="shared", message="a cycle"),
    ),
    skipped=(Skipped(rule="LOCK002", reason="--offline"),),
)


def test_it_is_valid() -> None:
    for found in (FOUND, Checked()):
        jsonschema.validate(json.loads(sarif(found, ROOT, top=ROOT, rules=RULES)), SARIF)


def test_the_schema_can_refuse() -> None:
    document = json.loads(sarif(FOUND, ROOT, top=ROOT, rules=RULES))
    del document["runs"][0]["results"][0]["message"]
    with pytest.raises(jsonschema.ValidationError, match="'message' is a required property"):
        jsonschema.validate(document, SARIF)


def test_results_name_rule_place_and_what_makes_it_worse() -> None:
    [run] = json.loads(sarif(FOUND, ROOT, top=ROOT, rules=RULES))["runs"]
    stale, cycle, unpinned = run["results"]
    assert [each["ruleId"] for each in (stale, cycle, unpinned)] == ["LOCK001", "SRC091", "REG001"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert stale["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "the%20sales/uv.lock", "uriBaseId": "%SRCROOT%"}
    }
    assert stale["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert unpinned["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    assert "locations" not in cycle
    [skipped] = run["invocations"][0]["toolExecutionNotifications"]
    assert (skipped["associatedRule"]["id"], skipped["message"]["text"]) == ("LOCK002", "skipped: --offline")
