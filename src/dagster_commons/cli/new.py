"""`commons new`: scaffold a shared module."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import carry_out, open_for_change
from dagster_commons.cli._options import dry_run_option, format_option, offline_option, root_option
from dagster_commons.plans.new import TEMPLATE, lowest_requires_python, module_names, new_plan
from dagster_commons.tools.templates import template_files

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace

KEPT_TOGETHER = "packages"  # the directory that a workspace keeps its modules in, where it has one

EXAMPLES = """\b
Examples:
  commons new shared                        # in ./shared of the workspace root
  commons new acme-base --at libs/base
"""


@click.command("new", short_help="Scaffold a shared module.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE")
@click.option(
    "--at",
    "place",
    type=click.Path(path_type=Path),
    help="Its directory (default: MODULE in the root, or in `packages` where there is one).",
)
@root_option
@offline_option
@dry_run_option
@format_option
def command(
    module: str, place: Path | None, root: Path | None, output_format: str, *, offline: bool, dry_run: bool
) -> None:
    """Write a shared module that is ready to be used: a factory, a component, tests, a changelog.

    It admits the Pythons that the code locations here admit.
    """
    workspace = open_for_change(root, offline=offline, may_be_empty=True)
    plan = new_plan(
        template_files(TEMPLATE),
        directory=_directory(workspace, module, place),
        module=module,
        requires_python=_requires_python(workspace),
    )
    carry_out(workspace, plan, dry_run=dry_run, output_format=output_format)


def _directory(workspace: Workspace, module: str, place: Path | None) -> Path:
    if place is not None:
        return Path(os.path.abspath(place))  # noqa: PTH100 - resolve() would leave the path that the user named
    distribution, _ = module_names(module)
    together = workspace.root / KEPT_TOGETHER
    return (together if together.is_dir() else workspace.root) / distribution


def _requires_python(workspace: Workspace) -> str:
    projects = (workspace.project_at(location.path) for location in workspace.locations)
    return lowest_requires_python(project.requires_python for project in projects if project is not None)
