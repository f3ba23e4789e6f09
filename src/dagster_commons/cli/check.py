"""`commons check`: what is wrong, before it hurts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from dagster_commons.cli import _checking
from dagster_commons.cli._options import chosen_locations, location_option, offline_option, open_evidence, root_option

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = """\b
Examples:
  commons check
  commons check -l sales --select LOCK --format json
  commons check --fix --dry-run    # what can be mended mechanically, as a diff
  commons check --explain LOCK001
"""


@click.command("check", epilog=EXAMPLES)
@location_option
@root_option
@offline_option
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules (a prefix names several).")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules.")
@click.option("--explain", metavar="RULE", help="What a rule says, why, and what to write instead.")
@click.option("--fix", "is_fix", is_flag=True, help="Mend what can be mended mechanically: staged, proven, undoable.")
@click.option("--dry-run", is_flag=True, help="With --fix: stage and prove, print the diff, write nothing.")
@click.option("--definitions", "is_loading", is_flag=True, help="Load all definitions too, for the DEF rules.")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["terminal", "json", "markdown", "github", "sarif"]),
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
    is_fix: bool,
    dry_run: bool,
    is_loading: bool,
) -> None:
    """Apply every rule to the workspace: without --definitions nothing is imported, without --fix nothing written."""
    started = time.monotonic()
    if explain is not None:
        _checking.explain(explain, output_format)
        return
    _checking.require_options_that_go_together(output_format, is_fix=is_fix, dry_run=dry_run)
    evidence = open_evidence(root, offline=offline)
    if is_loading:
        evidence = _checking.with_definitions(evidence)
    locations = chosen_locations(evidence.workspace, names)
    checked = _checking.checked(evidence, locations, select=select, ignore=ignore, offline=offline)
    if is_fix:
        checked = _checking.mend(evidence.workspace, checked, dry_run=dry_run, output_format=output_format)
    if not (is_fix and output_format == "json"):  # one document on stdout: that of the change
        seconds = time.monotonic() - started
        _checking.report(evidence, checked, output_format, locations=len(locations), seconds=seconds)
    if any(strict or finding.severity == "error" for finding in checked.findings):
        raise click.exceptions.Exit(1)
