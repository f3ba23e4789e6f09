"""`commons diff`: what a change does to the definitions of every code location that it reaches."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagster_commons.analysis.judging import is_failing
from dagster_commons.cli._loading import current_fail_on, current_load_options, judging_options, today
from dagster_commons.cli._options import (
    chosen_locations,
    format_option,
    location_option,
    offline_option,
    open_workspace,
    root_option,
)
from dagster_commons.proof.diffing import diff_states
from dagster_commons.proof.naming_states import state_named
from dagster_commons.report import console

if TYPE_CHECKING:
    from dagster_commons.model.verdicts import DiffReport
    from dagster_commons.model.workspace import Workspace

EXAMPLES = """\b
Examples:
  commons diff                                  # merge base with the default branch → working tree
  commons diff --from main --to HEAD -l sales
  commons diff --from shared==0.1.3 --to shared==0.2.0
  commons diff --from sales.json -l sales       # a file of `commons snapshot -l sales -o sales.json`
  commons diff --format markdown > comment.md   # a pull request comment
"""


@click.command("diff", epilog=EXAMPLES)
@click.option("--from", "before", metavar="X", help="A state (default: the merge base).")
@click.option("--to", "after", metavar="Y", help="A state (default: `worktree`).")
@location_option
@root_option
@offline_option
@judging_options
@format_option
def command(
    before: str | None,
    after: str | None,
    *,
    names: tuple[str, ...],
    root: Path | None,
    output_format: str,
    offline: bool,
) -> None:
    """Compare the definitions of every code location that a change reaches; nothing of yours is written.

    A state is a git revision, `worktree`, MODULE==VERSION (the working tree with every use of the module moved to that
    version), a file of `commons snapshot`, or a code location's project directory.
    """
    words = current_fail_on()
    are_on_disk = all(each is not None and Path(each).exists() for each in (before, after))
    workspace = open_workspace(root, offline=offline, may_be_empty=are_on_disk)
    with console.progress("comparing definitions"):
        report = diff_states(
            workspace,
            state_named(workspace, before, default="merge-base"),
            state_named(workspace, after, default="worktree"),
            names={each.name for each in chosen_locations(workspace, names)},
            options=current_load_options(),
            today=today(),
            offline=offline,
        )
    console.write(_rendered(report, workspace, output_format))
    if any(is_failing(each.verdict, words) for each in report.verdicts):
        raise click.exceptions.Exit(1)


def _rendered(report: DiffReport, workspace: Workspace, output_format: str) -> str:
    from dagster_commons.report import diff, diff_json, diff_markdown  # noqa: PLC0415 - `--help` stays fast

    match output_format:
        case "json":
            return diff_json.as_json(report, workspace)
        case "markdown":
            return diff_markdown.markdown(report)
        case _:
            return diff.terminal(report, width=console.width(sys.stdout), colour=console.is_coloured(sys.stdout))
