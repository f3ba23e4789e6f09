"""Which repositories a change touches, and the locks that keep two runs out of one of them."""

from __future__ import annotations

import contextlib
import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.tools import root_lock
from dagster_commons.tools.journal import DIRECTORY_IN_GIT_DIR, Journal, create, journal_around, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def now() -> str:
    """The time as the journal writes it: UTC, ISO 8601, seconds."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def other_journals(paths: Iterable[Path], own: Journal) -> tuple[Journal, ...]:
    """The journals, other than `own`, of the git working trees in which the paths lie, sorted."""
    directories = {Path(os.path.realpath(path)).parent for path in paths}
    around = {journal_around(each, within=own.anchor) for each in directories}
    journals = {each for each in around if each is not None and each.directory != own.directory}
    return tuple(sorted(journals, key=lambda each: each.directory))


@contextlib.contextmanager
def locked(journal: Journal, git_dirs: tuple[Path, ...], argv: tuple[str, ...]) -> Iterator[None]:
    """Hold the locks of the journal and of every touched repository; makes the journal where there is none.

    Raises:
        ToolError: another `commons` holds one of them, or a directory cannot be written.

    """
    directories = {journal.directory, *(each / DIRECTORY_IN_GIT_DIR for each in git_dirs if each.is_dir())}
    try:
        create(journal)
        for directory in directories:
            directory.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ToolError(f"cannot write the journal {error.filename}: {error.strerror}") from error
    holder = root_lock.LockHolder(pid=os.getpid(), argv=redacted(argv), since=now())
    with root_lock.held(tuple(sorted(directories)), holder):
        yield
