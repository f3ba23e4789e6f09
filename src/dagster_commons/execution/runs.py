"""A run from its first check to its commit: everything or nothing, whatever happens in between."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import InterruptedRunError, ToolError
from dagster_commons.execution.interruptions import Interruptions
from dagster_commons.execution.locking import locked, now
from dagster_commons.execution.rollback import close, roll_back
from dagster_commons.tools.file_operation import FileOperation
from dagster_commons.tools.history import prune
from dagster_commons.tools.journal import (
    ChildRecorder,
    Run,
    append,
    begin,
    next_run_id,
    point_from,
    remove_pointers,
)
from dagster_commons.tools.operations import perform, to_json
from dagster_commons.tools.process import observing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dagster_commons.model.outcomes import OutcomeKind
    from dagster_commons.model.plan import Upload
    from dagster_commons.tools.journal import Journal, RunKind
    from dagster_commons.tools.operations import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a run is to do.  `prepare` checks, saves images and returns the operations; it changes nothing."""

    kind: RunKind
    argv: tuple[str, ...]
    title: str
    git_dirs: tuple[Path, ...]
    prepare: Callable[[str], tuple[Operation, ...]]
    submodules: tuple[Path, ...] = ()
    undoes: str | None = None
    uploads: tuple[Upload, ...] = ()
    publish: Callable[[Upload], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended: "applied" or "rolled-back"; a reason with "applied": a later upload failed, files were kept."""

    kind: OutcomeKind
    published: tuple[Upload, ...] = ()
    reason: str | None = None


def execute(journal: Journal, request: Request) -> Ending:
    """Carry the request out whole, or leave everything as it was.

    Raises:
        CommonsError: a check refused; nothing was written, or what had been written was rolled back.
        InterruptedRunError: Ctrl-C or SIGTERM arrived; what had been written was rolled back.
        RollbackIncompleteError: a rollback could not restore everything.

    """
    interruptions = Interruptions()
    with interruptions.handled(), locked(journal, request.git_dirs, request.argv):
        run, operations = _opened(journal, request, interruptions)
        published: list[Upload] = []
        try:
            with observing(ChildRecorder(file=journal.run_file(run.id))):
                _perform_all(journal, run, operations, interruptions)
                _publish_all(journal, run, request, interruptions, published)
            append(journal.run_file(run.id), {"event": "committed"})
        except BaseException as error:  # noqa: BLE001 - rolled back whatever it is; a bug's goes on from there
            return _failed(journal, run, tuple(published), error)
        _settle(journal, run)
    return Ending(kind="applied", published=tuple(published))


def _opened(journal: Journal, request: Request, interruptions: Interruptions) -> tuple[Run, tuple[Operation, ...]]:
    """Check, save the images and open the run.  On failure nothing of it is left."""
    run_id = next_run_id(journal)
    with _nothing_written(journal):
        operations = request.prepare(run_id)
        run = Run(
            id=run_id,
            kind=request.kind,
            time=now(),
            argv=request.argv,
            title=request.title,
            operations=tuple(to_json(each, journal) for each in operations),
            git_dirs=request.git_dirs,
            submodules=request.submodules,
            undoes=request.undoes,
        )
        interruptions.check()
        begin(journal, run)
        try:
            point_from(request.git_dirs, journal)
        except OSError:
            close(journal, run)
            raise
    return run, operations


@contextlib.contextmanager
def _nothing_written(journal: Journal) -> Iterator[None]:
    """On failure, remove the images that were saved, and say that nothing was changed."""
    try:
        yield
    except KeyboardInterrupt as error:
        prune(journal)
        raise InterruptedRunError("interrupted before anything was written") from error
    except OSError as error:
        prune(journal)
        raise ToolError(f"cannot write the journal: {_described(error)}", hint="nothing was changed") from error
    except BaseException:
        prune(journal)
        raise


def _perform_all(journal: Journal, run: Run, operations: tuple[Operation, ...], interruptions: Interruptions) -> None:
    for index, operation in enumerate(operations):
        interruptions.check()
        append(journal.run_file(run.id), {"event": "started", "operation": index})
        if isinstance(operation, FileOperation):
            perform(operation, journal, run.id)
        else:
            with interruptions.allowed():
                perform(operation, journal, run.id)
    interruptions.check()


def _publish_all(
    journal: Journal, run: Run, request: Request, interruptions: Interruptions, published: list[Upload]
) -> None:
    if request.publish is None:
        return
    file = journal.run_file(run.id)
    for upload in request.uploads:
        name = f"{upload.module} {upload.version}"
        append(file, {"event": "publishing", "upload": name})
        with interruptions.allowed():
            request.publish(upload)
        published.append(upload)
        append(file, {"event": "published", "upload": name})


def _failed(journal: Journal, run: Run, published: tuple[Upload, ...], error: BaseException) -> Ending:
    """Roll back and say why; where something was published already, keep the files that belong to it.

    Raises:
        BaseException: the error itself unless a tool or the file system refused, after the rollback.

    """
    if published:
        append(journal.run_file(run.id), {"event": "committed"})
        _settle(journal, run)
        kind: OutcomeKind = "applied"
    else:
        roll_back(journal, run.id, keep_backup=False)
        kind = "rolled-back"
    if isinstance(error, KeyboardInterrupt):
        what = "what was published stays, and so do the files" if published else "what had been written was rolled back"
        raise InterruptedRunError(f"interrupted; {what}") from error
    if not isinstance(error, (ToolError, OSError)):
        raise error
    return Ending(kind=kind, published=published, reason=_described(error))


def _described(error: ToolError | OSError) -> str:
    if isinstance(error, ToolError):
        return error.message
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)


def _settle(journal: Journal, run: Run) -> None:
    with contextlib.suppress(OSError):  # the change stands; what is left lying about is removed by the next run
        remove_pointers(run.git_dirs, journal)
        prune(journal)
