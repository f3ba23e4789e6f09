"""What a journal remembers of finished runs: the changes that can be taken back, and earlier bytes of a file."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.model.history import AppliedChange, Companion, FileChange, Image, ImageChain
from dagster_commons.tools import root_lock
from dagster_commons.tools.atomic_files import content_of, digest_of
from dagster_commons.tools.file_operation import FileOperation
from dagster_commons.tools.journal import Journal, Run, journal_of, pointed_to, read_run, run_ids, unfinished
from dagster_commons.tools.operations import from_json, is_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS_KEPT = 50


def history(root: Path) -> tuple[AppliedChange, ...]:
    """The changes that were applied under `root` and not taken back, newest last.

    Raises:
        ToolError: the journal cannot be read.

    """
    journal = journal_of(root)
    runs = _committed(journal)
    undone = {run.undoes for run in runs if run.kind == "undo"}
    return tuple(
        applied_change(run, journal) for run in runs if run.kind == "apply" and run.operations and run.id not in undone
    )


def applied_change(run: Run, journal: Journal) -> AppliedChange:
    """The run as a value for reports."""
    return AppliedChange(
        id=run.id,
        time=run.time,
        argv=run.argv,
        title=run.title,
        files=_file_changes(run, journal),
        submodules=run.submodules,
    )


def images(root: Path, file: Path) -> ImageChain:
    """Earlier bytes of `file` and of the files that were changed with it, as far back as our own changes reach.

    A change that was taken back counts twice, there and back: what matters is that nobody else's change lies between.

    Raises:
        ToolError: the journal cannot be read, or an image is damaged.

    """
    journal = journal_of(root)
    timeline = _timeline(journal)
    path = Path(os.path.realpath(file))
    walks = {path: _walk(timeline, path, digest_of(content_of(path)))}
    walk, base = walks[path], None
    newest = next((each.changes[path].after for each in reversed(timeline) if path in each.changes), None)
    if not walk and newest is not None:
        walk, base = _walk(timeline, path, newest), journal.images.load(newest)
    found = []
    for transition in walk:
        before = transition.changes[path].before
        if before is None:
            break
        companions = tuple(_companions(journal, timeline, transition, path, walks))
        content = journal.images.load(before)
        found.append(Image(content=content, digest=before, change=transition.run_id, companions=companions))
    return ImageChain(images=tuple(found), base=base)


def unfinished_run(root: Path) -> str | None:
    """A sentence about a run under `root` that is still going on or was interrupted; None when there is none.

    Reads only; `execution.recover` takes an interrupted run back.

    Raises:
        ToolError: the journal cannot be read.

    """
    for journal in journals_concerning(root):
        run = unfinished(journal)
        if run is None:
            continue
        if root_lock.is_held(journal.directory):
            return f"`{command_line(run)}` (since {run.time}) is changing this root right now"
        return (
            f"an earlier `{command_line(run)}` ({run.time}) was interrupted; "
            "the next command that changes something rolls it back first"
        )
    return None


def journals_concerning(root: Path) -> tuple[Journal, ...]:
    """The journal of `root`, and that of another root whose run has left its pointer in this git directory."""
    own = journal_of(root)
    other = pointed_to(own.directory.parent)
    return (own,) if other is None else (own, other)


def command_line(run: Run) -> str:
    return shlex.join(("commons", *run.argv))


def free_space(journal: Journal, unfinished_one: Run) -> None:
    """Remove the contents that only the unfinished run was to write: a full disk must not keep it from rolling back."""
    others = (read_run(journal, each) for each in run_ids(journal) if each != unfinished_one.id)
    kept = {digest for run in others for digest in _digests(run, journal)}
    kept |= {each.before for each in _file_operations(unfinished_one, journal) if each.before is not None}
    journal.images.prune(kept)


def prune(journal: Journal) -> None:
    """Forget all but the newest runs, and remove images and backups that no run refers to."""
    ids = run_ids(journal)
    for run_id in ids[:-RUNS_KEPT]:
        journal.run_file(run_id).unlink()
    kept = ids[-RUNS_KEPT:]
    backups = journal.directory / "backups"
    for backup in backups.iterdir() if backups.is_dir() else ():
        if backup.name not in kept:
            shutil.rmtree(backup)
    runs = (read_run(journal, run_id) for run_id in kept)
    journal.images.prune({digest for run in runs for digest in _digests(run, journal)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Transition:
    """One committed run as what it did to each file."""

    run_id: str
    changes: dict[Path, FileChange]


def _committed(journal: Journal) -> tuple[Run, ...]:
    runs = (read_run(journal, run_id) for run_id in run_ids(journal))
    return tuple(run for run in runs if run.end == "committed")


def _timeline(journal: Journal) -> tuple[_Transition, ...]:
    return tuple(
        _Transition(run_id=run.id, changes={change.path: change for change in _file_changes(run, journal)})
        for run in _committed(journal)
    )


def _file_changes(run: Run, journal: Journal) -> tuple[FileChange, ...]:
    """What the run did to each file, from its first operation on the file to its last."""
    changes: dict[Path, FileChange] = {}
    for operation in _file_operations(run, journal):
        first = changes.get(operation.path)
        before = operation.before if first is None else first.before
        changes[operation.path] = FileChange(path=operation.path, before=before, after=operation.after)
    return tuple(changes[path] for path in sorted(changes))


def _file_operations(run: Run, journal: Journal) -> Iterator[FileOperation]:
    for recorded in run.operations:
        operation = from_json(recorded, journal) if is_of_file(recorded) else None
        if isinstance(operation, FileOperation):
            yield operation


def _digests(run: Run, journal: Journal) -> Iterator[str]:
    for operation in _file_operations(run, journal):
        yield from (digest for digest in (operation.before, operation.after) if digest is not None)


def _walk(timeline: tuple[_Transition, ...], path: Path, digest: str | None) -> tuple[_Transition, ...]:
    """Our changes of `path` that led without a gap to the state `digest`, newest first."""
    walked: list[_Transition] = []
    for transition in reversed(timeline):
        change = transition.changes.get(path)
        if change is None:
            continue
        if change.after == digest:
            walked.append(transition)
            digest = change.before
        elif walked:
            break
    return tuple(walked)


def _companions(
    journal: Journal,
    timeline: tuple[_Transition, ...],
    transition: _Transition,
    path: Path,
    walks: dict[Path, tuple[_Transition, ...]],
) -> Iterator[Companion]:
    for other, change in transition.changes.items():
        if other not in walks:
            walks[other] = _walk(timeline, other, digest_of(content_of(other)))
        if other != path and transition in walks[other]:
            content = None if change.before is None else journal.images.load(change.before)
            yield Companion(path=other, content=content)
