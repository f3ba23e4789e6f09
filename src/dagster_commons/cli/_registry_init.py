"""`commons registry init`: make an embedded registry and name it in commons.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click

from dagster_commons.cli._change import carry_out, say_recovered
from dagster_commons.cli._options import dry_run_option, format_option, offline_option, root_option
from dagster_commons.discovery import find_root, read_workspace
from dagster_commons.errors import UsageError
from dagster_commons.model.configuration import EmbeddedRegistry, RegistryKind
from dagster_commons.plans.registry import (
    CONFIGURATION_FILE,
    DEFAULT_DIRECTORY,
    init_plan,
    remote_lines,
)
from dagster_commons.report import console, registries
from dagster_commons.tools.atomic_files import content_of
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace

EXAMPLES = """\b
Examples:
  commons registry init corp                     # in ./registry of the workspace root
  commons registry init corp --path ../registry
"""


@click.command("init", short_help="Make an embedded registry.", epilog=EXAMPLES)
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(get_args(RegistryKind)), default="embedded", show_default=True, help="What runs it."
)
@click.option("--path", type=click.Path(path_type=Path), help="Its directory (default: `registry` in the root).")
@root_option
@offline_option
@dry_run_option
@format_option
def init(
    name: str, kind: str, path: Path | None, root: Path | None, output_format: str, *, offline: bool, dry_run: bool
) -> None:
    """Make NAME an embedded registry: a directory in which every module here is reserved, kept in git.

    Done once more, it reserves the modules that came since.
    """
    if kind != "embedded":
        _refuse_remote(name, cast("RegistryKind", kind))
    say_recovered(root)
    workspace = read_workspace(root.resolve() if root is not None else find_root(Path.cwd()), offline=offline)
    directory = Path(os.path.abspath(path)) if path is not None else workspace.root / DEFAULT_DIRECTORY  # noqa: PTH100 - not through symbolic links
    plan = init_plan(
        workspace,
        name=name,
        directory=directory,
        configuration=_configuration_text(workspace),
        existing=_existing(directory),
    )
    carry_out(workspace, plan, dry_run=dry_run, output_format=output_format)
    if output_format == "terminal":
        console.write(registries.consumer_text(workspace, EmbeddedRegistry(name=name, directory=directory)))


def _refuse_remote(name: str, kind: RegistryKind) -> None:
    lines = "\n".join(f"  {line}" for line in remote_lines(name, kind))
    raise UsageError(
        f"only an embedded registry can be made here; one of kind {kind} is made where it runs",
        hint=f"name it in commons.toml, with your own values:\n{lines}",
    )


def _configuration_text(workspace: Workspace) -> str | None:
    content = content_of(workspace.root / CONFIGURATION_FILE)
    return content.decode("utf-8") if content is not None else None


def _existing(directory: Path) -> frozenset[Path]:
    foreign = embedded.foreign_entries(directory)
    if foreign:
        raise UsageError(
            f"{directory} is no registry: it has {foreign[0].name}", hint="name an empty or a new directory with --path"
        )
    return frozenset((*directory.glob("*"), *directory.glob("*/*")))
