"""Carrying out upgrades: each plan staged and proven by itself, those that are acceptable applied as one change."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons import execution
from dagster_commons.cli._change import refusal
from dagster_commons.cli._loading import current_judging
from dagster_commons.errors import RefusedError, ToolError, UsageError
from dagster_commons.execution.commits import Commit, commit, prepare_commits
from dagster_commons.execution.environments import sync_existing
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.plan import Plan, SubmoduleEffect
from dagster_commons.model.upgrades import UpgradeLine, UpgradeReport
from dagster_commons.report import console
from dagster_commons.report import upgrades as upgrades_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dagster_commons.model.own_tests import OwnTests
    from dagster_commons.model.upgrades import LocationUpgrade
    from dagster_commons.model.verdicts import LocationVerdict
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.planned_verdicts import Judging


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What is to be done with the plans that are acceptable; `branch` names the one to commit on."""

    is_applied: bool
    with_tests: bool = False
    branch: str | None = None
    applying: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staging:
    """What staging a plan came to: the staged plan, or why not."""

    staged: StagedPlan | None = None
    refused: str | None = None
    failed: str | None = None
    verdicts: tuple[LocationVerdict, ...] = ()
    own_tests: tuple[OwnTests, ...] = ()


def upgrade_all(
    workspace: Workspace, upgrades: tuple[LocationUpgrade, ...], title: str, manner: Manner
) -> UpgradeReport:
    """Stage and prove every plan; apply those that are acceptable, all or none, as `manner` says.

    Raises:
        RefusedError: what would be applied cannot be committed as asked; nothing was written.
        ToolError: git or uv refused what it was applied with, or it could not be committed.
        StalePlanError: files changed meanwhile; nothing was written.

    """
    plans = tuple(dict.fromkeys(each.plan for each in upgrades if each.plan is not None))
    judging = current_judging()
    judging = replace(judging, with_tests=manner.with_tests) if judging is not None else None
    with contextlib.ExitStack() as twins, console.progress(title, total=len(plans)) as steps:
        stagings: dict[Plan, _Staging] = {}
        for plan in plans:
            steps.step(plan.title)
            stagings[plan] = _staging(workspace, plan, judging, twins)
        merged = _merged(title, (each.staged for each in stagings.values() if each.staged is not None))
        commits = prepare_commits(merged.effects, manner.branch) if manner.branch is not None else ()
        outcome = Outcome(kind="planned", staged=merged)
        if manner.is_applied and merged.plan.steps:
            outcome = execution.apply(workspace.root, merged, argv=tuple(sys.argv[1:]), publish=None)
    if outcome.kind == "applied":
        outcome = replace(outcome, notes=(*outcome.notes, *sync_existing(workspace, merged.plan)))
    lines = tuple(_line(each, stagings, outcome) for each in upgrades)
    report = UpgradeReport(
        lines=lines,
        outcome=_named(outcome, lines, manner),
        verdicts=tuple(verdict for each in stagings.values() for verdict in each.verdicts),
        own_tests=tuple(tests for each in stagings.values() for tests in each.own_tests),
        applying=manner.applying,
    )
    if outcome.kind != "applied":
        return report
    return replace(report, commits=_committed(workspace, commits, title, report))


def exit_code(report: UpgradeReport, *, is_named: bool) -> int:
    """0; 1 when a use was refused, or nothing has the version that was named; 4 when only tools failed."""
    states = {each.state for each in report.lines}
    stays = {each.upgrade.stay.kind for each in report.lines if each.upgrade.stay is not None}
    if "refused" in states or report.outcome.kind == "rolled-back":
        return RefusedError.exit_code
    if "failed" in states:
        return ToolError.exit_code
    is_nowhere = is_named and not states & {"upgraded", "planned"} and "current" not in stays
    return RefusedError.exit_code if is_nowhere else 0


def tell_upgrades(report: UpgradeReport, workspace: Workspace, *, output_format: str) -> None:
    """Print `report` as the user wants it."""
    match output_format:
        case "json":
            text = upgrades_report.as_json(report, workspace)
        case "markdown":
            text = upgrades_report.markdown(report, workspace.root)
        case _:
            text = upgrades_report.terminal(
                report,
                workspace.root,
                width=console.width(sys.stdout),
                colour=console.is_coloured(sys.stdout),
                repositories=tuple(each.root for each in workspace.repositories),
            )
    console.write(text)


