"""`commons registry login`: obtain credentials and see whether the registry lets them in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._options import format_option, open_workspace, root_option
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.login import Login
from dagster_commons.model.paths import relative
from dagster_commons.plans.registry import module_to_ask_for, registry_to_ask
from dagster_commons.report import console
from dagster_commons.report import login as report

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = """\b
Examples:
  commons registry login
  commons registry login corp --format json
"""


@click.command("login", short_help="See whether a registry lets us in.", epilog=EXAMPLES)
@click.argument("name", required=False)
@root_option
@format_option
def login(name: str | None, root: Path | None, output_format: str) -> None:
    """Obtain credentials for registry NAME (default: the only one on the web), and ask it for one page.

    Says whom it takes us for, until when, and what that proves.  The exit code is 4 when it lets nobody in, with what
    to do.  Nothing is stored: every command obtains what it needs.
    """
    workspace = open_workspace(root, offline=True, may_be_empty=True)
    registry = registry_to_ask(workspace.configuration, name)
    if isinstance(registry, EmbeddedRegistry):
        place = relative(registry.directory, workspace.root)
        found = Login(registry=registry.name, kind="embedded", place=place, asked_at=datetime.now(UTC))
    else:
        from dagster_commons.tools.indexes.login import log_in  # noqa: PLC0415 - only what is on the web pays for it

        with console.progress(f"asking registry {registry.name}"):
            found = log_in(registry, module_to_ask_for(workspace, registry.name))
    match output_format:
        case "json":
            text = report.as_json(found)
        case "markdown":
            text = report.markdown(found)
        case _:
            text = report.terminal(found, width=console.width(sys.stdout), colour=console.is_coloured(sys.stdout))
    console.write(text)
