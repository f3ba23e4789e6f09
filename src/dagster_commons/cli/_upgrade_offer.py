"""What `commons upgrade` was asked for, and what its plans are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.model.names import module_and_version
from dagster_commons.model.upgrades import UpgradeRequest

if TYPE_CHECKING:
    from dagster_commons.model.upgrades import LocationUpgrade

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
