"""`commons sync`: make a fresh clone ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import open_for_change, tell
from dagster_commons.cli._options import (
    chosen_locations,
    dry_run_option,
    format_option,
    location_option,
    offline_option,
    root_option,
)
from dagster_commons.execution.readiness import sync

if TYPE_CHECKING:
    from pathlib import Path


EXAMPLES = """\b
Example:
  git clone URL && cd NAME && commons sync
"""


@click.command("sync", short_help="Make a fresh clone ready.", epilog=EXAMPLES)
@location_option
@root_option
@offline_option
@dry_run_option
@format_option
def command(names: tuple[str, ...], root: Path | None, output_format: str, *, offline: bool, dry_run: bool) -> None:
    """Initialise submodules recursively and sync each location's environment from its lock.

    No tracked file changes; a stale lock is refused, `commons lock` mends it.
    """
    workspace = open_for_change(root, offline=offline)
    outcome = sync(workspace, chosen_locations(workspace, names), dry_run=dry_run)
    tell(outcome, workspace, output_format=output_format)
