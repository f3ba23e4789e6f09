"""What the factories produce for those who rely on it: `commons release` compares it with the last release."""

from __future__ import annotations

import dagster as dg

from shared.components import AssetFamily
from shared.factory import asset_factory


def examples() -> list[dg.AssetsDefinition | dg.Component]:
    """Whatever the module makes: assets, checks, jobs, schedules, sensors, resources, components, Config classes."""
    return [
        asset_factory("orders"),
        asset_factory("orders", prefix="raw", io_manager_key="warehouse"),
        AssetFamily(prefix="sales", asset_names=["asset_1"]),
    ]
