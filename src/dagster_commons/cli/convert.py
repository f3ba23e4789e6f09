"""`commons convert`: move uses of a shared module to another source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import carry_out, open_for_change
from dagster_commons.cli._options import changing_options, chosen_locations
from dagster_commons.cli._sources import read_offer, request, source_options, via_option
from dagster_commons.discovery.project_files import read_project_files
from dagster_commons.model.names import module_and_version
from dagster_commons.plans.share import convert_plan
from dagster_commons.plans.users import require_each_uses

if TYPE_CHECKING:
    from pathlib import Path


EXAMPLES = """\b
Examples:
  commons convert shared --via index -l sales
  commons convert shared==0.2.0 --via path -l finance
"""


@click.command("convert", short_help="Move uses to another source.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE[==VERSION]")
@via_option(required=True)
@source_options
@changing_options
def command(
    module: str,
    via: str,
    names: tuple[str, ...],
    root: Path | None,
    output_format: str,
    *,
    offline: bool,
    dry_run: bool,
    **details: str | None,
) -> None:
    """Move the uses of MODULE to another source, at the version they have unless another is named.

    Converting back restores the very bytes that were there before; what cannot be kept is said.
    """
    workspace = open_for_change(root, offline=offline)
    name, version = module_and_version(module)
    locations = chosen_locations(workspace, names)
    if names:
        require_each_uses(workspace, locations, name)
    wanted = request(name, version, via, details)
    offer = read_offer(workspace, wanted, offline=offline)
    files = read_project_files(workspace, locations)
    plan = convert_plan(offer, locations, wanted, files)
    carry_out(workspace, plan, dry_run=dry_run, output_format=output_format)
