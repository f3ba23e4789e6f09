"""`commons lock`: bring consumers' locks in line with the shared modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import carry_out, open_for_change
from dagster_commons.cli._options import changing_options, chosen_locations
from dagster_commons.plans.relock import relock_plan

if TYPE_CHECKING:
    from pathlib import Path


EXAMPLES = """\b
Examples:
  commons lock                # every location whose lock is stale, missing or unknown
  commons lock -l sales --dry-run
"""


@click.command("lock", short_help="Bring stale locks in line with the shared modules.", epilog=EXAMPLES)
@changing_options
def command(names: tuple[str, ...], root: Path | None, output_format: str, *, offline: bool, dry_run: bool) -> None:
    """Make the locks anew that no longer say what the projects say; third-party versions that move are listed."""
    workspace = open_for_change(root, offline=offline)
    plan = relock_plan(workspace, chosen_locations(workspace, names))
    carry_out(workspace, plan, dry_run=dry_run, output_format=output_format)
