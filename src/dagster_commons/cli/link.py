"""`commons link`: a local override of a shared module, in environments only."""

from __future__ import annotations

from pathlib import Path

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
from dagster_commons.execution.links import link
from dagster_commons.model.names import module_and_version

EXAMPLES = """\b
Example:
  commons link shared ../shared -l finance
"""


@click.command("link", short_help="Override a module in the environment only.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@location_option
@root_option
@offline_option
@dry_run_option
@format_option
def command(
    module: str,
    path: Path,
    names: tuple[str, ...],
    root: Path | None,
    output_format: str,
    *,
    offline: bool,
    dry_run: bool,
) -> None:
    """Let the environments of code locations import MODULE from the project at PATH; no file of theirs changes.

    `commons status` shows it, `commons unlink` and `uv sync` end it.
    """
    workspace = open_for_change(root, offline=offline)
    name, _ = module_and_version(module)
    outcome = link(workspace, chosen_locations(workspace, names), name, path.resolve(), dry_run=dry_run)
    tell(outcome, workspace, output_format=output_format)
