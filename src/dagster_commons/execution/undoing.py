"""Taking back the last applied change, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, StalePlanError, ToolError
from dagster_commons.execution.locking import other_journals
from dagster_commons.execution.recovery import recover, recover_others
from dagster_commons.execution.runs import Request, execute
from dagster_commons.model.history import Undone
from dagster_commons.model.plan import FileEffect
from dagster_commons.tools.atomic_files import content_of
from dagster_commons.tools.file_operation import FileOperation, require_writable
from dagster_commons.tools.history import history
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.journal import journal_of, read_run
from dagster_commons.tools.operations import described, from_json, inverse, is_done, subject_of
from dagster_commons.tools.simple_pages import PAGE_NAME

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
    journal, change, run = _newest(root)
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


def planned_undo(root: Path) -> Undone:
    """What `undo` would take back; nothing is written.

    Raises:
        RefusedError: there is nothing to take back.
        StalePlanError: something was changed since; names it.
        ToolError: something is read-only or an image is gone.

    """
    journal, change, run = _newest(root)
    _prepared(root, change, journal, run)
    effects = tuple(
        FileEffect(
            path=each.path,
            before=content_of(each.path),
            after=None if each.before is None else journal.images.load(each.before),
        )
        for each in change.files
        if each.before != each.after
    )
    return Undone(kind="planned", change=change, effects=effects)


def _newest(root: Path) -> tuple[Journal, AppliedChange, Run]:
    changes = history(root)
    if not changes:
        raise RefusedError("there is no change to take back", hint="`commons undo` knows what `commons` itself applied")
    journal = journal_of(root)
    return journal, changes[-1], read_run(journal, changes[-1].id)


def _prepared(root: Path, change: AppliedChange, journal: Journal, run: Run) -> tuple[Operation, ...]:
    newest = history(root)[-1:]
    if newest != (change,):
        raise StalePlanError("another `commons` changed the history meanwhile", hint="run `commons undo` again")
    operations = tuple(inverse(from_json(each, journal)) for each in reversed(run.operations))
    changed = _changed_since(run, journal)
    if changed:
        raise _stale(root, change, changed)
    for operation in operations:
        if isinstance(operation, FileOperation):
            require_writable(operation.path)
            if operation.after is not None:
                journal.images.load(operation.after)
    return operations


def _changed_since(run: Run, journal: Journal) -> tuple[Operation, ...]:
    """What no longer is as the run left it; of several operations on one thing the last one counts."""
    last = {subject_of(operation): operation for operation in (from_json(each, journal) for each in run.operations)}
    return tuple(operation for _, operation in sorted(last.items()) if not is_done(operation))


def _stale(root: Path, change: AppliedChange, changed: tuple[Operation, ...]) -> StalePlanError:
    released = [_releases_at(operation) for operation in changed]
    if all(released):
        what = (
            f"`{change.title}` cannot be taken back: a published version stays, and since then there is",
            *(text for text in released if text is not None),
            "nothing was written",
        )
        return StalePlanError(
            "\n".join(what),
            hint="this is as far back as undo goes; a registry is taken away by hand: its directory, and its entry in "
            "commons.toml",
        )
    places = (described(operation, root) for operation in changed)
    what = (f"changed since `{change.title}`, so it cannot be taken back:", *places, "nothing was written")
    return StalePlanError("\n".join(what), hint="bring it back to what that change left, then undo again")


def _releases_at(operation: Operation) -> str | None:
    """`shared 0.1.3, 0.2.0` where the operation's file is the page of a module that has been released since."""
    if not isinstance(operation, FileOperation) or operation.path.name != PAGE_NAME:
        return None
    registry, module = operation.path.parent.parent, operation.path.parent.name
    try:
        versions = embedded.releases(registry, module)
    except ToolError:
        return None  # the page is no longer one of ours: it was changed by hand
    return f"{module} {', '.join(each.version for each in versions)}" if versions else None
