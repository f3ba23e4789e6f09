"""What `commons upgrade` was asked for and what there is to upgrade to: the words of the command line to plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.cli._module import module_and_version
from dagster_commons.discovery.project_files import read_project_files
from dagster_commons.discovery.provenances import read_provenances
from dagster_commons.discovery.upstreams import read_upstreams
from dagster_commons.errors import UsageError
from dagster_commons.model.upgrades import UpgradeRequest
from dagster_commons.plans.offers import Offer
from dagster_commons.plans.tags import tag_for
from dagster_commons.plans.upgrade import upgrade_plans
from dagster_commons.plans.users import require_each_uses

if TYPE_CHECKING:
    from dagster_commons.model.provenance import Tag
    from dagster_commons.model.upgrades import LocationUpgrade
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace

NAMED_IN_BRANCH = 3


def upgrade_request(module: str | None, tag: str | None) -> UpgradeRequest:
    """The request that the argument and --tag make.

    Raises:
        UsageError: the version is none, or a tag is given without a module.

    """
    if module is None:
        if tag is not None:
            raise UsageError("--tag needs the module that it is a tag of", hint=f"commons upgrade MODULE --tag {tag}")
        return UpgradeRequest(modules=())
    name, version = module_and_version(module)
    return UpgradeRequest(modules=(name,), version=version, tag=tag)


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
    provenances = read_provenances(workspace)
    uses = tuple(
        use
        for use in workspace.uses
        if use.location in names and (not request.modules or use.module in request.modules)
    )

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


def title_of(upgrades: tuple[LocationUpgrade, ...], request: UpgradeRequest) -> str:
    """`upgrade shared to 0.2.0`; without anything that moves, what was asked for."""
    moving = sorted({f"{each.module} to {each.target}" for each in upgrades if each.plan is not None})
    asked = ", ".join(request.modules) or "shared modules"
    return f"upgrade {', '.join(moving) if moving else asked}"


def branch_name(upgrades: tuple[LocationUpgrade, ...]) -> str:
    """`commons/upgrade-shared-0.2.0`; many at once are only counted."""
    moving = sorted({f"{each.module}-{each.target}" for each in upgrades if each.plan is not None})
    what = "-".join(moving) if len(moving) <= NAMED_IN_BRANCH else f"{len(moving)}-modules"
    return f"commons/upgrade-{what}"
