"""`commons undo`: take back the last applied change, whole."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dagster_commons import execution
from dagster_commons.cli._change import REFUSED, say_recovered
from dagster_commons.cli._options import root_option
from dagster_commons.discovery import find_root
from dagster_commons.report import console, undone

EXAMPLES = """\b
Example:
  commons add shared -l sales && commons undo
"""


@click.command("undo", short_help="Take back the last applied change, whole.", epilog=EXAMPLES)
@root_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="How to report.",
)
def command(root: Path | None, output_format: str) -> None:
    """Restore every file, lock and submodule of the last applied change, after comparing with what was recorded.

    Files that changed since are never overwritten: then nothing is written and the exit code is 6.
    """
    say_recovered(root)
    directory = root.resolve() if root is not None else find_root(Path.cwd())
    result = execution.undo(directory, argv=tuple(sys.argv[1:]))
    console.write(undone.rendered(result, directory, output_format=output_format))
    if result.kind != "applied":
        raise click.exceptions.Exit(REFUSED)
