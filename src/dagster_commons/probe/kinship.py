"""Which environments one probe server can serve: those that have the very same of everything that it has imported."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

OF_NO_PROCESS = frozenset({"prompt", "relocatable", "uv"})  # in `pyvenv.cfg`
SCRIPTS = frozenset({"console_scripts", "gui_scripts"})
OF_BUNDLES = "dagster_commons_bundle_versions.pth"  # ours: it tells Dagster versions, which no definition holds
OF_A_LOAD = "dagster"  # entry points of groups that begin so are read when a location is loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a server has imported: its environment, files relative to that, and names that were looked for in vain."""

    environment: Path
    files: frozenset[str]
    unfound: frozenset[str]

    @property
    def import_packages(self) -> frozenset[str]:
        """The names at the top of what is imported."""
        inside = (each.partition("site-packages/")[2] for each in self.files)
        return frozenset(each.partition("/")[0].removesuffix(".py") for each in inside if each)


def read_imported(file: Path, environment: Path) -> Imported:
    """What the server of `environment` has written about itself.

    Raises:
        ToolError: the file is damaged.

    """
    try:
        said = json.loads(file.read_bytes())
        return Imported(environment=environment, files=frozenset(said["files"]), unfound=frozenset(said["unfound"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolError(f"what the process that takes snapshots has imported cannot be read: {error}") from error


def is_kin(imported: Imported, environment: Path) -> bool:
    """Whether a process that started in `imported.environment` would have been the same, started in `environment`.

    That is so when both are of one Python, and `environment` has every imported file, of the same distribution with
    the same recorded hash; when it has no module that was looked for in vain; when what is done at start-up (`.pth`
    files) and the entry points that imported packages may have looked for are equal.
    """
    if imported.environment == environment:
        return True
    try:
        here, there = _site_packages(imported.environment), _site_packages(environment)
        return (
            _python(imported.environment) == _python(environment)
            and here.relative_to(imported.environment) == there.relative_to(environment)
            and _start_up(here) == _start_up(there)
            and _entry_points(here, imported.import_packages) == _entry_points(there, imported.import_packages)
            and not any(_has_module(there, name) for name in imported.unfound)
            and _has_same_files(imported, here, there)
        )
    except (OSError, StopIteration, UnicodeDecodeError):  # not one that we know: it gets a process of its own
        return False


def _site_packages(environment: Path) -> Path:
    return next((environment / "lib").glob("python3*/site-packages"))


def _python(environment: Path) -> tuple[str, ...]:
    lines = (environment / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    return tuple(sorted(each for each in lines if each.partition("=")[0].strip() not in OF_NO_PROCESS))


def _start_up(directory: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in directory.glob("*.pth") if each.name != OF_BUNDLES}


def _entry_points(directory: Path, packages: Collection[str]) -> frozenset[tuple[str, str]]:
    """The entry points of groups that are named after one of `packages`, which may have read them when imported."""
    found: set[tuple[str, str]] = set()
    for file in directory.glob("*.dist-info/entry_points.txt"):
        group = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                group = line.strip(" []")
            elif line.strip() and group.partition(".")[0] in packages and not _is_read_later(group):
                found.add((group, line.strip()))
    return frozenset(found)


def _is_read_later(group: str) -> bool:
    return group in SCRIPTS or group.startswith(OF_A_LOAD)


def _has_module(directory: Path, name: str) -> bool:
    *parents, last = name.split(".")
    place = directory.joinpath(*parents)
    return place.is_dir() and any(each.name.partition(".")[0] == last for each in place.iterdir())


def _has_same_files(imported: Imported, here: Path, there: Path) -> bool:
    inside = f"{here.relative_to(imported.environment).as_posix()}/"
    wanted = {each.removeprefix(inside) for each in imported.files if each.startswith(inside)}
    if len(wanted) != len(imported.files):  # something is loaded from elsewhere in the environment
        return False
    recorded = {name: owner for name, owner in _recorded(here) if name in wanted}
    others = {name: owner for name, owner in _recorded(there) if name in wanted}
    if recorded != others:
        return False
    return all((here / each).read_bytes() == (there / each).read_bytes() for each in wanted - recorded.keys())


def _recorded(directory: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each file with its distribution and hash, as the distributions' RECORDs say (PyPA: recording installed)."""
    for record in directory.glob("*.dist-info/RECORD"):
        for line in record.read_text(encoding="utf-8").splitlines():
            name, _, rest = line.rpartition(",")[0].rpartition(",")
            yield name, (record.parent.name, rest)
