"""`commons release`: set a version, build once, show what it does to its users, publish it immutably, tag it."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import click

from dagster_commons.cli._change import open_for_change, tell
from dagster_commons.cli._loading import judging_options
from dagster_commons.cli._options import dry_run_option, format_option, offline_option, root_option
from dagster_commons.cli._releasing import release
from dagster_commons.errors import UsageError
from dagster_commons.model.names import module_and_version
from dagster_commons.model.release import Bump, ReleaseRequest

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = """\b
Examples:
  commons release shared                # the least version that is true
  commons release shared==0.1.3
  commons release shared --bump minor --registry corp --push
"""


@click.command("release", short_help="Publish a version of a module into a registry.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE[==VERSION]")
@click.option("--version", metavar="VERSION", help="The version to release, where MODULE does not say it.")
@click.option(
    "--bump",
    type=click.Choice(get_args(Bump)),
    help="Or: which part of the last release to raise (default: the least that is true).",
)
@click.option("--registry", metavar="NAME", help="Where to (default: the only one, or that of [sources.MODULE]).")
@click.option("--push", "is_pushed", is_flag=True, help="Push the commit and the tag, too.")
@root_option
@offline_option
@dry_run_option
@format_option
@judging_options
def command(
    module: str,
    *,
    version: str | None,
    bump: Bump | None,
    registry: str | None,
    root: Path | None,
    output_format: str,
    is_pushed: bool,
    offline: bool,
    dry_run: bool,
) -> None:
    """Set MODULE's version, build it once, and publish it into a registry: the same bytes for ever.

    Without a version it is the least that says what changed since the last release; a lower one ends with exit code 7.
    Before it is published it is looked at, installed alone, and tried on every code location that would get it by an
    upgrade; what `--fail-on` names refuses it. After that the version is committed and tagged. A published version
    never changes: once more is no error and goes on where an interrupted run ended, other bytes end with exit code 7.
    """
    name, named = module_and_version(module)
    if sum(each is not None for each in (named, version, bump)) > 1:
        raise UsageError("say which version to release, once", hint=f"commons release {name}==VERSION, or --bump")
    workspace = open_for_change(root, offline=offline)
    request = ReleaseRequest(module=name, version=named or version, bump=bump)
    outcome = release(workspace, request, registry=registry, is_pushed=is_pushed, offline=offline, dry_run=dry_run)
    tell(outcome, workspace, output_format=output_format)
