"""What the factories produce for those who rely on it: `commons release` compares it with the last release."""

from __future__ import annotations

import dagster as dg

from shared.factory import asset_factory


def examples() -> list[dg.AssetsDefinition]:
    """Assets, checks, jobs, schedules, sensors, resources by key, or Config classes."""
    return [asset_factory("orders"), asset_factory("orders", prefix="raw", io_manager_key="warehouse")]
