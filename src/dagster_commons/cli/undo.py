"""`commons undo`: take back the last applied change, whole."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dagster_commons import execution
from dagster_commons.cli._change import REFUSED, say_recovered
from dagster_commons.cli._options import format_option, root_option
from dagster_commons.discovery import find_root
from dagster_commons.report import console, undone

EXAMPLES = """\b
Example:
  commons add shared -l sales && commons undo
"""


@click.command("undo", short_help="Take back the last applied change, whole.", epilog=EXAMPLES)
@root_option
@click.option("--dry-run", is_flag=True, help="Compare, print the diff, write nothing.")
@format_option
def command(root: Path | None, output_format: str, *, dry_run: bool) -> None:
    """Restore every file, lock and submodule of the last applied change, after comparing with what was recorded.

    Files that changed since are never overwritten: then nothing is written and the exit code is 6.
    """
    say_recovered(root)
    directory = root.resolve() if root is not None else find_root(Path.cwd())
    result = execution.planned_undo(directory) if dry_run else execution.undo(directory, argv=tuple(sys.argv[1:]))
    match output_format:
        case "json":
            text = undone.as_json(result, directory)
        case "markdown":
            text = undone.markdown(result, directory)
        case _:
            text = undone.terminal(result, directory, colour=console.is_coloured(sys.stdout))
    console.write(text)
    if result.kind == "rolled-back":
        raise click.exceptions.Exit(REFUSED)
