"""`commons diff` from two states to a report."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.judging import accept
from dagster_commons.analysis.reach import files_of_nobody, reached_locations
from dagster_commons.model.paths import relative
from dagster_commons.model.states import RevisionState, State, VersionState, WorktreeState, state_title
from dagster_commons.model.verdicts import DiffReport, Unchanged, Unverifiable
from dagster_commons.proof.comparison import compare_sides
from dagster_commons.proof.materialising import repository_of_root
from dagster_commons.proof.probing import probing
from dagster_commons.proof.sides import compared_name, side_of
from dagster_commons.tools.git import changed_paths, git

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection
    from pathlib import Path

    from dagster_commons.model.verdicts import LocationVerdict
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.comparison import Side
    from dagster_commons.proof.loading import LoadOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """The locations that changed files reach, and those that might read the changed `strays`, which nobody owns."""

    reached: frozenset[str]
    perhaps: frozenset[str] = frozenset()
    strays: tuple[str, ...] = ()


def diff_states(
    workspace: Workspace,
    before: State,
    after: State,
    *,
    names: Collection[str],
    options: LoadOptions,
    today: datetime.date,
    offline: bool,
) -> DiffReport:
    """What the way from `before` to `after` does to the definitions of every location of `names` that it reaches.

    With `offline` no remote is asked for the version that a state names.

    Raises:
        ToolError: a state cannot be made, e.g. because a submodule's commit is nowhere.
        UsageError: a state does not exist.

    """
    changed = _changed(workspace, before, after)
    if changed is not None and not changed and not _users(workspace, before, after):
        return DiffReport(before=state_title(before), after=state_title(after))
    with contextlib.ExitStack() as stack:
        old = stack.enter_context(side_of(workspace, before, names, offline=offline))
        new = stack.enter_context(side_of(workspace, after, names, offline=offline))
        probes = stack.enter_context(probing(most=os.cpu_count() or 1))
        scope = _scope(workspace, (before, old), (after, new), names, changed or ())
        found = compare_sides(old, new, scope.reached | scope.perhaps, options, probes)
    told = [_told(each, scope) for each in found if each.location in scope.reached or not _is_same(each)]
    accepted = accept(told, workspace.configuration.acceptances, today=today)
    return DiffReport(
        before=state_title(before),
        after=state_title(after),
        verdicts=accepted.verdicts,
        unused=accepted.unused,
        expired=accepted.expired,
    )


def _users(workspace: Workspace, *states: State) -> set[str]:
    """The locations that use a module that one of `states` moves, directly or through other modules."""
    moved = {each.module for each in states if isinstance(each, VersionState)}
    return {use.location for use in workspace.uses if use.module in moved}


def _changed(workspace: Workspace, before: State, after: State) -> tuple[Path, ...] | None:
    """The files that differ between two whole states, moved uses aside; None where one of them is one location."""
    match before, after:
        case (WorktreeState() | VersionState(), WorktreeState() | VersionState()):
            return ()
        case (RevisionState() as revision, WorktreeState() | VersionState()) | (
            WorktreeState() | VersionState(),
            RevisionState() as revision,
        ):
            return changed_paths(repository_of_root(workspace), revision.commit)
        case (RevisionState(), RevisionState()):
            repository = repository_of_root(workspace)
            listed = git(repository, "diff", "--name-only", "-z", "--no-renames", before.commit, after.commit).text
            return tuple(repository / name for name in listed.split("\0") if name)
        case _:
            return None


def _scope(
    workspace: Workspace,
    before: tuple[State, Side],
    after: tuple[State, Side],
    names: Collection[str],
    changed: Collection[Path],
) -> _Scope:
    """What to look at.  Without a choice by the user, `names` being all there are, locations of one side count, too."""
    (old_state, old), (new_state, new) = before, after
    trees = [side.tree for side in (old, new) if side.tree is not None and side.only is None]
    if len(trees) != len((old, new)):
        return _Scope(reached=frozenset({compared_name(old_state, new_state, names)}))
    is_all = {each.name for each in workspace.locations} <= set(names)
    reached = _users(workspace, old_state, new_state)
    known: set[str] = set()
    strays = set(changed)
    for tree in trees:
        inside = {tree.twin.inside(each): each for each in changed}
        reached |= {each.location.name for each in reached_locations(tree.workspace, inside)}
        strays &= {inside[each] for each in files_of_nobody(tree.workspace, inside)}
        known |= {each.name for each in tree.workspace.locations}
    wanted = known if is_all else set(names)
    perhaps = frozenset(wanted - reached) if strays else frozenset()
    shown = tuple(sorted(relative(each, workspace.root) for each in strays))
    return _Scope(reached=frozenset(reached & wanted), perhaps=perhaps, strays=shown)


def _is_same(each: LocationVerdict) -> bool:
    return isinstance(each.verdict, Unchanged)


def _told(each: LocationVerdict, scope: _Scope) -> LocationVerdict:
    """A location that cannot be loaded and that only files of nobody might reach: the reason says that."""
    verdict = each.verdict
    if each.location in scope.reached or not isinstance(verdict, Unverifiable):
        return each
    reason = f"whether it reads {', '.join(scope.strays)} is not known: {verdict.reason}"
    return replace(each, verdict=replace(verdict, reason=reason))
