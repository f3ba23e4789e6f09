"""What an installation from a lock needs, by `uv export`: dependency groups off, nothing resolved anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.tools import pylock
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.bundle import LockedDistribution

EXPORT = ("export", "--quiet", "--frozen", "--no-default-groups", "--no-header")


def locked_distributions(project: Path) -> tuple[LockedDistribution, ...]:
    """Every distribution that the lock of `project` installs for it, `project` itself among them.

    Raises:
        ToolError: uv cannot read the lock.

    """
    return pylock.parse(uv(project, *EXPORT, "--format", "pylock.toml").stdout)


def hashed_requirements(project: Path, *, without: Iterable[str]) -> str:
    """The same as a requirements.txt with hashes: no project on disk, and none of the distributions `without`.

    Raises:
        ToolError: uv cannot read the lock.

    """
    left_out = [word for name in sorted(without) for word in ("--no-emit-package", name)]
    return uv(project, *EXPORT, "--no-annotate", "--no-emit-local", *left_out).text
