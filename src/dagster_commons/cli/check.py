"""`commons check`: what is wrong, before it hurts."""

from __future__ import annotations

import datetime
import sys
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._options import chosen_locations, location_option, offline_option, open_evidence, root_option
from dagster_commons.report import console, findings, rule_text
from dagster_commons.rules.checking import check, headlines, rule_named

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.rules.rule import Rule

EXAMPLES = """\b
Examples:
  commons check
  commons check -l sales --select LOCK --format json
  commons check --explain LOCK001
"""


@click.command("check", epilog=EXAMPLES)
@location_option
@root_option
@offline_option
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules (a prefix names several).")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules.")
@click.option("--explain", metavar="RULE", help="What a rule says, why, and what to write instead.")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["terminal", "json", "markdown"]),
    default="terminal",
    show_default=True,
    help="How to report.",
)
def command(
    names: tuple[str, ...],
    root: Path | None,
    *,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    explain: str | None,
    output_format: str,
    offline: bool,
    strict: bool,
) -> None:
    """Apply every rule to the workspace: nothing is imported, nothing is written."""
    if explain is not None:
        _explain(rule_named(explain), output_format)
        return
    evidence = open_evidence(root, offline=offline)
    workspace = evidence.workspace
    locations = chosen_locations(workspace, names)
    checked = check(
        evidence,
        select=select,
        ignore=ignore,
        locations=None if len(locations) == len(workspace.locations) else locations,
        offline=offline,
        today=datetime.datetime.now(tz=datetime.UTC).date(),
    )
    match output_format:
        case "json":
            console.write(findings.as_json(checked, workspace.root))
        case "markdown":
            console.write(findings.markdown(checked.findings, workspace.root))
        case _:
            width, colour = console.width(sys.stdout), console.is_coloured(sys.stdout)
            titles = headlines(evidence, checked.findings)
            console.write(rule_text.summary(workspace, checked.findings, locations=len(locations), width=width))
            console.write(
                findings.terminal(checked.findings, workspace.root, width=width, colour=colour, titles=titles)
            )
            console.write(findings.skipped_lines(checked.skipped, width=width))
    if any(strict or finding.severity == "error" for finding in checked.findings):
        raise click.exceptions.Exit(1)


def _explain(rule: Rule, output_format: str) -> None:
    console.write(rule_text.explained_json(rule) if output_format == "json" else rule_text.explained(rule))
