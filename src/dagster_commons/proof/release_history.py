"""What changed in a module since the release that HEAD comes after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.api.comparison import UNPROVEN, api_changes
from dagster_commons.analysis.api.metadata import not_compared
from dagster_commons.discovery.past_acceptances import accepted_at
from dagster_commons.model.release import History
from dagster_commons.plans.release_acceptances import accept_changes
from dagster_commons.plans.tags import tag_for
from dagster_commons.proof.api_states import surface_of_project, surface_of_version
from dagster_commons.proof.consumer_yaml import consumer_changes
from dagster_commons.proof.contracts import unverified
from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    import datetime

    from dagster_commons.model.api import ApiChange, Surface
    from dagster_commons.model.project import Project
    from dagster_commons.model.release import Ground
    from dagster_commons.model.workspace import Workspace


def read_history(
    workspace: Workspace, project: Project, ground: Ground | None, baseline: str | None, *, today: datetime.date
) -> History:
    """The changes of the project's API since `baseline`, those that commons.toml accepts for this release left out.

    Raises:
        UsageError: the project holds no import package.
        ToolError: the baseline is in no registry and under no tag, or cannot be read.

    """
    after = surface_of_project(project)
    if baseline is None:
        return History(baseline=None, surface=after, unverified=unverified(workspace, project, after))
    with scratch_directory() as scratch:
        before = surface_of_version(workspace, project.name, baseline, scratch)
        changes = api_changes(before, after, raised=workspace.configuration.bumps)
    tag = tag_for(ground.tags, project.name, baseline) if ground is not None else None
    parted = accept_changes(
        changes,
        workspace.configuration.acceptances,
        packages=after.packages,
        baseline=baseline,
        at_baseline=accepted_at(workspace, tag.name) if tag is not None else frozenset(),
        today=today,
    )
    return History(
        baseline=baseline,
        surface=after,
        changes=parted.left,
        to_import=tuple(each.paths[0] for each in parted.left if _shows_when_imported(each, before)),
        accepted=parted.accepted,
        idle=parted.idle,
        yaml=consumer_changes(workspace, before, after),
        unread=tuple(dict.fromkeys((*before.unread, *after.unread))),
        unverified=(*not_compared(before.metadata, after.metadata), *unverified(workspace, project, after)),
    )


def _shows_when_imported(change: ApiChange, before: Surface) -> bool:
    """Whether it may be gone, and is no attribute of a class: those come when a class is called."""
    if change.rule != UNPROVEN:
        return False
    holder = before.objects.get(change.object.rpartition(".")[0])
    is_of_class = holder is not None and holder.kind == "class"
    return not (is_of_class and before.objects[change.object].kind == "attribute")
