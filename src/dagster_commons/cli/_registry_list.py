"""`commons registry list`: what the registries hold, and whether it is what their pages say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import REFUSED
from dagster_commons.cli._options import format_option, offline_option, open_workspace, root_option
from dagster_commons.discovery.registry_contents import read_contents
from dagster_commons.errors import ToolError
from dagster_commons.plans.registry import declared_modules
from dagster_commons.report import console, registries

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.registry import RegistryListing


@click.command("list", short_help="What the registries hold.", epilog="Example: commons registry list --format json")
@root_option
@offline_option
@format_option
def list_registries(root: Path | None, output_format: str, *, offline: bool) -> None:
    """List versions, what is newest and yanked, and the code locations that lock them; check every file's digest.

    Of registries on the web the pages of the shared modules here are read.  The exit code is 1 when a file of an
    embedded registry is not what its page says, 4 when a registry or a page could not be read.
    """
    workspace = open_workspace(root, offline=offline)
    with console.progress("reading the registries"):
        listings = read_contents(workspace, declared_modules(workspace), offline=offline)
    match output_format:
        case "json":
            text = registries.as_json(listings, workspace.root)
        case "markdown":
            text = registries.markdown(listings, workspace.root)
        case _:
            width, colour = console.width(sys.stdout), console.is_coloured(sys.stdout)
            text = registries.terminal(listings, workspace.root, width=width, colour=colour)
    console.write(text)
    if any(each.problems for each in listings):
        raise click.exceptions.Exit(REFUSED)
    if not offline and any(map(_has_unread, listings)):
        raise click.exceptions.Exit(ToolError.exit_code)


def _has_unread(listing: RegistryListing) -> bool:
    return listing.unread is not None or any(each.unread is not None for each in listing.modules)
