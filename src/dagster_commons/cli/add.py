"""`commons add`: wire a shared module into code locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import carry_out, open_for_change
from dagster_commons.cli._options import changing_options, chosen_locations
from dagster_commons.cli._sources import read_offer, request, source_options, via_option
from dagster_commons.discovery.project_files import read_project_files
from dagster_commons.model.names import module_and_version
from dagster_commons.plans.share import add_plan

if TYPE_CHECKING:
    from pathlib import Path


EXAMPLES = """\b
Examples:
  commons add shared -l sales                              # by path, in the same repository
  commons add shared --via submodule -l marketing --url git@git.example.com:acme/shared.git
  commons add shared==0.1.3 --via index -l finance
  commons add shared --via git --tag v1.4.0 -l finance
"""


@click.command("add", short_help="Wire a shared module into code locations.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE[==VERSION]")
@via_option(required=False)
@source_options
@changing_options
def command(
    module: str,
    via: str | None,
    names: tuple[str, ...],
    root: Path | None,
    output_format: str,
    *,
    offline: bool,
    dry_run: bool,
    **details: str | None,
) -> None:
    """Wire MODULE into code locations, lock them, and show that it imports."""
    workspace = open_for_change(root, offline=offline)
    name, version = module_and_version(module)
    locations = chosen_locations(workspace, names)
    wanted = request(name, version, via, details)
    offer = read_offer(workspace, wanted, offline=offline)
    plan = add_plan(offer, locations, wanted, read_project_files(workspace, locations))
    carry_out(workspace, plan, dry_run=dry_run, output_format=output_format)
