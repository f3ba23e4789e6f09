"""`commons upgrade`: move uses of shared modules to another version."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import open_for_change
from dagster_commons.cli._options import changing_options, chosen_locations
from dagster_commons.cli._upgrade_offer import branch_name, title_of, upgrade_request
from dagster_commons.cli._upgrading import Manner, exit_code, tell_upgrades, upgrade_all
from dagster_commons.errors import UsageError
from dagster_commons.proof.upgrading import read_upgrades

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = """\b
Examples:
  commons upgrade                                  # what could move to the newest version
  commons upgrade shared --apply
  commons upgrade shared==0.2.0 -l finance -l marketing --commit
  commons upgrade shared --tag release-7 -l marketing
"""


@click.command("upgrade", short_help="Move uses to another version.", epilog=EXAMPLES)
@click.argument("module", metavar="[MODULE[==VERSION]]", required=False)
@click.option("--all", "is_for_all", is_flag=True, help="Every code location, wherever this is called.")
@click.option("--apply", "is_applied", is_flag=True, help="Carry it out (implied by a version or a tag).")
@click.option("--tag", metavar="TAG", help="submodule, git: the tag to move to, whatever it is called.")
@click.option("--commit", "is_committed", is_flag=True, help="One commit per repository, on a branch; never pushed.")
@click.option("--test", "with_tests", is_flag=True, help="Run the code locations' own tests before and after, too.")
@changing_options
def command(
    module: str | None,
    tag: str | None,
    names: tuple[str, ...],
    root: Path | None,
    output_format: str,
    *,
    is_for_all: bool,
    is_applied: bool,
    is_committed: bool,
    with_tests: bool,
    offline: bool,
    dry_run: bool,
) -> None:
    """Move uses of MODULE (default: of every module) to VERSION, each proven by itself.

    Without a version it shows what could move to the newest one.  Code locations that nothing speaks against are
    upgraded, in one change that `commons undo` takes back; the others are reported, and the exit code is 1.
    """
    request = upgrade_request(module, tag)
    is_done = is_applied or request.version is not None or tag is not None
    if is_for_all and names:
        raise UsageError("--all and -l contradict each other", hint="leave one of them out")
    if is_committed and not is_done:
        raise UsageError("nothing is committed without --apply or a version", hint="add --apply")
    workspace = open_for_change(root, offline=offline)
    locations = workspace.locations if is_for_all else chosen_locations(workspace, names)
    upgrades = read_upgrades(workspace, locations, request, are_named=bool(names), offline=offline)
    manner = Manner(
        is_applied=is_done and not dry_run,
        with_tests=with_tests,
        branch=branch_name(upgrades) if is_committed else None,
        applying=None if is_done or dry_run else shlex.join(("commons", *sys.argv[1:], "--apply")),
    )
    report = upgrade_all(workspace, upgrades, title_of(upgrades, request), manner)
    tell_upgrades(report, workspace, output_format=output_format)
    if manner.applying is None:
        raise click.exceptions.Exit(exit_code(report, is_named=is_done and not is_applied))
