"""`commons diff` from two states to a report."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from dagster_commons.analysis.judging import accept
from dagster_commons.analysis.reach import reached_locations
from dagster_commons.model.states import RevisionState, State, WorktreeState, state_title
from dagster_commons.model.verdicts import DiffReport
from dagster_commons.proof.comparison import compare_trees
from dagster_commons.proof.materialising import materialised, repository_of_root
from dagster_commons.proof.probing import probing
from dagster_commons.tools.git import changed_paths

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection

    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.loading import LoadOptions


def diff_states(
    workspace: Workspace,
    before: State,
    after: State,
    *,
    names: Collection[str],
    options: LoadOptions,
    today: datetime.date,
) -> DiffReport:
    """What the way from `before` to `after` does to the definitions of every location of `names` that it reaches.

    Raises:
        ToolError: a state cannot be made, e.g. because a submodule's commit is nowhere.
        UsageError: a state does not exist.

    """
    reached = _reached(workspace, before, after)
    if reached is not None and not reached:
        return DiffReport(before=state_title(before), after=state_title(after))
    with contextlib.ExitStack() as stack:
        old = stack.enter_context(materialised(workspace, before))
        new = stack.enter_context(materialised(workspace, after))
        probes = stack.enter_context(probing(most=2 * (os.cpu_count() or 1)))
        gone = {each.name for each in old.workspace.locations} - {each.name for each in workspace.locations}
        wanted = (set(names) if reached is None else set(names) & reached) | gone
        verdicts = compare_trees(old, new, wanted, options, probes)
    accepted = accept(verdicts, workspace.configuration.acceptances, today=today)
    return DiffReport(
        before=state_title(before),
        after=state_title(after),
        verdicts=accepted.verdicts,
        unused=accepted.unused,
        expired=accepted.expired,
    )


def _reached(workspace: Workspace, before: State, after: State) -> set[str] | None:
    """The locations that the changed files reach, where they are those since a revision; None: look at all."""
    if not (isinstance(before, RevisionState) and isinstance(after, WorktreeState)):
        return None
    changed = changed_paths(repository_of_root(workspace), before.commit)
    return {each.location.name for each in reached_locations(workspace, changed)} if changed else set()
