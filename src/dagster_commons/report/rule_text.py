"""A rule told at length, and the line above a list of findings."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from dagster_commons.report.lines import counted
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_commons.model.findings import Finding
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.rules.rule import Rule

WIDTH = 80


def explained(rule: Rule) -> str:
    """What the rule says, why, what to do, and an example pair, for a terminal of 80 columns."""
    why, fix = _filled(rule.why), _filled(rule.fix, first="fix   ", further=" " * 6)
    return f"{rule.severity} {rule.id}  {rule.title}\n\n{why}\n{fix}bad   {rule.bad}\ngood  {rule.good}\n"


def explained_json(rule: Rule) -> str:
    """The same as a document."""
    return encode(
        {
            "rule": rule.id,
            "severity": rule.severity,
            "title": rule.title,
            "why": rule.why,
            "fix": rule.fix,
            "bad": rule.bad,
            "good": rule.good,
        }
    )


def summary(workspace: Workspace, findings: Sequence[Finding], *, locations: int) -> str:
    """How much was looked at and what came of it; `locations` of the workspace's were asked for."""
    every = len(workspace.locations)
    asked = counted(every, "location") if locations == every else f"{locations} of {counted(every, 'location')}"
    looked_at = f"{asked} · {counted(len(workspace.modules), 'shared module')}"
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    found = f"{counted(errors, 'error')} · {counted(warnings, 'warning')}" if findings else "nothing found"
    return f"{looked_at} · nothing imported, nothing written · {found}\n"


def _filled(text: str, *, first: str = "", further: str = "") -> str:
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "".join(f"{line}\n" for line in lines)
