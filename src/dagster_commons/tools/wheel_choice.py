"""Which wheel a target installs, and which requirements count there: by tags (PEP 425) and markers (PEP 508)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.tags import Tag

    from dagster_commons.model.bundle import BundleTarget, LockedFile, Platform

MACHINES: Mapping[Platform, str] = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
NEWEST_GLIBC = 36  # 2.36, of Debian 12: older images than that are rare
OLDEST_GLIBC = 5
LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
ANY_PATCH = 99  # images carry the last patch releases


def best_wheel(wheels: tuple[LockedFile, ...], target: BundleTarget) -> LockedFile | None:
    """The wheel that pip would install on `target`, or None where none fits."""
    ranks = _ranks(target.python_version, MACHINES[target.platform])
    rated = [(rank, each) for each in wheels if (rank := _rank(each.name, ranks)) is not None]
    return min(rated, key=lambda each: (each[0], each[1].name))[1] if rated else None


def fits(wheel: str, target: BundleTarget) -> bool:
    """Whether the wheel of that file name can be installed on `target`."""
    return _rank(wheel, _ranks(target.python_version, MACHINES[target.platform])) is not None


def applies(marker: str | None, target: BundleTarget) -> bool:
    """Whether a requirement with `marker` counts on `target`."""
    if marker is None:
        return True
    from packaging.markers import Marker  # noqa: PLC0415 - lazy: packaging is slow to import

    return Marker(marker).evaluate(dict(_environment(target)))


def _rank(wheel: str, ranks: Mapping[Tag, int]) -> int | None:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - lazy, too

    try:
        tags = parse_wheel_filename(wheel)[3]
    except InvalidWheelFilename:
        return None
    return min((ranks[tag] for tag in tags if tag in ranks), default=None)


@lru_cache(maxsize=8)
def _ranks(python_version: str, machine: str) -> Mapping[Tag, int]:
    """Every tag that the target accepts, the most specific first."""
    from packaging import tags  # noqa: PLC0415 - lazy, too

    version = [int(part) for part in python_version.split(".")]
    interpreter = "cp" + "".join(map(str, version))
    platforms = list(_platforms(machine))
    accepted = [
        *tags.cpython_tags(version, abis=[interpreter], platforms=platforms),
        *tags.compatible_tags(version, interpreter=interpreter, platforms=platforms),
    ]
    return {tag: rank for rank, tag in reversed(list(enumerate(accepted)))}


def _platforms(machine: str) -> tuple[str, ...]:
    found = []
    for minor in range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1):
        found.append(f"manylinux_2_{minor}_{machine}")
        if minor in LEGACY_MANYLINUX:
            found.append(f"{LEGACY_MANYLINUX[minor]}_{machine}")
    return (*found, f"linux_{machine}")


def _environment(target: BundleTarget) -> Mapping[str, str]:
    full = f"{target.python_version}.{ANY_PATCH}"
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": MACHINES[target.platform],
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": target.python_version,
        "sys_platform": "linux",
        "extra": "",
    }
