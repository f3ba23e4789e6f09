"""The steps that a run consists of, each journalled, each with a way back: one mechanism for files and submodules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from dagster_commons.model.paths import relative
from dagster_commons.model.plan import FileEffect
from dagster_commons.tools import file_operation
from dagster_commons.tools.atomic_files import remove_temporaries
from dagster_commons.tools.file_operation import FileOperation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.model.plan import Effect
    from dagster_commons.tools import submodule_effect
    from dagster_commons.tools.journal import Journal

# Everything about submodules is imported when the first one is met: `commons status` reads journals of files only.
Operation: TypeAlias = "FileOperation | submodule_effect.Operation"


def operations_of(effect: Effect, backup_directory: Path) -> tuple[Operation, ...]:
    """What carrying out `effect` means here and now, in order; only reads.

    Raises:
        StalePlanError: what is there is not what the effect starts from.
        RefusedError: it cannot be done in a way that could be taken back.
        ToolError: it cannot be written.

    """
    if isinstance(effect, FileEffect):
        return (file_operation.file_operation(effect),)
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    return submodule_effect.primitive_operations(effect, backup_directory)


def perform(operation: Operation, journal: Journal, run_id: str) -> None:
    """Carry the operation out; what has been carried out already is left alone.

    Raises:
        StalePlanError: somebody else changed the file or submodule meanwhile.
        ToolError: git refused, or something is in the way.
        OSError: the file system refused.

    """
    if isinstance(operation, FileOperation):
        file_operation.perform(operation, journal.images, token=run_id)
        return
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    if isinstance(operation, submodule_effect.WriteBytes):
        remove_temporaries(operation.path)
    submodule_effect.perform(operation)


def inverse(operation: Operation) -> Operation:
    """The operation that takes this one back, also when it was only begun."""
    if isinstance(operation, FileOperation):
        return operation.reversed()
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    return submodule_effect.invert(operation)


def is_done(operation: Operation) -> bool:
    """Whether everything is as the operation leaves it.

    Raises:
        ToolError: git cannot read the repository.

    """
    if isinstance(operation, FileOperation):
        return file_operation.is_done(operation)
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    return submodule_effect.is_done(operation)


def subject_of(operation: Operation) -> tuple[str, ...]:
    """What the operation changes: of several with the same subject, only the last one's result can be seen."""
    if isinstance(operation, FileOperation):
        return (str(operation.path),)
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    match operation:
        case submodule_effect.MovePath():
            subject: tuple[object, ...] = (operation.source,)
        case submodule_effect.CopyTree():
            subject = (operation.destination,)
        case submodule_effect.CreateCheckout() | submodule_effect.MoveCheckout():
            subject = (operation.worktree,)
        case submodule_effect.WriteBytes():
            subject = (operation.path,)
        case submodule_effect.SetGitConfig():
            subject = (operation.repository, operation.key)
        case submodule_effect.SetIndexEntry() | submodule_effect.RefreshIndexEntry():
            subject = (type(operation).__name__, operation.repository, operation.path)
        case submodule_effect.Fetch():
            subject = (operation.git_dir, *operation.references)
        case _:
            assert_never(operation)
    return tuple(str(each) for each in subject)


def described(operation: Operation, root: Path) -> str:
    """What the operation changes, in words; paths as seen from `root`."""
    if isinstance(operation, FileOperation):
        return relative(operation.path, root)
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    match operation:
        case submodule_effect.SetGitConfig():
            return f"{operation.key} in the git configuration of {relative(operation.repository, root)}"
        case submodule_effect.SetIndexEntry() | submodule_effect.RefreshIndexEntry():
            return f"{operation.path} in the git index of {relative(operation.repository, root)}"
        case _:
            return relative(Path(subject_of(operation)[0]), root)


def lock_files(operation: Operation) -> tuple[Path, ...]:
    """The lock files that a git killed in the midst of the operation leaves behind."""
    if isinstance(operation, FileOperation):
        return ()
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    return submodule_effect.lock_files(operation)


def to_json(operation: Operation, journal: Journal) -> Mapping[str, object]:
    """The operation as it stands in a journal."""
    if isinstance(operation, FileOperation):
        return {
            "operation": "File",
            "path": journal.as_text(operation.path),
            "before": operation.before,
            "after": operation.after,
            "before_permissions": operation.before_permissions,
            "after_permissions": operation.after_permissions,
            "directories": [journal.as_text(each) for each in operation.directories],
        }
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    return submodule_effect.to_json(operation, journal.as_text)


def from_json(recorded: Mapping[str, Any], journal: Journal) -> Operation:
    """The operation that stands in a journal.

    Raises:
        KeyError: it is none of ours.

    """
    if is_of_file(recorded):
        return FileOperation(
            path=journal.as_path(recorded["path"]),
            before=recorded["before"],
            after=recorded["after"],
            before_permissions=recorded["before_permissions"],
            after_permissions=recorded["after_permissions"],
            directories=tuple(journal.as_path(each) for each in recorded["directories"]),
        )
    from dagster_commons.tools import submodule_effect  # noqa: PLC0415 - see `Operation`

    return submodule_effect.from_json(recorded, journal.as_path)


def is_of_file(recorded: Mapping[str, Any]) -> bool:
    """Whether it is a `FileOperation` that stands there."""
    return bool(recorded["operation"] == "File")
