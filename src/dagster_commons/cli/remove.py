"""`commons remove`: take a shared module out of code locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import carry_out, open_for_change
from dagster_commons.cli._options import changing_options, chosen_locations
from dagster_commons.discovery.project_files import read_project_files
from dagster_commons.model.names import module_and_version
from dagster_commons.plans.share import remove_plan
from dagster_commons.plans.users import require_each_uses

if TYPE_CHECKING:
    from pathlib import Path


EXAMPLES = """\b
Example:
  commons remove shared -l sales
"""


@click.command("remove", short_help="Take a shared module out again.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE")
@changing_options
def command(
    module: str, names: tuple[str, ...], root: Path | None, output_format: str, *, offline: bool, dry_run: bool
) -> None:
    """Take MODULE out of code locations, leaving nothing behind: source, index, constraint, submodule, lock.

    A submodule that holds unpushed commits, stashes or changes is never deleted.
    """
    workspace = open_for_change(root, offline=offline)
    name, _ = module_and_version(module)
    locations = chosen_locations(workspace, names)
    if names:
        require_each_uses(workspace, locations, name)
    plan = remove_plan(workspace, locations, name, read_project_files(workspace, locations))
    carry_out(workspace, plan, dry_run=dry_run, output_format=output_format)
