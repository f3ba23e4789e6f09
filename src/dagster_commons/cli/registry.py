"""`commons registry`: the registries that modules are released into."""

from __future__ import annotations

import click

from dagster_commons.cli._registry_init import init
from dagster_commons.cli._registry_list import list_registries


@click.group("registry", short_help="The registries modules are released into.")
def command() -> None:
    """Make a registry, or see what the registries hold."""


command.add_command(init)
command.add_command(list_registries)
