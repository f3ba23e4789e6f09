"""Factories: plain functions that return Dagster definitions."""

from __future__ import annotations

import dagster as dg

from shared import __version__


def asset_factory(
    asset_name: str, *, prefix: str | None = None, io_manager_key: str | None = None
) -> dg.AssetsDefinition:
    """One asset with the key `prefix/asset_name`.

    The IO manager is taken by key: the code location provides it, so this function can be called any number of times.
    """

    @dg.asset(
        name=asset_name,
        key_prefix=prefix,
        io_manager_key=io_manager_key,
        description=f"{asset_name}, built by the factory that all code locations use.",
    )
    def build() -> dg.MaterializeResult[str]:
        return dg.MaterializeResult(value=asset_name, metadata={"shared": __version__})

    return build
