"""`commons link`: a local override of a shared module, in environments only."""

from __future__ import annotations

from pathlib import Path

import click

from dagster_commons.cli._change import open_for_change, tell, without_change
from dagster_commons.cli._loading import current_judging
from dagster_commons.cli._options import changing_options, chosen_locations
from dagster_commons.execution.links import link, stage_link
from dagster_commons.model.names import module_and_version
from dagster_commons.report import console

EXAMPLES = """\b
Example:
  commons link shared ../shared -l finance
"""


@click.command("link", short_help="Override a module in the environment only.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@changing_options
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
    locations = chosen_locations(workspace, names)
    with console.progress(f"link {name}"):
        asked = stage_link(workspace, locations, name, path.resolve(), current_judging())
        outcome = without_change(asked.staged, dry_run=dry_run) or link(workspace, asked)
    tell(outcome, workspace, output_format=output_format)
