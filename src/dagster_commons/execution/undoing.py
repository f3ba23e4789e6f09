"""Taking back the last applied change, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, StalePlanError
from dagster_commons.execution.locking import other_journals
from dagster_commons.execution.recovery import recover, recover_others
from dagster_commons.execution.runs import Request, execute
from dagster_commons.model.history import Undone
from dagster_commons.tools.file_operation import FileOperation, require_writable
from dagster_commons.tools.history import history
from dagster_commons.tools.journal import journal_of, read_run
from dagster_commons.tools.operations import from_json, inverse, is_done, subject_of

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.history import AppliedChange
    from dagster_commons.tools.journal import Journal, Run
    from dagster_commons.tools.operations import Operation


def undo(root: Path, *, argv: tuple[str, ...]) -> Undone:
    """Take back the newest change of `history(root)`, after comparing everything with what that change left.

    Journalled like any change; a second call takes back the one before it.

    Raises:
        RefusedError: there is nothing to take back.
        StalePlanError: something was changed since; names it; nothing was written.
        ToolError: another `commons` is at work, something is read-only or an image is gone; nothing was written.
        InterruptedRunError: Ctrl-C or SIGTERM arrived; what had been written was rolled back.
        RollbackIncompleteError: a rollback could not restore everything.

    """
    notes = [recover(root)]
    changes = history(root)
    if not changes:
        raise RefusedError("there is no change to take back", hint="`commons undo` knows what `commons` itself applied")
    journal = journal_of(root)
    change = changes[-1]
    run = read_run(journal, change.id)
    others = other_journals((*(each.path for each in change.files), *change.submodules), journal)
    notes.append(recover_others(others))
    request = Request(
        kind="undo",
        argv=argv,
        title=f"undo: {change.title}",
        git_dirs=tuple(each.directory.parent for each in others),
        prepare=lambda _: _prepared(root, change, journal, run),
        submodules=run.submodules,
        undoes=run.id,
    )
    ending = execute(journal, request)
    said = tuple(note for note in notes if note is not None)
    return Undone(kind=ending.kind, change=change, notes=said, reason=ending.reason)


def _prepared(root: Path, change: AppliedChange, journal: Journal, run: Run) -> tuple[Operation, ...]:
    newest = history(root)[-1:]
    if newest != (change,):
        raise StalePlanError("another `commons` changed the history meanwhile", hint="run `commons undo` again")
    operations = tuple(inverse(from_json(each, journal)) for each in reversed(run.operations))
    changed = _changed_since(run, journal)
    if changed:
        what = (f"changed since `{change.title}`, so it cannot be taken back:", *changed, "nothing was written")
        raise StalePlanError("\n".join(what), hint="bring it back to what that change left, then undo again")
    for operation in operations:
        if isinstance(operation, FileOperation):
            require_writable(operation.path)
            if operation.after is not None:
                journal.images.load(operation.after)
    return operations


def _changed_since(run: Run, journal: Journal) -> tuple[str, ...]:
    """What no longer is as the run left it, sorted; of several operations on one thing the last one counts."""
    last = {subject_of(operation): operation for operation in (from_json(each, journal) for each in run.operations)}
    return tuple(sorted(" ".join(subject) for subject, operation in last.items() if not is_done(operation)))
