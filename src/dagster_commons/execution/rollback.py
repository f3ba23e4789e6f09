"""Taking an unfinished run back, step by step in reverse: the same way after a failure, Ctrl-C and a crash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, RollbackIncompleteError, StalePlanError
from dagster_commons.tools.children import end_child
from dagster_commons.tools.file_operation import FileOperation
from dagster_commons.tools.history import command_line, free_space, prune
from dagster_commons.tools.journal import (
    ChildRecorder,
    append,
    read_run,
    remove_pointers,
)
from dagster_commons.tools.operations import from_json, inverse, perform
from dagster_commons.tools.process import observing

if TYPE_CHECKING:
    from dagster_commons.tools.journal import Journal, Run
    from dagster_commons.tools.operations import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    operation: Operation
    error: CommonsError | OSError


def roll_back(journal: Journal, run_id: str) -> tuple[str, ...]:
    """Take back every step of the run that was begun; returns the commands of ours that still ran and were ended.

    The caller holds the locks.

    Raises:
        RollbackIncompleteError: something could not be restored; names it and where its bytes are kept.  When only
            somebody else's later change is in the way the run is over, otherwise the next call tries again.

    """
    run = read_run(journal, run_id)
    ended = tuple(child.argv[0] for child in run.children if end_child(child))
    with observing(ChildRecorder(file=journal.run_file(run_id))):
        failures = _taken_back(journal, run)
        if failures:
            free_space(journal, run)
            failures = _taken_back(journal, run)
    if failures:
        if all(isinstance(each.error, StalePlanError) for each in failures):
            append(journal.run_file(run_id), {"event": "abandoned"})
            remove_pointers(run.git_dirs, journal)
        raise _incomplete(journal, run, failures)
    close(journal, run)
    return ended


def close(journal: Journal, run: Run) -> None:
    """Forget a run of which nothing is left."""
    remove_pointers(run.git_dirs, journal)
    journal.run_file(run.id).unlink()
    prune(journal)


def _taken_back(journal: Journal, run: Run) -> list[_Failure]:
    failures = []
    for index in reversed(run.started):
        operation = inverse(from_json(run.operations[index], journal))
        try:
            perform(operation, journal, run.id)
        except (CommonsError, OSError) as error:
            failures.append(_Failure(operation=operation, error=error))
    return failures


def _incomplete(journal: Journal, run: Run, failures: list[_Failure]) -> RollbackIncompleteError:
    lines = [f"`{command_line(run)}` could not be rolled back completely; the backup is in {journal.directory}"]
    for failure in failures:
        lines.append(f"  {failure.error}")
        if isinstance(failure.operation, FileOperation) and failure.operation.after is not None:
            lines.append(f"    its bytes before are in {journal.images.place_of(failure.operation.after)}")
    is_over = all(isinstance(each.error, StalePlanError) for each in failures)
    hint = (
        "compare these files with their backup yourself; everything else was restored"
        if is_over
        else "remove the cause, then run any changing `commons` command: it tries again"
    )
    return RollbackIncompleteError("\n".join(lines), hint=hint)
