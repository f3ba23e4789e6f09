"""`commons release` from the request to an outcome."""

from __future__ import annotations

import datetime
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.judging import is_failing
from dagster_commons.cli._loading import current_fail_on, current_judging
from dagster_commons.discovery.release_ground import read_ground
from dagster_commons.errors import UsageError
from dagster_commons.execution.releases import publish_release
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import Plan
from dagster_commons.model.release import Release
from dagster_commons.model.verdicts import Unverifiable
from dagster_commons.model.versions import is_older_version
from dagster_commons.plans import release as planning
from dagster_commons.plans import release_record
from dagster_commons.plans.release_version import release_version
from dagster_commons.plans.tags import version_of
from dagster_commons.plans.with_wheel import following_locations
from dagster_commons.proof.kept_builds import kept_build
from dagster_commons.proof.release import release_files, staged_release
from dagster_commons.report import console
from dagster_commons.tools.indexes.index import open_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.project import Project
    from dagster_commons.model.release import Ground, ReleaseRequest
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.planned_verdicts import Judging


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
    ground = _ground(workspace, project, offline=offline)
    version = release_version(request, module, ground, released)
    wanted = Release(
        project=project,
        version=version,
        registry=target,
        ground=ground,
        kept=kept_build(workspace.root, module.name, version),
        is_pushed=is_pushed,
    )
    if version in released and module.version is not None and is_older_version(version, module.version):
        return _nothing_to_do(wanted, f"is released already; the tree is at {module.version} and stays there")
    day = wanted.kept.released_on if wanted.kept is not None else datetime.datetime.now(tz=datetime.UTC).date()
    plan = planning.release_plan(workspace, module, wanted, files=release_files(project), released_on=day)
    if ground is not None:
        release_record.require_releasable(wanted, ground, plan)
        plan = replace(plan, warnings=(*plan.warnings, *release_record.warnings(ground)))
    staging = staged_release(workspace, wanted, plan, index=index, judging=_judging(), released_on=day)
    with console.progress(plan.title), staging as staged:
        is_published = not staged.plan.effects and not staged.plan.plan.publishes
        if is_published and (ground is None or release_record.is_recorded(wanted, ground, plan)):
            return _nothing_to_do(wanted, "is released already, with these very bytes")
        reason = _refusal(workspace, wanted, staged.plan)
        if reason is not None:
            return Outcome(kind="refused", staged=staged.plan, reason=reason)
        if dry_run:
            return Outcome(kind="planned", staged=staged.plan)
        commit = release_record.release_commit(wanted, ground, plan) if ground is not None else None
        outcome = publish_release(workspace.root, wanted, staged, index=index, commit=commit)
    return replace(outcome, notes=(*outcome.notes, *_notes(workspace, wanted, outcome)))


def _ground(workspace: Workspace, project: Project, *, offline: bool) -> Ground | None:
    home = workspace.repository_of(project.directory)
    if home is None:
        return None
    return read_ground(
        home.root, project, is_own=lambda tag: version_of(tag, project.name) is not None, offline=offline
    )


def _judging() -> Judging:
    judging = current_judging()
    if judging is None:
        raise UsageError("the verb has no --fail-on")
    return judging


def _nothing_to_do(release: Release, what: str) -> Outcome:
    plan = StagedPlan(plan=Plan(title=release.title, steps=()), effects=(), commands=(), proofs=())
    return Outcome(kind="unchanged", staged=plan, reason=f"{release.project.name} {release.version} {what}")


def _refusal(workspace: Workspace, release: Release, staged: StagedPlan) -> str | None:
    """Why the release must not be: how many of the known consumers would break, or could not be compared."""
    against = [each for each in staged.verdicts if is_failing(each.verdict, current_fail_on())]
    if not against:
        return None
    users = len({use.location for use in workspace.uses_of(release.project.name)})
    unknown = [each.location for each in against if isinstance(each.verdict, Unverifiable)]
    broken = [each.location for each in against if each.location not in unknown]
    said = [
        f"{word} {len(names)} of {users} code locations that use it: {', '.join(names)}"
        for word, names in (("would break", broken), ("could not compare", unknown))
        if names
    ]
    how = "to accept a change: [[accept]] in commons.toml; to release it anyway: --fail-on "
    return "\n".join((*said, how + ("broken" if broken else "breaking,broken")))


def _notes(workspace: Workspace, release: Release, outcome: Outcome) -> Iterator[str]:
    if outcome.kind != "applied":
        return
    following = following_locations(workspace, release.project.name)
    if following:
        yield f"{', '.join(following)} {'use' if len(following) > 1 else 'uses'} the working tree, and had this before"
    recorded = outcome.recorded
    if recorded is not None:
        name = recorded.repository.name
        yield f"{name} is at {recorded.commit[: release_record.SHORT]}, tagged {recorded.tag}" + (
            ", and pushed" if recorded.is_pushed else ""
        )
        if not recorded.is_pushed and release.ground is not None and release.ground.remote is not None:
            at = shlex.quote(relative(recorded.repository, workspace.root))
            branch = f" {release.ground.branch}" if release.ground.branch is not None else ""
            yield f"to share it: git -C {at} push --atomic {release.ground.remote.name}{branch} {recorded.tag}"
    if not outcome.published:
        return
    yield "a published version stays, whatever is undone"
    registry = release.registry
    if isinstance(registry, EmbeddedRegistry) and workspace.repository_of(registry.directory) is not None:
        place = shlex.quote(relative(registry.directory, workspace.root))
        yield f"the registry is yours to commit: git -C {place} add {release.project.name}"
