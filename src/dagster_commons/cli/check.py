"""`commons check`: what is wrong, before it hurts."""

from __future__ import annotations

import datetime
import sys
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._options import chosen_locations, location_option, offline_option, open_workspace, root_option
from dagster_commons.report import console, findings, rule_text
from dagster_commons.rules import RULES
from dagster_commons.rules.checking import check, rule_named

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.rules.rule import Rule

TITLES = {rule.id: rule.title for rule in RULES}

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
    workspace = open_workspace(root, offline=offline)
    locations = chosen_locations(workspace, names)
    found = check(
        workspace,
        select=select,
        ignore=ignore,
        locations=None if len(locations) == len(workspace.locations) else locations,
        today=datetime.datetime.now(tz=datetime.UTC).date(),
    )
    match output_format:
        case "json":
            console.write(findings.as_json(found, workspace.root))
        case "markdown":
            console.write(findings.markdown(found, workspace.root))
        case _:
            width, colour = console.width(sys.stdout), console.is_coloured(sys.stdout)
            console.write(rule_text.summary(workspace, found, locations=len(locations), width=width))
            console.write(findings.terminal(found, workspace.root, width=width, colour=colour, titles=TITLES))
    if any(strict or finding.severity == "error" for finding in found):
        raise click.exceptions.Exit(1)


def _explain(rule: Rule, output_format: str) -> None:
    console.write(rule_text.explained_json(rule) if output_format == "json" else rule_text.explained(rule))
