"""`commons registry yank`: mark a release as one that nobody should begin to use."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dagster_commons import execution
from dagster_commons.analysis.registry_users import users_of_registry
from dagster_commons.cli._change import open_for_change, tell
from dagster_commons.cli._options import dry_run_option, format_option, offline_option, root_option
from dagster_commons.errors import UsageError
from dagster_commons.model.names import module_and_version
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.registry import Listed
from dagster_commons.plans import yank as planning
from dagster_commons.proof.staging import staged
from dagster_commons.report import console
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.plan import Plan
    from dagster_commons.model.workspace import Workspace

EXAMPLES = """\b
Examples:
  commons registry yank shared==0.2.0 --reason "loses an asset"
  commons registry yank shared==0.2.0 --undo
"""


@click.command("yank", short_help="Mark a release as not to be begun with.", epilog=EXAMPLES)
@click.argument("release", metavar="MODULE==VERSION")
@click.option("--registry", metavar="NAME", help="Where (default: the only one, or that of [sources.MODULE]).")
@click.option("--reason", metavar="TEXT", help="Why; uv shows it to those who pin the version.")
@click.option("--undo", "is_undone", is_flag=True, help="Take it back.")
@root_option
@offline_option
@dry_run_option
@format_option
def yank(
    release: str,
    registry: str | None,
    reason: str | None,
    root: Path | None,
    output_format: str,
    *,
    is_undone: bool,
    offline: bool,
    dry_run: bool,
) -> None:
    """Mark a release in an embedded registry: uv takes it for an exact pin only, and nothing here offers it any more.

    Its files stay, so that everybody who locks it keeps working.
    """
    module, version = module_and_version(release)
    if version is None:
        raise UsageError("say which version", hint=f"commons registry yank {module}==VERSION")
    workspace = open_for_change(root, offline=offline)
    target = planning.yank_registry(workspace.configuration, module, name=registry)
    users = users_of_registry(workspace, target, module)
    with embedded.alone(target.directory):
        listed = Listed(versions=embedded.releases(target.directory, module))
        plan = planning.yank_plan(target, module, listed, version, reason=reason, is_undone=is_undone)
        outcome = _carried_out(workspace, plan, dry_run=dry_run)
    then = planning.after(listed, plan, version, reason=reason, is_undone=is_undone)
    outcome = replace(outcome, notes=tuple(planning.what_follows(module, then, version, users)))
    tell(outcome, workspace, output_format=output_format)


def _carried_out(workspace: Workspace, plan: Plan, *, dry_run: bool) -> Outcome:
    if not plan.steps:
        nothing = StagedPlan(plan=plan, effects=(), commands=(), proofs=())
        return Outcome(kind="unchanged", staged=nothing, reason="it is so already")
    with console.progress(plan.title), staged(workspace, plan, None) as staged_plan:
        if dry_run:
            return Outcome(kind="planned", staged=staged_plan)
        return execution.apply(workspace.root, staged_plan, argv=tuple(sys.argv[1:]), publish=None)
