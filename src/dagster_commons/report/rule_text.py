"""A rule told at length, and the line above a list of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.report.lines import counted, filled
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_commons.model.findings import Finding
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.rules.rule import Rule

WIDTH = 80
LABEL = len("good  ")


def explained(rule: Rule) -> str:
    """What the rule says, why, what to do, and an example pair, for a terminal of 80 columns."""
    why = "".join(f"{line}\n" for line in filled(rule.why.split(), WIDTH))
    fix = f"\n{' ' * LABEL}".join(filled(rule.fix.split(), WIDTH - LABEL))
    return f"{rule.severity} {rule.id}  {rule.title}\n\n{why}\nfix   {fix}\nbad   {rule.bad}\ngood  {rule.good}\n"


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
            "mendable": rule.is_mendable,
            "needs_network": rule.needs_network,
        }
    )


def summary(
    workspace: Workspace,
    findings: Sequence[Finding],
    *,
    locations: int,
    width: int,
    seconds: float,
    is_loaded: bool = False,
) -> str:
    """How much was looked at, how long that took, what came of it; `locations` of the workspace's were asked for.

    `is_loaded`: their definitions were, too.
    """
    every = len(workspace.locations)
    asked = counted(every, "location") if locations == every else f"{locations} of {counted(every, 'location')}"
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    found = (counted(errors, "error"), counted(warnings, "warning")) if findings else ("nothing found",)
    modules = counted(len(workspace.modules), "shared module")
    done = "definitions loaded" if is_loaded else "nothing imported"
    looked_at = f"{asked} · {modules} · {done}, nothing written · {seconds:.1f} s"
    return "".join(f"{line}\n" for line in filled((looked_at, " · ".join(found)), width, separator=" · "))