def _staging(workspace: Workspace, plan: Plan, judging: Judging | None, twins: contextlib.ExitStack) -> _Staging:
    """The twin of a plan that moves a submodule is kept: applying reads the submodule's commits from there."""
    from dagster_commons.proof.staging import staged  # noqa: PLC0415 - `--help` stays fast

    with contextlib.ExitStack() as own:
        try:
            staged_plan = own.enter_context(staged(workspace, plan, judging))
        except ToolError as error:
            return _Staging(failed=_said(error))
        except (RefusedError, UsageError) as error:
            return _Staging(refused=_said(error))
        reason = refusal(staged_plan)
        if reason is not None:
            failures = (each.failure for each in staged_plan.proofs if each.failure is not None)
            said = "\n".join(dict.fromkeys(failures)) or reason
            return _Staging(refused=said, verdicts=staged_plan.verdicts, own_tests=staged_plan.own_tests)
        if any(isinstance(effect, SubmoduleEffect) for effect in staged_plan.effects):
            twins.enter_context(own.pop_all())
    silent = replace(staged_plan, verdicts=(), own_tests=())
    return _Staging(staged=silent, verdicts=staged_plan.verdicts, own_tests=staged_plan.own_tests)


def _said(error: RefusedError | ToolError | UsageError) -> str:
    return f"{error.message}\n{error.hint}" if error.hint else error.message


def _merged(title: str, parts: Iterable[StagedPlan]) -> StagedPlan:
    """Several staged plans, which touch nothing in common, as one."""
    staged = tuple(parts)
    return StagedPlan(
        plan=Plan(
            title=title,
            steps=tuple(step for each in staged for step in each.plan.steps),
            expectations=tuple(expectation for each in staged for expectation in each.plan.expectations),
            losses=tuple(loss for each in staged for loss in each.plan.losses),
            warnings=tuple(dict.fromkeys(warning for each in staged for warning in each.plan.warnings)),
        ),
        effects=tuple(effect for each in staged for effect in each.effects),
        commands=tuple(command for each in staged for command in each.commands),
        proofs=tuple(proof for each in staged for proof in each.proofs),
        third_party=tuple(move for each in staged for move in each.third_party),
    )


def _line(upgrade: LocationUpgrade, stagings: Mapping[Plan, _Staging], outcome: Outcome) -> UpgradeLine:
    if upgrade.plan is None:
        stay = upgrade.stay
        is_refused = stay is not None and stay.kind == "refused"
        reason = stay.reason if stay is not None else None
        return UpgradeLine(upgrade=upgrade, state="refused" if is_refused else "stays", reason=reason)
    staging = stagings[upgrade.plan]
    if staging.refused is not None:
        return UpgradeLine(upgrade=upgrade, state="refused", reason=staging.refused)
    if staging.failed is not None:
        return UpgradeLine(upgrade=upgrade, state="failed", reason=staging.failed)
    if outcome.kind == "rolled-back":
        return UpgradeLine(upgrade=upgrade, state="failed", reason=outcome.reason)
    return UpgradeLine(upgrade=upgrade, state="upgraded" if outcome.kind == "applied" else "planned")


def _named(outcome: Outcome, lines: tuple[UpgradeLine, ...], manner: Manner) -> Outcome:
    """The outcome as a whole: refused when nothing moves although something was to."""
    if outcome.staged.plan.steps:
        return outcome
    against = sum(each.state in ("refused", "failed") for each in lines)
    if against:
        return replace(
            outcome,
            kind="refused" if manner.applying is None else "planned",
            reason=f"{against} of {len(lines)} uses cannot be upgraded",
        )
    return replace(outcome, kind="unchanged")


def _committed(workspace: Workspace, commits: tuple[Commit, ...], title: str, report: UpgradeReport) -> tuple[str, ...]:
    made: list[str] = []
    for each in commits:
        here = [line for line in report.lines if _home(workspace, line) == each.repository]
        made_as = commit(each, upgrades_report.commit_message(title, here, report.verdicts))
        made.append(f"commit {made_as} on branch {each.branch} in {each.repository.name}; not pushed")
    return tuple(made)


def _home(workspace: Workspace, line: UpgradeLine) -> object:
    location = workspace.location(line.upgrade.location)
    home = workspace.repository_of(location.path) if location is not None else None
    return home.root if home is not None else None
