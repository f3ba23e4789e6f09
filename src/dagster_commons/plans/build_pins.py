"""Build backends in one version each, so that a wheel's bytes do not depend on the day it is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.model.names import normalise_name, requirement_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Older than the newest on purpose where projects exclude that: most say `setuptools<81`, `poetry-core<3`.
VERSIONS: Mapping[str, str] = {
    "flit-core": "3.12.0",
    "hatch-fancy-pypi-readme": "25.1.0",
    "hatch-vcs": "0.5.0",
    "hatchling": "1.33.0",
    "pdm-backend": "2.4.5",
    "poetry-core": "2.2.1",
    "setuptools": "80.9.0",
    "setuptools-scm": "9.2.2",
    "wheel": "0.45.1",
}
UV_BUILD = "uv-build"
READ_HISTORY = frozenset(
    {
        "dunamai",
        "hatch-vcs",
        "poetry-dynamic-versioning",
        "setuptools-git-versioning",
        "setuptools-scm",
        "uv-dynamic-versioning",
        "versioningit",
    }
)
LEGACY = ("setuptools>=40.8.0",)  # what stands for a missing [build-system] (PEP 517)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPins:
    """`pins` are the build requirements in the versions they are built with; `floating` those without one."""

    requires: tuple[str, ...]  # as `[build-system]` says
    pins: tuple[str, ...]
    floating: tuple[str, ...]
    reads_history: bool = False  # whether one of them may take the version from git


def build_pins(requires: Iterable[str], own: Iterable[str], *, uv_version: str) -> BuildPins:
    """The version of every build requirement: the project's own exact pin or constraint, else ours if it is admitted.

    `requires` are those of `[build-system]`, `own` the project's build constraints.  uv builds with its own backend.
    """
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - start-up stays fast

    ours = {**VERSIONS, UV_BUILD: uv_version}
    asked = tuple(requires)
    pins = set(own)
    floating: set[str] = set()
    reads_history = False
    constrained = {requirement_name(each) for each in own}
    for text in asked:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # the backend's own error says it better
        name = normalise_name(requirement.name)
        reads_history |= name in READ_HISTORY
        exact = [each.version for each in requirement.specifier if each.operator in ("==", "===")]
        if exact and not exact[0].endswith("*"):
            pins.add(f"{name}=={exact[0]}")
        elif name in ours and name not in constrained and requirement.specifier.contains(ours[name]):
            pins.add(f"{name}=={ours[name]}")
        elif name not in constrained and requirement.url is None:
            floating.add(name)
    return BuildPins(
        requires=asked, pins=tuple(sorted(pins)), floating=tuple(sorted(floating)), reads_history=reads_history
    )
