"""`commons registry list`: what the registries hold, and whether it is what their pages say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import REFUSED
from dagster_commons.cli._options import format_option, offline_option, open_workspace, root_option
from dagster_commons.errors import ToolError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.paths import relative
from dagster_commons.model.registry import ModuleReleases, RegistryListing
from dagster_commons.plans.registry import users_of_registry
from dagster_commons.report import console, registries
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.workspace import Workspace


@click.command("list", short_help="What the registries hold.", epilog="Example: commons registry list --format json")
@root_option
@offline_option
@format_option
def list_registries(root: Path | None, output_format: str, *, offline: bool) -> None:
    """List versions, what is newest and yanked, and the code locations that lock them; check every file's digest.

    The exit code is 1 when a file of an embedded registry is not what its page says.
    """
    workspace = open_workspace(root, offline=offline)
    with console.progress("reading the registries"):
        listings = tuple(_listing(workspace, each) for each in workspace.configuration.registries)
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


def _listing(workspace: Workspace, registry: Registry) -> RegistryListing:
    if not isinstance(registry, EmbeddedRegistry):
        return RegistryListing(
            name=registry.name, kind=registry.kind, place=registry.index_url, unread="only embedded ones are read"
        )
    place = relative(registry.directory, workspace.root)
    problems = embedded.verify(registry.directory)
    try:
        modules = tuple(_module(workspace, registry, name) for name in embedded.names(registry.directory))
    except ToolError as error:
        return RegistryListing(
            name=registry.name, kind="embedded", place=place, problems=problems, unread=error.message
        )
    return RegistryListing(name=registry.name, kind="embedded", place=place, modules=modules, problems=problems)


def _module(workspace: Workspace, registry: EmbeddedRegistry, name: str) -> ModuleReleases:
    return ModuleReleases(
        module=name,
        versions=embedded.releases(registry.directory, name),
        newest=embedded.newest(registry.directory, name),
        users=users_of_registry(workspace, registry, name),
    )
