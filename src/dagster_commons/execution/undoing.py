"""Taking back the last applied change, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, StalePlanError
from dagster_commons.execution.recovery import recover, recover_pointed_to
from dagster_commons.execution.runs import Request, execute
from dagster_commons.model.history import Undone
from dagster_commons.tools.atomic_files import content_of, digest_of
from dagster_commons.tools.file_operation import FileOperation, require_writable
from dagster_commons.tools.history import history
from dagster_commons.tools.journal import journal_of, read_run
from dagster_commons.tools.operations import from_json, inverse

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
    notes.append(recover_pointed_to(root, run.git_dirs))
    request = Request(
        kind="undo",
        argv=argv,
        title=f"undo: {change.title}",
        git_dirs=run.git_dirs,
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
    changed = [str(file.path) for file in change.files if digest_of(content_of(file.path)) != file.after]
    if changed:
        raise StalePlanError(
            "\n".join(
                (f"changed since `{change.title}`, so it cannot be taken back:", *changed, "nothing was written")
            ),
            hint="restore these files as that change left them, or take your edits back first",
        )
    for operation in operations:
        if isinstance(operation, FileOperation):
            require_writable(operation.path)
            if operation.after is not None:
                journal.images.load(operation.after)
    return operations
