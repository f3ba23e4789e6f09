"""`commons api`: what changed in a module's API, and the bump that it asks for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._options import format_option, open_workspace, root_option
from dagster_commons.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.analysis.api.rule import ApiRule
    from dagster_commons.report.api import ApiReport

EXAMPLES = """\b
Examples:
  commons api shared==0.1.3 packages/shared
  commons api shared@main packages/shared --format json
  commons api --explain parameter-renamed
"""


@click.command("api", short_help="API changes of a module, and the bump they ask for.", epilog=EXAMPLES)
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--explain", metavar="RULE", help="What a rule says, and an example.")
@root_option
@format_option
def command(old: str | None, new: str | None, explain: str | None, root: Path | None, output_format: str) -> None:
    """Compare what can be imported from OLD and NEW; nothing is imported to do that.

    Each is a project directory, an import package's directory, a wheel, MODULE@REVISION or MODULE==VERSION.
    """
    from dagster_commons.report import api, console  # noqa: PLC0415 - `--help` stays fast

    if explain is not None:
        console.write(api.explained(_rule(explain)))
        return
    if old is None or new is None:
        raise UsageError("name two versions to compare", hint="commons api OLD NEW; see commons api --help")
    report = _compared(old, new, root)
    match output_format:
        case "json":
            console.write(api.as_json(report))
        case "markdown":
            console.write(api.markdown(report))
        case _:
            width, colour = console.width(sys.stdout), console.is_coloured(sys.stdout)
            console.write(api.terminal(report, width=width, colour=colour))


def _rule(name: str) -> ApiRule:
    from difflib import get_close_matches  # noqa: PLC0415 - only a typo pays for it

    from dagster_commons.analysis.api.rules import RULES  # noqa: PLC0415 - `--help` stays fast

    if name in RULES:
        return RULES[name]
    alike = [each for each in RULES if name in each] or get_close_matches(name, RULES, n=1)
    hint = f"did you mean `{alike[0]}`?" if len(alike) == 1 else ", ".join(alike or RULES)
    raise UsageError(f"there is no rule `{name}`", hint=hint)


def _compared(old: str, new: str, root: Path | None) -> ApiReport:
    from dagster_commons.analysis.api.comparison import api_changes, required_bump  # noqa: PLC0415 - as above
    from dagster_commons.analysis.api.metadata import not_compared  # noqa: PLC0415
    from dagster_commons.proof.api_states import surface_named  # noqa: PLC0415
    from dagster_commons.proof.consumer_yaml import consumer_changes  # noqa: PLC0415
    from dagster_commons.report import api, console  # noqa: PLC0415
    from dagster_commons.tools.api.extraction import without_collection  # noqa: PLC0415
    from dagster_commons.tools.scratch import scratch_directory  # noqa: PLC0415

    workspace = open_workspace(root, offline=False, may_be_empty=True)
    with (
        console.progress(f"{old} → {new}"),
        scratch_directory() as before,
        scratch_directory() as after,
        without_collection(),
    ):
        one, other = surface_named(old, workspace, before), surface_named(new, workspace, after)
        changes = api_changes(one.surface, other.surface, raised=workspace.configuration.bumps)
        yaml = consumer_changes(workspace, one.surface, other.surface)
    unsaid = not_compared(one.surface.metadata, other.surface.metadata)
    unread = tuple(dict.fromkeys((*one.surface.unread, *other.surface.unread, *unsaid)))
    return api.ApiReport(
        before=one.title,
        after=other.title,
        required_bump=required_bump(changes),
        changes=changes,
        yaml=yaml,
        unread=unread,
    )
