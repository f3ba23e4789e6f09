"""Copying working trees as they are now, quickly: modes, times and symbolic links kept, nothing of git's own."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

NEVER_COPIED = frozenset({".git", ".venv", "node_modules", "__pycache__"})
NEEDED_THOUGH_IGNORED = ("uv.lock", ".python-version")
READ_FROM_ABOVE = ("pyproject.toml", "uv.toml", ".python-version")  # uv looks for them in every parent directory
WHOLE_FILE_BYTES = 1 << 20  # up to this size one read and one write beat any cleverer copy


def copy_listed_files(source: Path, destination: Path, names: Iterable[str], redirected: Callable[[str], str]) -> None:
    """Copy the files `names` (relative to `source`) as far as they are there, and lock files that git ignores.

    `redirected` says where a symbolic link shall point in the copy.

    Raises:
        ToolError: a file cannot be read, or the copy not be written.

    """
    copy = _Copy(source=str(source), destination=str(destination), redirected=redirected, directories={"": True})
    os.makedirs(copy.destination, exist_ok=True)  # noqa: PTH103 - strings throughout: thousands of files
    for name in names:
        if copy.has_directory(os.path.dirname(name)):  # noqa: PTH120
            copy.file(name)
    for directory, is_there in tuple(copy.directories.items()):
        for name in NEEDED_THOUGH_IGNORED if is_there else ():
            relative = os.path.join(directory, name)  # noqa: PTH118
            if not os.path.lexists(os.path.join(copy.destination, relative)):  # noqa: PTH118
                copy.file(relative)


def copy_directory(source: Path, destination: Path, redirected: Callable[[str], str]) -> None:
    """Copy a directory outside git, without environments, caches and repositories in it.

    Raises:
        ToolError: a file cannot be read, or the copy not be written.

    """
    copy_listed_files(source, destination, _files_below(source), redirected)


def copy_direct_files(source: Path, destination: Path, names: Iterable[str], redirected: Callable[[str], str]) -> None:
    """Copy those of the files `names` right in `source` that the copy does not have yet."""
    missing = [name for name in names if not os.path.lexists(destination / name) and (source / name).is_file()]
    if missing:
        copy_listed_files(source, destination, missing, redirected)


def _files_below(source: Path) -> Iterator[str]:
    for directory, subdirectories, files in os.walk(source):
        below = os.path.relpath(directory, source)
        prefix = "" if below == "." else f"{below}/"
        links = [each for each in subdirectories if os.path.islink(os.path.join(directory, each))]  # noqa: PTH114, PTH118
        subdirectories[:] = [each for each in subdirectories if each not in NEVER_COPIED and each not in links]
        yield from (f"{prefix}{each}" for each in (*files, *links))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    source: str
    destination: str
    redirected: Callable[[str], str]
    directories: dict[str, bool]  # relative directory: whether it is a real directory in the source, and made

    def has_directory(self, directory: str) -> bool:
        known = self.directories.get(directory)
        if known is None:
            known = self.directories[directory] = self._makes_directory(directory)
        return known

    def file(self, name: str) -> None:
        source, destination = f"{self.source}/{name}", f"{self.destination}/{name}"
        try:
            status = os.lstat(source)
            if stat.S_ISLNK(status.st_mode):
                os.symlink(self.redirected(os.readlink(source)), destination)  # noqa: PTH115, PTH211
            elif stat.S_ISREG(status.st_mode):
                _copy_regular(source, destination, status)
            else:
                return
            os.utime(destination, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return  # tracked, but deleted
        except FileExistsError:
            return  # copied already, as part of something else
        except OSError as error:
            raise ToolError(f"cannot copy {source}: {error.strerror}", file=Path(source)) from error

    def _makes_directory(self, directory: str) -> bool:
        if not self.has_directory(os.path.dirname(directory)):  # noqa: PTH120
            return False
        try:
            is_real = stat.S_ISDIR(os.lstat(f"{self.source}/{directory}").st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False
        if is_real:
            os.makedirs(f"{self.destination}/{directory}", exist_ok=True)  # noqa: PTH103
        return is_real


def _copy_regular(source: str, destination: str, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    handle = os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode | stat.S_IWUSR)
    with open(handle, "wb", buffering=0) as written, open(source, "rb", buffering=0) as read:  # noqa: PTH123
        if status.st_size <= WHOLE_FILE_BYTES:
            written.write(read.read())
        else:
            shutil.copyfileobj(read, written, WHOLE_FILE_BYTES)
        os.fchmod(handle, mode)
