"""What `commons status --deployed` says of the deployment as a whole, below the matrix and in JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.analysis.running import undeclared, undeployed
from dagster_commons.report.changes import redacted
from dagster_commons.report.lines import ELLIPSIS, Line, Span, Tone, counted, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.deployment import DeployedLocation, Deployment
    from dagster_commons.model.workspace import Workspace

NOT_LOADED_SHOWN = 5


def lines(deployment: Deployment, workspace: Workspace, width: int) -> Iterator[Line]:
    """How many code locations are deployed, and those that no row of the matrix tells of."""
    for text, tone in _remarks(deployment, workspace, most=NOT_LOADED_SHOWN):
        yield (Span(cut(text, width), tone),)


def markdown(deployment: Deployment, workspace: Workspace) -> Iterator[str]:
    """The same remarks, whole."""
    return (text for text, _ in _remarks(deployment, workspace, most=None))


def document(deployment: Deployment, workspace: Workspace) -> dict[str, object]:
    """What the server said, and which of its code locations the workspace declares."""
    strangers = undeclared(workspace, deployment)
    return {
        "url": deployment.url,
        "locations": [_location_document(each, is_declared=each not in strangers) for each in deployment.locations],
        "not_deployed": list(undeployed(workspace, deployment)),
    }


def _location_document(location: DeployedLocation, *, is_declared: bool) -> dict[str, object]:
    return {
        "name": location.name,
        "declared": is_declared,
        "state": _state(location),
        "error": None if location.error is None else redacted(location.error),
        "libraries": [{"name": each.name, "version": each.version} for each in location.libraries],
    }


def _state(location: DeployedLocation) -> str:
    if location.error is not None:
        return "not-loaded"
    return "loading" if location.is_loading else "running"


def _remarks(deployment: Deployment, workspace: Workspace, *, most: int | None) -> Iterator[tuple[str, Tone]]:
    """The remarks with their tones, `most` of them about locations that are not loaded."""
    failed = [each for each in deployment.locations if each.error is not None]
    yield f"{deployment.url}: {counted(len(deployment.locations), 'code location')}", "plain"
    for each in failed[:most]:
        yield f"not loaded: {each.name}: {_summary(each.error or '')}", "error"
    if most is not None and len(failed) > most:
        yield f"{ELLIPSIS}{len(failed) - most} more not loaded", "error"
    if strangers := [_with_versions(each, workspace) for each in undeclared(workspace, deployment)]:
        yield f"not declared here: {', '.join(strangers)}", "plain"
    if absent := undeployed(workspace, deployment):
        yield f"not deployed: {', '.join(absent)}", "plain"


def _with_versions(location: DeployedLocation, workspace: Workspace) -> str:
    modules = ((each.name, location.version_of(each.name)) for each in workspace.modules)
    told = ", ".join(f"{name} {version}" for name, version in modules if version is not None)
    return f"{location.name} ({told})" if told else location.name


def _summary(error: str) -> str:
    """The first line, the error's class without the modules that it is in."""
    return redacted(re.sub(r"^(?:\w+\.)+(?=\w+: )", "", next(iter(error.splitlines()), "")))
