"""What a deployment runs of a shared module, beside what the workspace would deploy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from dagster_commons.model.versions import is_older_version, is_same_version

if TYPE_CHECKING:
    from dagster_commons.model.deployment import DeployedLocation, Deployment
    from dagster_commons.model.workspace import Workspace

RunningState: TypeAlias = Literal[
    "not-loaded",  # the deployment has the location, but could not load it
    "behind",  # an older version than the lock's
    "ahead",
    "not-deployed",  # the deployment has no such location
    "loading",
    "not-told",  # it runs and does not say which version: an image that registers no module
    "not-compared",  # it says a version, but there is none here to compare it with
    "same-version",  # says nothing about code that changed without a new version
]
RUNNING_STATES: tuple[RunningState, ...] = get_args(RunningState)  # worst first


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What runs of one use: the version that the location tells, and the one that it is measured by."""

    state: RunningState
    version: str | None = None
    expected: str | None = None


def running(deployment: Deployment, *, location: str, module: str, expected: str | None) -> Running:
    """What `deployment` runs of `module` in `location`; `expected` is what deploying the workspace would run."""
    deployed = deployment.location(location)
    if deployed is None:
        return Running(state="not-deployed", expected=expected)
    if deployed.error is not None:
        return Running(state="not-loaded", expected=expected)
    version = deployed.version_of(module)
    if version is None:
        return Running(state="loading" if deployed.is_loading else "not-told", expected=expected)
    return Running(state=_compared(version, expected), version=version, expected=expected)


def undeclared(workspace: Workspace, deployment: Deployment) -> tuple[DeployedLocation, ...]:
    """The locations that run, but that `workspace` does not declare."""
    declared = {each.name for each in workspace.locations}
    return tuple(each for each in deployment.locations if each.name not in declared)


def undeployed(workspace: Workspace, deployment: Deployment) -> tuple[str, ...]:
    """The names of locations that `workspace` declares, but that `deployment` does not have, sorted."""
    deployed = {each.name for each in deployment.locations}
    return tuple(sorted(each.name for each in workspace.locations if each.name not in deployed))


def _compared(version: str, expected: str | None) -> RunningState:
    if expected is None:
        return "not-compared"
    if is_same_version(version, expected):
        return "same-version"
    match is_older_version(version, expected):
        case None:
            return "not-compared"
        case True:
            return "behind"
        case False:
            return "ahead"
