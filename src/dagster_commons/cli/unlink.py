"""`commons unlink`: end a local override."""

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
from dagster_commons.execution.links import unlink
from dagster_commons.model.names import module_and_version

if TYPE_CHECKING:
    from pathlib import Path


EXAMPLES = """\b
Example:
  commons unlink shared -l finance
"""


@click.command("unlink", short_help="End such an override.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE")
@location_option
@root_option
@offline_option
@dry_run_option
@format_option
def command(
    module: str, names: tuple[str, ...], root: Path | None, output_format: str, *, offline: bool, dry_run: bool
) -> None:
    """Give the environments of code locations back the MODULE that their lock names."""
    workspace = open_for_change(root, offline=offline)
    name, _ = module_and_version(module)
    outcome = unlink(workspace, chosen_locations(workspace, names), name, dry_run=dry_run)
    tell(outcome, workspace, output_format=output_format)
