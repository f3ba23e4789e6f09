"""What a killed run left behind is taken back before anything else is changed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dagster_commons.errors import InterruptedRunError
from dagster_commons.execution.interruptions import Interruptions
from dagster_commons.execution.locking import locked
from dagster_commons.execution.rollback import roll_back
from dagster_commons.tools.history import command_line
from dagster_commons.tools.journal import append, journal_of, pointed_to, remove_pointers, unfinished

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.tools.journal import Journal, Run


def recover(root: Path) -> str | None:
    """Roll back an interrupted run that concerns `root` and say so in a sentence; None when there is none.

    Children of that run which still work are ended first.

    Raises:
        ToolError: another `commons` is changing this root now, or the journal cannot be read.
        RollbackIncompleteError: something could not be restored.
        InterruptedRunError: Ctrl-C or SIGTERM arrived meanwhile; the rollback was finished nevertheless.

    """
    journal = journal_of(root)
    return _joined([_recovered(journal), _recovered_elsewhere(journal.directory.parent)])


def recover_others(journals: tuple[Journal, ...]) -> str | None:
    """As `recover`, for other repositories that are to be changed, given their journals."""
    return _joined(
        [said for each in journals for said in (_recovered(each), _recovered_elsewhere(each.directory.parent))]
    )


def _recovered_elsewhere(git_dir: Path) -> str | None:
    """Roll back the unfinished run of the journal that a pointer in `git_dir` names; a pointer to none is removed."""
    journal = pointed_to(git_dir)
    if journal is None:
        return None
    said = _recovered(journal)
    with locked(journal, (git_dir,), ()) if journal.directory.is_dir() else contextlib.nullcontext():
        if unfinished(journal) is None:
            remove_pointers((git_dir,), journal)
    return said


def _recovered(journal: Journal) -> str | None:
    seen = unfinished(journal)
    if seen is None:
        return None
    interruptions = Interruptions()
    with interruptions.handled(), locked(journal, seen.git_dirs, seen.argv):
        run = unfinished(journal)
        said = None if run is None else _finished(journal, run)
    if interruptions.is_pending:
        raise InterruptedRunError(f"interrupted; {said or 'nothing was changed'}")
    return said


def _finished(journal: Journal, run: Run) -> str:
    if run.published:
        append(journal.run_file(run.id), {"event": "committed"})
        remove_pointers(run.git_dirs, journal)
        published = ", ".join(run.published)
        return f"an earlier `{command_line(run)}` was interrupted after publishing {published}; its changes were kept"
    ended = roll_back(journal, run.id, keep_backup=True)
    sentence = f"an earlier `{command_line(run)}` was interrupted; its changes were rolled back"
    if ended:
        sentence += f" (its {', '.join(f'`{name}`' for name in ended)} was still running and was ended)"
    if run.publishing is not None:
        sentence += f"; whether {run.publishing} arrived in the registry is not known"
    return sentence


def _joined(sentences: list[str | None]) -> str | None:
    said = [each for each in sentences if each is not None]
    return "\n".join(said) or None
