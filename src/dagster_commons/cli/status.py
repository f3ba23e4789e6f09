"""`commons status`: the matrix of shared modules and code locations."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._deployed import asked, deployed_option
from dagster_commons.cli._newest import with_newest
from dagster_commons.cli._options import chosen_locations, location_option, offline_option, open_workspace, root_option

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.deployment import Deployment
    from dagster_commons.model.workspace import Workspace


@click.command(epilog="Example: commons status -l sales --format json")
@location_option
@root_option
@offline_option
@click.option("--exact", is_flag=True, help="Ask uv about every lock (slower, may need the index).")
@deployed_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["terminal", "json", "markdown", "mermaid"]),
    default="terminal",
    show_default=True,
    help="How to report.",
)
def command(
    names: tuple[str, ...], root: Path | None, url: str | None, output_format: str, *, offline: bool, exact: bool
) -> None:
    """Show shared modules and code locations: source, version in use, newest, lock, and the command that mends it."""
    from dagster_commons.analysis.candidates import unused_packages  # noqa: PLC0415 - `--help` stays fast
    from dagster_commons.analysis.restriction import restricted  # noqa: PLC0415
    from dagster_commons.report import console  # noqa: PLC0415

    deployment = asked(url, offline=offline)
    with console.progress("reading the workspace"):
        whole = open_workspace(root, offline=offline)
        chosen = chosen_locations(whole, names)
        is_whole = len(chosen) == len(whole.locations)
        workspace = whole if is_whole else restricted(whole, chosen)
        if exact:
            from dagster_commons.proof.exact_locks import exact_lock_states  # noqa: PLC0415 - starts uv

            workspace = exact_lock_states(workspace)
        workspace = with_newest(workspace, offline=offline)
    if deployment is not None and not is_whole:
        deployment = deployment.restricted({each.name for each in chosen})
    modules = tuple(each.name for each in (whole.modules or unused_packages(whole)))
    console.write(_rendered(workspace, deployment, output_format, modules=modules, is_detailed=bool(names)))


def _rendered(
    workspace: Workspace, deployment: Deployment | None, form: str, *, modules: tuple[str, ...], is_detailed: bool
) -> str:
    from dagster_commons.report import console, mermaid, status  # noqa: PLC0415 - `--help` stays fast
    from dagster_commons.tools.history import unfinished_run  # noqa: PLC0415

    match form:
        case "json":
            return status.as_json(workspace, unfinished=unfinished_run(workspace.root), deployment=deployment)
        case "markdown":
            return status.markdown(workspace, deployment=deployment)
        case "mermaid":
            return mermaid.chart(workspace)
        case _:
            return status.terminal(
                workspace,
                width=console.width(sys.stdout),
                colour=console.is_coloured(sys.stdout),
                modules=modules,
                is_detailed=is_detailed,
                unfinished=unfinished_run(workspace.root),
                deployment=deployment,
            )
