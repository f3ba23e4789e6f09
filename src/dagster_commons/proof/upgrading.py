"""Where every use of a module could go, looked up and planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.remote_reach import remote_registries_of
from dagster_commons.discovery.project_files import read_project_files
from dagster_commons.discovery.provenances import read_provenances
from dagster_commons.discovery.upstreams import read_upstreams
from dagster_commons.model.provenance import RemoteQuestion
from dagster_commons.plans.offers import Offer
from dagster_commons.plans.tags import tag_for
from dagster_commons.plans.upgrade import upgrade_plans
from dagster_commons.plans.users import require_each_uses

if TYPE_CHECKING:
    from dagster_commons.model.provenance import Tag
    from dagster_commons.model.upgrades import LocationUpgrade, UpgradeRequest
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace


def read_upgrades(
    workspace: Workspace,
    locations: tuple[CodeLocation, ...],
    request: UpgradeRequest,
    *,
    are_named: bool,
    offline: bool,
) -> tuple[LocationUpgrade, ...]:
    """Look up where every use could go, and plan it.

    Raises:
        UsageError: no location uses the module, or one that was named (`are_named`) does not.
        ToolError: a repository or a registry cannot be read.

    """
    if are_named:
        for module in request.modules:
            require_each_uses(workspace, locations, module)
    names = {each.name for each in locations}
    uses = tuple(
        use
        for use in workspace.uses
        if use.location in names and (not request.modules or use.module in request.modules)
    )
    by_index = {use: remote_registries_of(workspace, use) for use in uses if use.through is None}
    question = RemoteQuestion(
        registries=tuple(dict.fromkeys(each for registries in by_index.values() for each in registries)),
        modules=tuple(sorted({use.module for use, registries in by_index.items() if registries})),
        version=request.version,
        offline=offline,
    )
    provenances = read_provenances(workspace, question)

    def is_enough(use: Use, tags: tuple[Tag, ...]) -> bool:
        if request.tag is not None:
            return any(each.name == request.tag for each in tags)
        return request.version is not None and tag_for(tags, use.module, request.version) is not None

    offer = Offer(
        workspace=workspace,
        provenances=provenances,
        upstreams=read_upstreams(workspace, uses, provenances, offline=offline, is_enough=is_enough),
    )
    return upgrade_plans(offer, locations, request, read_project_files(workspace, locations))
