"""An embedded registry with drawn wheels in it, much quicker than `commons release`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.tools.indexes import embedded
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = '[registries.local]\nkind = "embedded"\npath = "registry"\n'


def release(root: Path, name: str, version: str, *requires: str, requires_python: str = ">=3.9") -> None:
    """Put `name` `version` into the registry `local` of the workspace at `root`, which is made where it is missing."""
    registry = root / "registry"
    if not registry.exists():
        embedded.initialise(registry, names=())
        configuration = root / "commons.toml"
        written = configuration.read_text() if configuration.exists() else ""
        configuration.write_text(written + CONFIGURATION)
    wheels = root.parent / f"{root.name}-wheels"
    embedded.publish(
        registry, (write_wheel(wheels, name, version, requires=requires, requires_python=requires_python),)
    )
