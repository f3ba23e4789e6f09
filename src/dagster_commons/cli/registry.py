"""`commons registry`: the registries that modules are released into."""

from __future__ import annotations

import click

from dagster_commons.cli._registry_init import init
from dagster_commons.cli._registry_list import list_registries
from dagster_commons.cli._registry_login import login
from dagster_commons.cli._registry_yank import yank

EXAMPLES = """\b
Examples:
  commons registry init corp
  commons registry list
  commons registry login corp
  commons registry yank shared==0.2.0 --reason "loses an asset"
"""


@click.group("registry", short_help="The registries modules are released into.", epilog=EXAMPLES)
def command() -> None:
    """Make or name a registry, see what the registries hold and whether they let us in, or mark a release."""


command.add_command(init)
command.add_command(list_registries)
command.add_command(login)
command.add_command(yank)
