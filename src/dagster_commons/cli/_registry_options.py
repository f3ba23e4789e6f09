"""One option per key of a registry's table in commons.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from dagster_commons.model.registry_kinds import REGISTRY_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., object]")


def settings_options(function: Function) -> Function:
    """The keys of every kind, spelled as in commons.toml; those not given are None."""
    names = dict.fromkeys(key.name for keys in REGISTRY_KEYS.values() for key in keys)
    for name in reversed(names):
        function = click.option(f"--{name}", help=_help(name))(function)
    return function


def given(settings: dict[str, str | None]) -> dict[str, str]:
    """The keys as commons.toml has them, of the options that were given."""
    return {name.replace("_", "-"): value for name, value in settings.items() if value is not None}


def _help(name: str) -> str:
    kinds: dict[str, list[str]] = {}
    for kind, keys in REGISTRY_KEYS.items():
        for key in keys:
            if key.name == name:
                kinds.setdefault(key.says, []).append(kind)
    return "; ".join(f"{', '.join(each)}: {says}" for says, each in kinds.items()) + "."
