"""Taking an unfinished run back, step by step in reverse: the same way after a failure, Ctrl-C and a crash."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, RollbackIncompleteError, StalePlanError
from dagster_commons.tools.children import CLOCK_TOLERANCE_SECONDS, end_child
from dagster_commons.tools.file_operation import FileOperation
from dagster_commons.tools.history import command_line, free_space, prune
from dagster_commons.tools.journal import ChildRecorder, append, read_run, remove_pointers
from dagster_commons.tools.operations import from_json, inverse, lock_files, perform
from dagster_commons.tools.process import observing

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.tools.journal import Journal, Run
    from dagster_commons.tools.operations import Operation

SECONDS_A_LIVING_GIT_KEEPS_A_LOCK = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    operation: Operation
    error: CommonsError | OSError


def roll_back(journal: Journal, run_id: str, *, keep_backup: bool) -> tuple[str, ...]:
    """Take back every step of the run that was begun; returns the programs of ours that still ran and were ended.

    The caller holds the locks.  `keep_backup` keeps what was set aside, such as a new submodule's checkout, in which
    the user may have worked since.

    Raises:
        RollbackIncompleteError: something could not be restored; names it and where its bytes are kept.  When only
            somebody else's later change is in the way the run is over, otherwise the next call tries again.

    """
    run = read_run(journal, run_id)
    ended = tuple(child.argv[0] for child in run.children if end_child(child))
    operations = tuple(from_json(run.operations[index], journal) for index in reversed(run.started))
    with observing(ChildRecorder(file=journal.run_file(run_id))):
        _remove_locks_of_the_dead(run, operations)
        failures = _taken_back(journal, run, operations)
        if failures:
            free_space(journal, run)
            failures = _taken_back(journal, run, operations)
    if failures:
        if _is_over(failures):
            append(journal.run_file(run_id), {"event": "abandoned"})
            remove_pointers(run.git_dirs, journal)
        raise _incomplete(journal, run, failures)
    if keep_backup and journal.backup_directory(run_id).exists():
        append(journal.run_file(run_id), {"event": "rolled-back"})
    close(journal, run)
    return ended


def close(journal: Journal, run: Run) -> None:
    """Remove what only an open run needs, and the run itself unless its file says how it ended."""
    remove_pointers(run.git_dirs, journal)
    if read_run(journal, run.id).end is None:
        journal.run_file(run.id).unlink()
    prune(journal)


def _remove_locks_of_the_dead(run: Run, operations: tuple[Operation, ...]) -> None:
    """Remove the lock files that a killed git of ours left; one that another git takes meanwhile does not last."""
    if not run.children:
        return
    oldest = min(child.started for child in run.children) - CLOCK_TOLERANCE_SECONDS
    for lock in {lock for operation in operations for lock in lock_files(operation)}:
        deadline = time.monotonic() + SECONDS_A_LIVING_GIT_KEEPS_A_LOCK
        while _is_younger(lock, oldest) and time.monotonic() < deadline:
            time.sleep(0.05)
        if _is_younger(lock, oldest):
            lock.unlink(missing_ok=True)


def _is_younger(file: Path, moment: float) -> bool:
    try:
        return file.stat().st_mtime >= moment
    except (FileNotFoundError, NotADirectoryError):
        return False


def _taken_back(journal: Journal, run: Run, operations: tuple[Operation, ...]) -> list[_Failure]:
    failures = []
    for operation in operations:
        try:
            perform(inverse(operation), journal, run.id)
        except (CommonsError, OSError) as error:
            failures.append(_Failure(operation=operation, error=error))
    return failures


def _is_over(failures: list[_Failure]) -> bool:
    return all(isinstance(failure.error, StalePlanError) for failure in failures)


def _incomplete(journal: Journal, run: Run, failures: list[_Failure]) -> RollbackIncompleteError:
    lines = [f"`{command_line(run)}` could not be rolled back completely; the backup is in {journal.directory}"]
    for failure in failures:
        lines.append(f"  {failure.error}")
        if isinstance(failure.operation, FileOperation) and failure.operation.before is not None:
            lines.append(f"    its bytes before are in {journal.images.place_of(failure.operation.before)}")
    hint = (
        "compare these files with their backup yourself; everything else was restored"
        if _is_over(failures)
        else "remove the cause, then run any changing `commons` command: it tries again"
    )
    return RollbackIncompleteError("\n".join(lines), hint=hint)
