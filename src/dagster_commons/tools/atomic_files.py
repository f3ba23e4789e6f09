"""Files that are old or new, never in between: written beside their place, made durable, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path


def digest_of(content: bytes | None) -> str | None:
    """The sha256 of `content` in hexadecimal, None for a file that is not there."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def content_of(path: Path) -> bytes | None:
    """The bytes of the file, or None when there is none.

    Raises:
        ToolError: something is there that cannot be read as a file.

    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ToolError(f"cannot read {path}: {error.strerror}", file=path) from error


def permissions_of(path: Path) -> int | None:
    """The permission bits of the file, or None when there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None


def default_permissions() -> int:
    """What a newly created file gets under the process's umask."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def write_atomically(path: Path, content: bytes, *, permissions: int, token: str) -> None:
    """Give `path` this content and these permission bits in one step that survives a power cut.

    The file's owner is kept where we may.  `token` becomes part of the temporary file's name.

    Raises:
        OSError: the file system refused; `path` is as it was and no temporary file is left.

    """
    temporary = temporary_beside(path, token)
    try:
        _write_durably(temporary, content, permissions)
        _keep_owner(path, temporary)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):  # the failure that matters is already on its way
            temporary.unlink(missing_ok=True)
        raise
    synchronise_directory(path.parent)


def remove_durably(path: Path) -> None:
    """Remove the file; it stays removed after a power cut."""
    path.unlink()
    synchronise_directory(path.parent)


def temporary_beside(path: Path, token: str) -> Path:
    """Where `write_atomically` prepares the new content of `path`."""
    return path.parent / f".commons-{token}-{_short_digest(path.name)}.part"


def remove_temporaries(path: Path) -> None:
    """Remove what killed calls of `write_atomically` may have left beside `path`, whatever their token."""
    for leftover in path.parent.glob(f".commons-*-{_short_digest(path.name)}.part"):
        leftover.unlink(missing_ok=True)


def missing_directories(path: Path) -> tuple[Path, ...]:
    """The ancestors of `path` that are not there, outermost first."""
    missing = [each for each in path.parents if not each.exists()]
    return tuple(reversed(missing))


def make_directories(directories: tuple[Path, ...]) -> None:
    """Create the directories, outermost first; one that is already there is left alone."""
    for directory in directories:
        directory.mkdir(exist_ok=True)
        synchronise_directory(directory.parent)


def remove_empty_directories(directories: tuple[Path, ...]) -> None:
    """Remove the directories, innermost first, as far as they are empty."""
    for directory in reversed(directories):
        if directory.is_dir() and not any(directory.iterdir()):
            directory.rmdir()


def remove_emptied_parents(path: Path, root: Path) -> None:
    """Remove the parents of `path` below `root`, innermost first, as far as they are empty."""
    remove_empty_directories(
        tuple(each for each in reversed(path.parents) if each != root and each.is_relative_to(root))
    )


def synchronise_directory(directory: Path) -> None:
    """Make renames, creations and removals in `directory` durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _short_digest(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:8]


def _write_durably(path: Path, content: bytes, permissions: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(handle, permissions)
        os.fsync(handle)


def _keep_owner(path: Path, temporary: Path) -> None:
    if os.geteuid() != 0 or not path.exists():
        return
    owner = path.stat()
    os.chown(temporary, owner.st_uid, owner.st_gid)
