"""What a change does to the definitions of the code locations it concerns: the working tree against its twin."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.analysis.judging import accept
from dagster_commons.model.plan import LockProject
from dagster_commons.model.states import WorktreeState
from dagster_commons.model.verdicts import LocationVerdict, Unverifiable
from dagster_commons.proof.comparison import compare_trees
from dagster_commons.proof.materialising import materialised, materialised_link, tree_of
from dagster_commons.proof.probing import probing
from dagster_commons.proof.twin import Twin, build_twin
from dagster_commons.tools import lockfile
from dagster_commons.tools.scratch import scratch_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from dagster_commons.model.plan import Plan
    from dagster_commons.model.workspace import CodeLocation, Workspace
    from dagster_commons.proof.loading import LoadOptions


NO_DAGSTER = "dagster is not in its lock, so nothing can load its definitions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """How the definitions are to be judged: how to load them, and the day that ends acceptances.

    `with_tests`: the locations' own tests have a say too.
    """

    options: LoadOptions
    today: datetime.date
    with_tests: bool = False


def planned_verdicts(workspace: Workspace, plan: Plan, after: Twin, judging: Judging) -> tuple[LocationVerdict, ...]:
    """The verdict of each code location whose lock or environment `plan` changes, accepted changes marked.

    `after` is the twin in which the plan was carried out.  Where the plan makes or mends a lock, the state before is
    what uv would lock without the plan: a missing or stale lock says nothing that could be compared.

    Raises:
        ToolError: the working tree could not be copied.

    """
    concerned = [location for location in workspace.locations if _is_concerned(workspace, location, plan)]
    untold = _untold(workspace, concerned, after.inside)
    names = {each.name for each in concerned} - {each.location for each in untold}
    if not names:
        return untold
    with scratch_directory() as at, probing(most=os.cpu_count() or 1) as probes:
        repositories = tuple(each.root for each in workspace.repositories if each.superproject is None)
        copied = set(after.repositories)
        before = build_twin(
            workspace.root, [each for each in repositories if each in copied], after.directories, at / "before"
        )
        _mend_locks(workspace, plan, before)
        verdicts = compare_trees(tree_of(workspace, before), tree_of(workspace, after), names, judging.options, probes)
    return accept((*verdicts, *untold), workspace.configuration.acceptances, today=judging.today).verdicts


def linked_verdicts(
    workspace: Workspace, path: Path, locations: Iterable[CodeLocation], judging: Judging
) -> tuple[LocationVerdict, ...]:
    """The verdict of each of `locations` on the project at `path` instead of the module of its name in their locks.

    Raises:
        ToolError: the working tree or the project could not be copied.

    """
    concerned = tuple(locations)
    untold = _untold(workspace, concerned, lambda lock: lock)
    names = frozenset(each.name for each in concerned) - {each.location for each in untold}
    if not names:
        return untold
    with (
        materialised(workspace, WorktreeState()) as before,
        materialised_link(workspace, path, names) as after,
        probing(most=os.cpu_count() or 1) as probes,
    ):
        verdicts = compare_trees(before, after, names, judging.options, probes)
    return accept((*verdicts, *untold), workspace.configuration.acceptances, today=judging.today).verdicts


def _is_concerned(workspace: Workspace, location: CodeLocation, plan: Plan) -> bool:
    project = workspace.project_at(location.path)
    if project is None:
        return False
    locked = {step.directory for step in plan.steps if isinstance(step, LockProject)}
    expected = {expectation.project for expectation in plan.expectations}
    return project.directory in expected or (project.uv_root or project.directory) in locked


def _mend_locks(workspace: Workspace, plan: Plan, before: Twin) -> None:
    """Lock, in the twin alone, what the plan locks; where uv cannot, the missing or stale lock is told later."""
    for directory in {step.directory for step in plan.steps if isinstance(step, LockProject)}:
        project = workspace.project_at(directory)
        if project is not None:
            uv(before.inside(directory), "lock", check=False)


def _untold(
    workspace: Workspace, locations: Iterable[CodeLocation], lock_of: Callable[[Path], Path]
) -> tuple[LocationVerdict, ...]:
    """Those whose lock has no Dagster, so that nothing could load the definitions; `lock_of` says which file counts."""
    return tuple(
        LocationVerdict(location=each.name, verdict=Unverifiable(reason=NO_DAGSTER))
        for each in locations
        if _is_without_dagster(workspace, each, lock_of)
    )


def _is_without_dagster(workspace: Workspace, location: CodeLocation, lock_of: Callable[[Path], Path]) -> bool:
    project = workspace.project_at(location.path)
    if project is None:
        return False
    file = lock_of((project.uv_root or project.directory) / "uv.lock")
    return file.is_file() and not lockfile.read(file).versions("dagster")
