"""`commons release` from the request to an outcome."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.cli._loading import current_fail_on, current_judging, today
from dagster_commons.cli._release_words import notes, refusal
from dagster_commons.discovery.release_ground import read_ground
from dagster_commons.errors import UsageError
from dagster_commons.execution.releases import publish_release
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.plan import Plan
from dagster_commons.model.release import Release
from dagster_commons.model.versions import final_of, is_older_version
from dagster_commons.plans import release as planning
from dagster_commons.plans import release_record, version_policy
from dagster_commons.plans.release_version import baseline, final_baseline, named_version
from dagster_commons.plans.tags import version_of
from dagster_commons.proof.kept_builds import forget_build, kept_build
from dagster_commons.proof.release import release_files, staged_release
from dagster_commons.proof.release_history import read_history
from dagster_commons.report import console
from dagster_commons.tools.indexes.index import open_index

if TYPE_CHECKING:
    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.project import Project
    from dagster_commons.model.release import Ground, History, Judgement, ReleaseRequest
    from dagster_commons.model.workspace import SharedModule, Workspace
    from dagster_commons.proof.planned_verdicts import Judging
    from dagster_commons.tools.indexes.index import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undertaking:
    """All that is the same for every version that may come of it."""

    workspace: Workspace
    module: SharedModule
    project: Project
    registry: Registry
    index: Index
    released: tuple[str, ...]
    ground: Ground | None
    history: History
    is_pushed: bool
    dry_run: bool


def release(
    workspace: Workspace,
    request: ReleaseRequest,
    *,
    registry: str | None,
    is_pushed: bool,
    offline: bool,
    dry_run: bool,
) -> Outcome:
    """Plan, stage and prove the release, then publish it, unless something speaks against it or with `dry_run`.

    Raises:
        CommonsError: as the parts of a release say.

    """
    module = planning.release_module(workspace, request.module)
    project = planning.release_project(module)
    target = planning.release_registry(workspace, module.name, registry=registry)
    index = open_index(target)
    released = tuple(each.version for each in index.releases(module.name))
    ground = _ground(workspace, project, offline=offline, is_pushed=is_pushed)
    named = named_version(request, module, ground, released)
    known = baseline(module, ground, released)
    with console.progress(f"what changed in {module.name}"):
        before = final_baseline(module, ground, released)
        history = read_history(workspace, project, ground, before, today=today())
    undertaking = _Undertaking(
        workspace=workspace,
        module=module,
        project=project,
        registry=target,
        index=index,
        released=released,
        ground=ground,
        history=history,
        is_pushed=is_pushed,
        dry_run=dry_run,
    )
    if named is None and known is not None and release_record.is_as_released(ground, module.name, known):
        last = Release(project=project, version=known, registry=target)
        final = final_of(known)
        further = f"; {module.name}=={final} makes it final" if final is not None else ""
        return _done_before(undertaking, last, f"is the last release, and nothing changed since{further}")
    if named is None:
        version_policy.require_readable(module.name, history)
    version = named or version_policy.computed_version(known, version_policy.judged(history, ()))
    outcome = _attempt(undertaking, version, is_computed=named is None)
    while not isinstance(outcome, Outcome):
        outcome = _attempt(undertaking, outcome, is_computed=True)
    return outcome


def _attempt(all_: _Undertaking, version: str, *, is_computed: bool) -> Outcome | str:
    """What came of releasing `version`; a higher one where consumers' definitions ask for that and we may choose."""
    wanted = Release(
        project=all_.project,
        version=version,
        registry=all_.registry,
        ground=all_.ground,
        kept=kept_build(all_.workspace.root, all_.module.name, version),
        is_pushed=all_.is_pushed,
    )
    here = all_.module.version
    if version in all_.released and here is not None and is_older_version(version, here):
        return _done_before(all_, wanted, f"is released already; the tree is at {here} and stays there")
    version_policy.require_enough(all_.module.name, version, version_policy.judged(all_.history, ()))
    plan, day = _plan(all_, wanted)
    staging = staged_release(
        all_.workspace,
        wanted,
        plan,
        index=all_.index,
        judging=_judging(),
        released_on=day,
        history=all_.history,
    )
    with console.progress(plan.title), staging as staged:
        is_published = not staged.plan.effects and not staged.plan.plan.publishes
        if is_published and (all_.ground is None or release_record.is_recorded(wanted, all_.ground, plan)):
            return _done_before(all_, wanted, "is released already, with these very bytes")
        verdicts = (*staged.plan.verdicts, *((staged.contracts,) if staged.contracts is not None else ()))
        judgement = version_policy.judged(staged.history, verdicts)
        reason = refusal(all_.workspace, wanted, staged.plan.verdicts, current_fail_on())
        if reason is not None:
            return _told(all_, wanted, Outcome(kind="refused", staged=staged.plan, reason=reason), judgement)
        if is_computed and judgement.baseline is not None:
            least = version_policy.least_version(judgement.baseline, judgement.required)
            if is_older_version(version, least):
                return least
        version_policy.require_enough(all_.module.name, version, judgement)
        outcome = Outcome(kind="planned", staged=staged.plan)
        if not all_.dry_run:
            commit = release_record.release_commit(wanted, all_.ground, plan) if all_.ground is not None else None
            outcome = publish_release(all_.workspace.root, wanted, staged, index=all_.index, commit=commit)
    return _told(all_, wanted, outcome, judgement)


def _told(all_: _Undertaking, wanted: Release, outcome: Outcome, judgement: Judgement) -> Outcome:
    """With what the changes ask for, and what a reader has to know."""
    outcome = replace(outcome, judgement=judgement)
    return replace(outcome, notes=(*outcome.notes, *notes(all_.workspace, wanted, outcome)))


def _plan(all_: _Undertaking, wanted: Release) -> tuple[Plan, datetime.date]:
    """What shall become of the files, and the day that the changelog gets."""
    day = wanted.kept.released_on if wanted.kept is not None else datetime.datetime.now(tz=datetime.UTC).date()
    plan = planning.release_plan(
        all_.workspace,
        all_.module,
        wanted,
        files=release_files(all_.project, all_.ground.repository if all_.ground is not None else None),
        released_on=day,
        changes=all_.history.changes,
    )
    release_record.require_releasable(wanted, all_.ground, plan)
    plan = replace(plan, warnings=(*plan.warnings, *release_record.warnings(all_.ground, is_pushed=all_.is_pushed)))
    return plan, day


def _ground(workspace: Workspace, project: Project, *, offline: bool, is_pushed: bool) -> Ground | None:
    home = workspace.repository_of(project.directory)
    if home is None:
        return None
    return read_ground(
        home.root,
        project,
        is_own=lambda tag: version_of(tag, project.name) is not None,
        offline=offline,
        is_pushed=is_pushed,
    )


def _judging() -> Judging:
    judging = current_judging()
    if judging is None:
        raise UsageError("the verb has no --fail-on")
    return judging


def _done_before(all_: _Undertaking, release: Release, what: str) -> Outcome:
    """Nothing is left to do but to remove the build that an earlier run kept, if it was ended before it could."""
    if not all_.dry_run:
        forget_build(all_.workspace.root, release.project.name, release.version)
    plan = StagedPlan(plan=Plan(title=release.title, steps=()), effects=(), commands=(), proofs=())
    return Outcome(kind="unchanged", staged=plan, reason=f"{release.project.name} {release.version} {what}")
