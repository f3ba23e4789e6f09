"""One `commons` at a time: a lock that the kernel releases when its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_NAME = "lock"
ATTEMPTS = 3  # a reader asking `is_held` keeps the lock for an instant
SECONDS_BETWEEN_ATTEMPTS = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """Who holds a lock, as the holder wrote it down."""

    pid: int
    argv: tuple[str, ...]
    since: str  # UTC, ISO 8601

    def __str__(self) -> str:
        return f"pid {self.pid}, `{shlex.join(('commons', *self.argv))}`, since {self.since}"


@contextlib.contextmanager
def held(directories: tuple[Path, ...], holder: LockHolder) -> Iterator[None]:
    """Hold the lock in every one of the directories (they must exist) while the context is open; never waits.

    Raises:
        ToolError: another `commons` holds one of them, or a lock file cannot be opened.

    """
    with contextlib.ExitStack() as stack:
        for directory in directories:
            stack.enter_context(_held(directory / FILE_NAME, holder))
        yield


def is_held(directory: Path) -> bool:
    """Whether a living `commons` holds the lock in `directory`; creates and changes nothing."""
    try:
        handle = os.open(directory / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def last_holder(directory: Path) -> LockHolder | None:
    """Who wrote down last that it took the lock; None when the note cannot be read (it is being written)."""
    try:
        note = json.loads((directory / FILE_NAME).read_bytes())
        return LockHolder(pid=int(note["pid"]), argv=tuple(note["argv"]), since=str(note["since"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def refusal(directory: Path) -> ToolError:
    """The error for a lock that another `commons` holds."""
    holder = last_holder(directory)
    who = f"another commons ({holder})" if holder is not None else "another commons"
    return ToolError(
        f"{who} is changing this root",
        hint="wait until it has ended, then run the command again; nothing was changed",
    )


@contextlib.contextmanager
def _held(file: Path, holder: LockHolder) -> Iterator[None]:
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ToolError(f"cannot open the lock {file}: {error.strerror}", file=file) from error
    try:
        if not _take(handle, file):
            raise refusal(file.parent)
        _write_note(handle, holder)
        yield
    finally:
        os.close(handle)


def _take(handle: int, file: Path) -> bool:
    for attempt in range(ATTEMPTS):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < ATTEMPTS:
                time.sleep(SECONDS_BETWEEN_ATTEMPTS)
        except OSError as error:
            raise ToolError(f"the file system cannot lock {file}: {error.strerror}", file=file) from error
        else:
            return True
    return False


def _write_note(handle: int, holder: LockHolder) -> None:
    note = {"pid": holder.pid, "argv": list(holder.argv), "since": holder.since}
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(note).encode(), 0)
    except OSError as error:
        raise ToolError(f"cannot write the journal's lock: {error.strerror}") from error
