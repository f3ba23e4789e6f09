"""What every changing verb does around its plan: recover, discover, stage and prove, apply, report."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagster_commons import execution
from dagster_commons.analysis.judging import is_failing
from dagster_commons.cli._loading import current_fail_on, current_judging
from dagster_commons.cli._options import open_workspace
from dagster_commons.discovery import find_root
from dagster_commons.execution.environments import sync_existing
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.verdicts import Unverifiable
from dagster_commons.report import console
from dagster_commons.report import outcome as report
from dagster_commons.tools import git, uv
from dagster_commons.tools.process import require_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagster_commons.model.plan import Plan, Upload
    from dagster_commons.model.workspace import Workspace

REFUSED = 1


def open_for_change(root: Path | None, *, offline: bool, may_be_empty: bool = False) -> Workspace:
    """See that git and uv will do, finish the rollback of an interrupted run, then discover the workspace.

    Raises:
        ToolError: git or uv is missing or too old.
        NothingDiscoveredError: there is neither a code location nor a shared module, and it must not be empty.
        RollbackIncompleteError: the interrupted run could not be rolled back.

    """
    require_tools(root)
    return open_workspace(root, offline=offline, may_be_empty=may_be_empty)


def require_tools(root: Path | None) -> None:
    """See that git and uv will do, and finish the rollback of an interrupted run under `root`.

    Raises:
        ToolError: git or uv is missing or too old.
        RollbackIncompleteError: the interrupted run could not be rolled back.

    """
    require_version("git", oldest=git.OLDEST_SUPPORTED)
    require_version(str(uv.binary()), oldest=uv.OLDEST_SUPPORTED)
    say_recovered(root)


def say_recovered(root: Path | None) -> None:
    """Finish the rollback of an interrupted run under `root` and say so.

    Raises:
        RollbackIncompleteError: it could not be rolled back.

    """
    recovered = execution.recover(root.resolve() if root is not None else find_root(Path.cwd()))
    if recovered is not None:
        console.write_error(f"{recovered}\n")


def carry_out(
    workspace: Workspace,
    plan: Plan,
    *,
    dry_run: bool,
    output_format: str,
    publish: Callable[[Upload], None] | None = None,
) -> None:
    """Stage and prove `plan`; apply it unless a proof fails or `dry_run`; report; end with the right exit code."""
    if not plan.steps:
        nothing = StagedPlan(plan=plan, effects=(), commands=(), proofs=())
        tell(Outcome(kind="unchanged", staged=nothing), workspace, output_format=output_format)
        return
    from dagster_commons.proof.staging import staged  # noqa: PLC0415 - `--help` stays fast

    with console.progress(plan.title), staged(workspace, plan, current_judging()) as staged_plan:
        outcome = without_change(staged_plan, dry_run=dry_run)
        if outcome is None:
            outcome = execution.apply(workspace.root, staged_plan, argv=tuple(sys.argv[1:]), publish=publish)
    if outcome.kind == "applied":
        outcome = replace(outcome, notes=(*outcome.notes, *sync_existing(workspace, plan)))
    tell(outcome, workspace, output_format=output_format)


def without_change(staged_plan: StagedPlan, *, dry_run: bool) -> Outcome | None:
    """What it ends with where nothing may be written, or nothing shall; None: it is to be applied."""
    reason = refusal(staged_plan)
    if reason is not None:
        return Outcome(kind="refused", staged=staged_plan, reason=reason)
    return Outcome(kind="planned", staged=staged_plan) if dry_run else None


def refusal(staged_plan: StagedPlan) -> str | None:
    """Why a staged plan must not be applied; None: its proofs are as expected and no verdict is in `--fail-on`."""
    failures = sum(proof.failure is not None for proof in staged_plan.proofs)
    if failures:
        return f"{failures} of {len(staged_plan.proofs)} environments would not be as expected"
    broken = [each for each in staged_plan.own_tests if each.new_failures]
    if broken:
        return "\n".join(f"{each.location}: {each.said}" for each in broken)
    against = [each for each in staged_plan.verdicts if is_failing(each.verdict, current_fail_on())]
    if not against:
        return None
    names = ", ".join(each.location for each in against)
    if all(isinstance(each.verdict, Unverifiable) for each in against):
        return f"the definitions of {names} could not be compared; to apply it anyway: --fail-on breaking,broken"
    return f"the definitions of {names} would not be as they should; to accept a change: [[accept]] in commons.toml"


def tell(outcome: Outcome, workspace: Workspace, *, output_format: str) -> None:
    """Report `outcome`, and end with exit code 1 when it was refused or rolled back."""
    match output_format:
        case "json":
            text = report.as_json(outcome, workspace)
        case "markdown":
            text = report.markdown(outcome, workspace.root)
        case _:
            text = report.terminal(
                outcome,
                workspace.root,
                width=console.width(sys.stdout),
                colour=console.is_coloured(sys.stdout),
                repositories=tuple(each.root for each in workspace.repositories),
            )
    console.write(text)
    if outcome.kind in ("refused", "rolled-back"):
        raise click.exceptions.Exit(REFUSED)
