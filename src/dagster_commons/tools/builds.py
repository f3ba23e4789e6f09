"""Wheels and sdists out of a project directory, by `uv build`: the same source gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from pathlib import Path

# 1980-01-01T00:00:00Z, the oldest time a zip archive can hold; a constant, so that a build does not depend on its day.
SOURCE_DATE_EPOCH = "315532800"


def build(
    project: Path, output: Path, *, constraints: Path | None = None, python: Path | None = None
) -> tuple[Path, ...]:
    """Build the sdist and from it the wheel into `output`, and return both, sorted.

    uv's own backend (`uv_build`) needs no package index where its version fits; others are fetched by uv, in the
    versions that the requirements file `constraints` says.  With `python`, the build runs there without isolation: what
    it requires must be installed.

    Raises:
        ToolError: the build failed, or `output` holds other distributions than one sdist and one wheel.

    """
    pins = () if constraints is None else ("--build-constraints", str(constraints))
    place = () if python is None else ("--no-build-isolation", "--python", str(python))
    call = ("build", "--quiet", *pins, *place, "--out-dir", str(output))
    uv(project, *call, environment={"SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH})
    sdists, wheels = sorted(output.glob("*.tar.gz")), sorted(output.glob("*.whl"))
    if len(sdists) != 1 or len(wheels) != 1:
        found = ", ".join(each.name for each in (*sdists, *wheels)) or "nothing"
        raise ToolError(f"one sdist and one wheel were expected from the build, but there is {found}", file=output)
    return (*sdists, *wheels)
