"""`commons release`: set a version, build once, publish it immutably."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._change import open_for_change, tell
from dagster_commons.cli._options import dry_run_option, format_option, offline_option, root_option
from dagster_commons.cli._publication import publish
from dagster_commons.errors import UsageError
from dagster_commons.model.names import module_and_version
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.plan import Plan
from dagster_commons.plans import release as planning
from dagster_commons.proof.release import release_files, staged_release
from dagster_commons.report import console
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import EmbeddedRegistry

EXAMPLES = """\b
Example:
  commons release shared==0.1.3 --registry corp
"""


@click.command("release", short_help="Publish a version of a module into a registry.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE[==VERSION]")
@click.option("--version", metavar="VERSION", help="The version to release, where MODULE does not say it.")
@click.option("--registry", metavar="NAME", help="Where to (default: the only one, or that of [sources.MODULE]).")
@root_option
@offline_option
@dry_run_option
@format_option
def command(
    module: str,
    version: str | None,
    registry: str | None,
    root: Path | None,
    output_format: str,
    *,
    offline: bool,
    dry_run: bool,
) -> None:
    """Set MODULE's version, build it once, show that the wheel imports, and publish it into a registry.

    A published version never changes: once more is no error, other bytes end with exit code 7. So does a version that
    is older than the one the module is at.
    """
    name, version = _name_and_version(module, version)
    workspace = open_for_change(root, offline=offline)
    released = planning.release_module(workspace, name)
    project, target = planning.release_project(released), planning.release_registry(workspace, name, registry=registry)
    reason = planning.reason_to_do_nothing(released, version, _released_versions(target, name))
    if reason is not None:
        tell(_unchanged(name, version, target, reason), workspace, output_format=output_format)
        return
    day = datetime.datetime.now(tz=datetime.UTC).date()
    plan = planning.release_plan(
        workspace, released, version=version, registry=target, files=release_files(project), released_on=day
    )
    with (
        console.progress(plan.title),
        staged_release(workspace, plan, project=project, version=version, registry=target) as staged,
    ):
        if not staged.effects and not staged.plan.publishes:
            outcome = _unchanged(name, version, target, f"{name} {version} is released already, with these very bytes")
        else:
            outcome = Outcome(kind="planned", staged=staged) if dry_run else publish(workspace, staged, target)
    tell(outcome, workspace, output_format=output_format)


def _name_and_version(module: str, version: str | None) -> tuple[str, str]:
    name, named = module_and_version(module)
    if (named is None) == (version is None):
        raise UsageError("say which version to release, once", hint=f"commons release {name}==VERSION")
    return name, planning.normalised_version(named or version or "")


def _released_versions(registry: EmbeddedRegistry, module: str) -> tuple[str, ...]:
    return tuple(each.version for each in embedded.releases(registry.directory, module))


def _unchanged(module: str, version: str, registry: EmbeddedRegistry, reason: str) -> Outcome:
    plan = Plan(title=planning.release_title(module, version, registry), steps=())
    return Outcome(kind="unchanged", staged=StagedPlan(plan=plan, effects=(), commands=(), proofs=()), reason=reason)
