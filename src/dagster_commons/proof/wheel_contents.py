"""What wheels install, beside what their sources hold and what other wheels install."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError
from dagster_commons.tools.git import git, top_level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SHOWN = 5
# Nobody installs these; whether a wheel has them says nothing.
NOT_INSTALLED_DIRECTORIES = frozenset({"tests", "test", "__pycache__"})
NOT_INSTALLED_SUFFIXES = (".pyc", ".c", ".h", ".pyx", ".rs")
_DATA = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/")
_OTHER_DATA = re.compile(r"^[^/]+\.data/")  # goes elsewhere, scripts with another first line


def installed_files(wheel: Path) -> frozenset[str]:
    """The files that the wheel puts into site-packages (posix), its own metadata included."""
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(_DATA.sub("", name) for name in archive.namelist() if not name.endswith("/"))


def installed_digests(wheel: Path) -> dict[str, str]:
    """The sha256 of each of its `installed_files` that an installer copies just as it is."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            _DATA.sub("", name): hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if not name.endswith(("/", ".dist-info/RECORD")) and (_DATA.match(name) or not _OTHER_DATA.match(name))
        }


def source_files(directory: Path) -> frozenset[str]:
    """The files of the import packages in a project's directory, as a wheel of it would install them (posix)."""
    places = [each for each in (directory / "src", directory) if each.is_dir()]
    packages = ((place, each.name) for place in places for each in place.iterdir() if (each / "__init__.py").is_file())
    return frozenset(file for place, package in packages for file in _tracked_files(place, package))


def require_whole(name: str, directory: Path, wheel: Path) -> None:
    """See that `wheel` has every file of the import packages that it was built from in `directory`.

    Raises:
        RefusedError: it lacks some.

    """
    installed = installed_files(wheel)
    packages = {each.partition("/")[0] for each in installed if "/" in each}
    missing = sorted(
        each
        for package in packages
        for place in (directory / "src", directory)
        if (place / package).is_dir()
        for each in _tracked_files(place, package)
        if each not in installed and _is_installed(PurePosixPath(each))
    )
    if missing:
        raise RefusedError(
            f"the wheel of {name} lacks files of its import package: {_listed(missing)}",
            hint="have the build backend include them (an ignore file above may drop them),"
            " or move them out of the import package",
            file=directory / "pyproject.toml",
        )


def require_no_collision(wheels: Mapping[str, Path]) -> None:
    """See that no two of `wheels` (by distribution package) install the same file.

    Raises:
        RefusedError: two do, so that the one that is installed last would win.

    """
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for name, wheel in sorted(wheels.items()):
        for file in installed_files(wheel):
            owners[file].append(name)
    colliding = sorted(file for file, names in owners.items() if len(names) > 1)
    if colliding:
        first = colliding[0]
        raise RefusedError(
            f"{' and '.join(owners[first])} both install {_listed(colliding)}",
            hint="one of them must not: for hatchling see `force-include` in [tool.hatch.build.targets.wheel]",
        )


def _tracked_files(place: Path, package: str) -> Iterator[str]:
    """Relative to `place`, posix; every file outside git."""
    if top_level(place) is None:
        yield from (each.relative_to(place).as_posix() for each in (place / package).rglob("*") if each.is_file())
        return
    for each in git(place, "ls-files", "-z", "--cached", "--", package).text.split("\0"):
        if each and (place / each).is_file():
            yield each


def _is_installed(path: PurePosixPath) -> bool:
    if path.name.startswith(".") or path.name.endswith(NOT_INSTALLED_SUFFIXES):
        return False
    return NOT_INSTALLED_DIRECTORIES.isdisjoint(path.parts[:-1])


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more
