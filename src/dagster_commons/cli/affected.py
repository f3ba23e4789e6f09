"""`commons affected`: the code locations that a change reaches; nothing is loaded."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._options import chosen_locations, location_option, offline_option, open_workspace, root_option
from dagster_commons.cli._since import reached_since
from dagster_commons.report import affected, console

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = """\b
Examples:
  commons affected --base origin/main
  commons affected --base origin/main --format json   # a CI matrix
  commons affected --format args                      # --location-name sales --location-name finance
"""


@click.command("affected", epilog=EXAMPLES)
@click.option("--base", metavar="REV", help="Changes since this revision (default: the merge base).")
@location_option
@root_option
@offline_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["terminal", "json", "markdown", "args"]),
    default="terminal",
    show_default=True,
    help="How to report; `args` are those of Dagster+'s command line.",
)
def command(base: str | None, names: tuple[str, ...], root: Path | None, output_format: str, *, offline: bool) -> None:
    """List the code locations that changes since a revision reach, directly or through shared modules.

    Files, submodules and locks are compared; nothing of yours is imported.
    """
    workspace = open_workspace(root, offline=offline)
    chosen = {each.name for each in chosen_locations(workspace, names)}
    reached = reached_since(workspace, base)
    found = replace(reached, locations=tuple(each for each in reached.locations if each.location.name in chosen))
    match output_format:
        case "json":
            console.write(affected.as_json(found, workspace.root))
        case "markdown":
            console.write(affected.markdown(found))
        case "args":
            console.write(affected.arguments(found))
        case _:
            width, colour = console.width(sys.stdout), console.is_coloured(sys.stdout)
            console.write(affected.terminal(found, workspace.root, width=width, colour=colour))
