"""What a release would do to the definitions of every known consumer, before it is one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.parallel import in_threads
from dagster_commons.discovery.project_files import read_project_files
from dagster_commons.errors import CommonsError, ToolError
from dagster_commons.model.plan import Plan
from dagster_commons.model.verdicts import LocationVerdict, Unverifiable
from dagster_commons.plans.wiring import relative_path
from dagster_commons.plans.with_wheel import moving_locations, wheel_plans
from dagster_commons.proof.materialising import whole_twin
from dagster_commons.proof.planned_verdicts import planned_verdicts
from dagster_commons.proof.staging import carry_out
from dagster_commons.proof.uv_words import in_one_line
from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.model.release import Release
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.planned_verdicts import Judging
    from dagster_commons.proof.twin import Twin


def consumer_verdicts(
    workspace: Workspace, release: Release, wheel: Path, judging: Judging
) -> tuple[LocationVerdict, ...]:
    """The verdict of each location that would get `wheel` by an upgrade: as it is now, and with the wheel; sorted.

    Raises:
        ToolError: the working tree could not be copied.

    """
    module = release.project.name
    locations = moving_locations(workspace, module)
    if not locations:
        return ()
    files = read_project_files(workspace, locations)
    with scratch_directory() as at:
        twin = whole_twin(workspace, at / "twin")
        copy = Path(shutil.copy2(wheel, at))
        plans = wheel_plans(
            workspace,
            module,
            release.version,
            wheel_from=lambda directory: relative_path(copy.resolve(), twin.inside(directory)),
            files=files,
        )
        failures = _carried_out(workspace, twin, plans)
        made = Plan(
            title="", steps=tuple(step for root, plan in plans.items() if root not in failures for step in plan.steps)
        )
        verdicts = planned_verdicts(workspace, made, twin, judging)
    told = {each.location for each in verdicts}
    untold = tuple(
        LocationVerdict(location=each.name, verdict=Unverifiable(reason=_reason(workspace, each.path, failures)))
        for each in locations
        if each.name not in told
    )
    return tuple(sorted((*verdicts, *untold), key=lambda each: each.location))


def _carried_out(workspace: Workspace, twin: Twin, plans: Mapping[Path, Plan]) -> dict[Path, str]:
    """Why a lock could not be made with the wheel, by its directory."""

    def failure(plan: Plan) -> str | None:
        try:
            carry_out(workspace, plan, twin)
        except CommonsError as error:
            return in_one_line(error, workspace, twin) if isinstance(error, ToolError) else error.message
        return None

    said = zip(plans, in_threads(failure, tuple(plans.values())), strict=True)
    return {root: reason for root, reason in said if reason is not None}


def _reason(workspace: Workspace, path: Path, failures: Mapping[Path, str]) -> str:
    project = workspace.project_at(path)
    root = (project.uv_root or project.directory) if project is not None else path
    return failures.get(root, "it is no uv project that could be locked with the new version")
