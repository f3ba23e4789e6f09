"""Findings as SARIF 2.1.0 (OASIS standard), for code scanning services and editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from dagster_commons import __version__
from dagster_commons.model.paths import relative
from dagster_commons.report.findings import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dagster_commons.model.findings import Checked, Finding, Place
    from dagster_commons.rules.rule import Rule

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"


def sarif(checked: Checked, root: Path, *, top: Path, rules: Sequence[Rule]) -> str:
    """One run with every rule and a result per finding; paths are those below `top`, where the checkout begins."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    positions = {rule.id: position for position, rule in enumerate(ordered)}
    results = [_result(each, top, positions) for group in grouped(checked.findings, root) for each in group]
    run = {
        "tool": {
            "driver": {"name": "dagster-commons", "version": __version__, "rules": [_rule(each) for each in ordered]}
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "the directory that the checkout begins at"}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {
                        "level": "note",
                        "message": {"text": f"skipped: {each.reason}"},
                        "associatedRule": {"id": each.rule, "index": positions[each.rule]},
                    }
                    for each in checked.skipped
                ],
            }
        ],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, sort_keys=True, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.fix}\n\nbad: {rule.bad}\ngood: {rule.good}"},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding, top: Path, positions: dict[str, int]) -> dict[str, object]:
    fix = "" if finding.fix is None else f" ({finding.fix})"
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": positions[finding.rule],
        "level": finding.severity,
        "message": {"text": f"{finding.subject}: {finding.message}{fix}"},
    }
    if finding.file is not None:
        result["locations"] = [{"physicalLocation": _physical(finding.file, finding.line, top)}]
    if finding.related:
        result["relatedLocations"] = [_related(each, top) for each in finding.related]
    return result


def _related(place: Place, top: Path) -> dict[str, object]:
    return {"physicalLocation": _physical(place.file, place.line, top), "message": {"text": place.message}}


def _physical(file: Path, line: int | None, top: Path) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": {"uri": quote(relative(file, top)), "uriBaseId": BASE}}
    return place if line is None else {**place, "region": {"startLine": line}}
