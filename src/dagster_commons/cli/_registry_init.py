"""`commons registry init`: name a registry in commons.toml; an embedded one is made, too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click

from dagster_commons.cli._change import carry_out, say_recovered
from dagster_commons.cli._options import dry_run_option, format_option, offline_option, root_option
from dagster_commons.cli._registry_options import given, settings_options
from dagster_commons.discovery import find_root, read_workspace
from dagster_commons.errors import UsageError
from dagster_commons.model.configuration import EmbeddedRegistry, Registry, RegistryKind
from dagster_commons.plans import registry as plans
from dagster_commons.report import console, registries
from dagster_commons.tools.atomic_files import content_of
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from dagster_commons.model.plan import Plan
    from dagster_commons.model.workspace import Workspace

EXAMPLES = """\b
Examples:
  commons registry init corp                     # in ./registry of the workspace root
  commons registry init corp --path ../registry
  commons registry init corp --kind codeartifact --domain acme \\
    --domain-owner 111122223333 --repository python --region eu-west-1
"""


@click.command("init", short_help="Make an embedded registry, or name another.", epilog=EXAMPLES)
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(get_args(RegistryKind)), default="embedded", show_default=True, help="What runs it."
)
@settings_options
@root_option
@offline_option
@dry_run_option
@format_option
def init(
    name: str, kind: str, root: Path | None, output_format: str, *, offline: bool, dry_run: bool, **settings: str | None
) -> None:
    """Name the registry NAME in commons.toml, and print what a consumer's pyproject.toml says to use it.

    An embedded one is made, too: a directory in which every module here is reserved, kept in git.  Done once more, it
    reserves the modules that came since.  Other kinds are made where they run.
    """
    plans.require_settings(cast("RegistryKind", kind), given(settings))
    say_recovered(root)
    workspace = read_workspace(root.resolve() if root is not None else find_root(Path.cwd()), offline=offline)
    plan, registry = _planned(workspace, name, cast("RegistryKind", kind), given(settings))
    carry_out(workspace, plan, dry_run=dry_run, output_format=output_format)
    if output_format == "terminal":
        console.write(registries.consumer_text(workspace, registry))


def _planned(workspace: Workspace, name: str, kind: RegistryKind, settings: dict[str, str]) -> tuple[Plan, Registry]:
    content = content_of(workspace.root / plans.CONFIGURATION_FILE)
    text = content.decode("utf-8") if content is not None else None
    if kind != "embedded":
        return plans.remote_init_plan(workspace, name=name, kind=kind, settings=settings, configuration=text)
    directory = Path(os.path.abspath(settings.get("path") or workspace.root / plans.DEFAULT_DIRECTORY))  # noqa: PTH100 - not through symbolic links
    there = _existing(directory)
    plan = plans.init_plan(workspace, name=name, directory=directory, configuration=text, existing=there)
    return plan, EmbeddedRegistry(name=name, directory=directory)


def _existing(directory: Path) -> frozenset[Path]:
    foreign = embedded.foreign_entries(directory)
    if foreign:
        raise UsageError(
            f"{directory} is no registry: it has {foreign[0].name}", hint="name an empty or a new directory with --path"
        )
    return frozenset((*directory.glob("*"), *directory.glob("*/*")))
