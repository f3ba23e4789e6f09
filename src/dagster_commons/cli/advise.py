"""`commons advise`: which source fits, and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._options import (
    chosen_locations,
    format_option,
    location_option,
    offline_option,
    open_workspace,
    root_option,
)
from dagster_commons.cli._sources import read_offer
from dagster_commons.discovery.surroundings import read_surroundings
from dagster_commons.model.names import normalise_name
from dagster_commons.plans.advice.advising import advise
from dagster_commons.report import advice, console

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = """\b
Examples:
  commons advise
  commons advise shared -l finance --format json
"""


@click.command("advise", epilog=EXAMPLES)
@click.argument("module", metavar="[MODULE]", required=False)
@location_option
@root_option
@offline_option
@format_option
def command(
    module: str | None, names: tuple[str, ...], root: Path | None, output_format: str, *, offline: bool
) -> None:
    """Say which source fits each use of MODULE (default: of every one), why, and the command that moves it there.

    The repositories are read; nothing of yours is imported, and nothing is written.
    """
    with console.progress("reading the workspace"):
        workspace = open_workspace(root, offline=offline)
        locations = chosen_locations(workspace, names)
        wanted = normalise_name(module) if module is not None else None
        found = advise(read_offer(workspace), read_surroundings(workspace), locations, wanted)
    match output_format:
        case "json":
            console.write(advice.as_json(found))
        case "markdown":
            console.write(advice.markdown(found))
        case _:
            width, colour = console.width(sys.stdout), console.is_coloured(sys.stdout)
            console.write(advice.terminal(found, width=width, colour=colour))
