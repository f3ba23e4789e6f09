"""A staged plan copied into the user's tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import StalePlanError
from dagster_commons.execution.locking import other_journals
from dagster_commons.execution.recovery import recover, recover_others
from dagster_commons.execution.runs import Request, execute
from dagster_commons.model.outcomes import Outcome
from dagster_commons.model.plan import FileEffect, SubmoduleEffect
from dagster_commons.tools.journal import journal_of
from dagster_commons.tools.operations import operations_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dagster_commons.model.outcomes import StagedPlan
    from dagster_commons.model.plan import Effect, Upload
    from dagster_commons.tools.journal import Journal
    from dagster_commons.tools.operations import Operation


def apply(
    root: Path, staged: StagedPlan, *, argv: tuple[str, ...], publish: Callable[[Upload], None] | None
) -> Outcome:
    """Copy the staged effects into the user's tree under the journal of `root`, then publish, then commit.

    An interrupted earlier run is rolled back first (a note says so).  The outcome is "applied", or "rolled-back" with
    the reason when a tool or the file system failed on the way.  `argv` is what `commons` was called with.

    Raises:
        StalePlanError: files are not what the plan started from; nothing was written, or it was rolled back.
        RefusedError: an effect cannot be carried out in a way that could be taken back; nothing was written.
        ToolError: another `commons` is at work, something is read-only or the disk is full; nothing was written.
        InterruptedRunError: Ctrl-C or SIGTERM arrived; what had been written was rolled back.
        RollbackIncompleteError: a rollback could not restore everything.

    """
    journal = journal_of(root)
    effects = tuple(effect for effect in staged.effects if _changes_something(effect))
    others = other_journals((_touched_path(effect) for effect in effects), journal)
    notes = [recover(root), recover_others(others)]
    ending = execute(
        journal,
        Request(
            kind="apply",
            argv=argv,
            title=staged.plan.title,
            git_dirs=tuple(each.directory.parent for each in others),
            prepare=lambda run_id: _prepared(effects, journal, run_id),
            submodules=tuple(effect.path for effect in effects if isinstance(effect, SubmoduleEffect)),
            uploads=staged.plan.publishes,
            publish=publish,
        ),
    )
    return Outcome(
        kind=ending.kind,
        staged=staged,
        published=ending.published,
        notes=tuple(note for note in notes if note is not None),
        reason=ending.reason,
    )


def _changes_something(effect: Effect) -> bool:
    return effect.before != effect.after or (isinstance(effect, FileEffect) and effect.mode is not None)


def _touched_path(effect: Effect) -> Path:
    match effect:
        case FileEffect():
            return effect.path
        case SubmoduleEffect():
            return effect.repository / ".gitmodules"


def _prepared(effects: tuple[Effect, ...], journal: Journal, run_id: str) -> tuple[Operation, ...]:
    operations: list[Operation] = []
    stale: list[str] = []
    for effect in effects:
        try:
            operations.extend(operations_of(effect, journal.backup_directory(run_id)))
        except StalePlanError as error:
            stale.append(error.message)
    if stale:
        raise StalePlanError("\n".join((*stale, "nothing was written")), hint="run the command again")
    for effect in effects:
        if isinstance(effect, FileEffect):
            _save_images(effect, journal)
    return tuple(operations)


def _save_images(effect: FileEffect, journal: Journal) -> None:
    for content in (effect.before, effect.after):
        if content is not None:
            journal.images.save(content)
