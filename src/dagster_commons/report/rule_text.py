"""A rule told at length, and the line above a list of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.report.lines import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_commons.model.findings import Finding
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.rules.rule import Rule


def explained(rule: Rule) -> str:
    """What the rule says, why, what to do, and an example pair."""
    return (
        f"{rule.severity} {rule.id}  {rule.title}\n\n{rule.why}\n\n"
        f"fix   {rule.fix}\nbad   {rule.bad}\ngood  {rule.good}\n"
    )


def summary(workspace: Workspace, findings: Sequence[Finding]) -> str:
    """How much was looked at and what came of it."""
    looked_at = f"{counted(len(workspace.locations), 'location')} · {counted(len(workspace.modules), 'shared module')}"
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    found = f"{counted(errors, 'error')} · {counted(warnings, 'warning')}" if findings else "nothing found"
    return f"{looked_at} · nothing imported, nothing written · {found}\n"
