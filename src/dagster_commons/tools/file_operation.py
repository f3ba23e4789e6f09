"""One file from its bytes before to its bytes after, and back: the step that a journal can repeat or undo."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, StalePlanError, ToolError
from dagster_commons.tools.atomic_files import (
    content_of,
    default_permissions,
    digest_of,
    make_directories,
    missing_directories,
    permissions_of,
    remove_durably,
    remove_empty_directories,
    remove_temporaries,
    write_atomically,
)

if TYPE_CHECKING:
    from dagster_commons.model.plan import FileEffect
    from dagster_commons.tools.image_store import ImageStore


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOperation:
    """Digests and permission bits of a file before and after; None: the file is not there.

    `path` is the file itself, never a symbolic link to it.  `directories` are those that the file's creation makes,
    outermost first; its removal takes them away again as far as they are empty.
    """

    path: Path
    before: str | None
    after: str | None
    before_permissions: int | None = None
    after_permissions: int | None = None
    directories: tuple[Path, ...] = ()

    def reversed(self) -> FileOperation:
        """The operation that takes this one back."""
        return FileOperation(
            path=self.path,
            before=self.after,
            after=self.before,
            before_permissions=self.after_permissions,
            after_permissions=self.before_permissions,
            directories=self.directories,
        )


def file_operation(effect: FileEffect) -> FileOperation:
    """What carrying out `effect` means on this disk, now.

    Raises:
        StalePlanError: the file no longer holds the bytes that the effect starts from.
        RefusedError: a symbolic link would have to be removed.
        ToolError: the file or its directory cannot be written.

    """
    path = Path(os.path.realpath(effect.path))
    if effect.after is None and effect.path.is_symlink():
        raise RefusedError(f"{effect.path} is a symbolic link; remove it yourself", file=effect.path)
    require_writable(path)
    if content_of(path) != effect.before:
        raise StalePlanError(f"{effect.path} has changed since the plan was made", file=effect.path)
    permissions = permissions_of(path)
    wanted = effect.mode if effect.mode is not None else permissions
    return FileOperation(
        path=path,
        before=digest_of(effect.before),
        after=digest_of(effect.after),
        before_permissions=permissions,
        after_permissions=None if effect.after is None else _first(wanted, default_permissions()),
        directories=missing_directories(path),
    )


def perform(operation: FileOperation, images: ImageStore, token: str) -> None:
    """Bring the file from before to after; a file that is there already is left alone.

    Raises:
        StalePlanError: the file holds neither the bytes before nor those after.
        OSError: the file system refused; the file is as it was.

    """
    current = digest_of(content_of(operation.path))
    remove_temporaries(operation.path)
    if current not in {operation.before, operation.after}:
        raise StalePlanError(f"{operation.path} was changed by somebody else meanwhile", file=operation.path)
    if operation.after is None:
        if current is not None:
            remove_durably(operation.path)
        remove_empty_directories(operation.directories)
        return
    make_directories(missing_directories(operation.path))
    permissions = operation.after_permissions
    if current != operation.after or permissions_of(operation.path) != permissions:
        content = images.load(operation.after)
        write_atomically(operation.path, content, permissions=_first(permissions, default_permissions()), token=token)


def is_done(operation: FileOperation) -> bool:
    """Whether the file holds the bytes after the operation."""
    return digest_of(content_of(operation.path)) == operation.after


def require_writable(path: Path) -> None:
    """See that a file can be put at `path`, before anything is written.

    Raises:
        ToolError: it cannot, and why.

    """
    if path.is_dir():
        raise ToolError(f"cannot write {path}: it is a directory", file=path)
    if path.exists() and not os.access(path, os.W_OK):
        raise ToolError(f"cannot write {path}: it is read-only", hint=f"chmod u+w {path}", file=path)
    directory = next(each for each in path.parents if os.path.lexists(each))
    if not directory.is_dir():
        raise ToolError(f"cannot write {path}: {directory} is not a directory", file=path)
    if not os.access(directory, os.W_OK | os.X_OK):
        raise ToolError(f"cannot write {path}: the directory {directory} is read-only", file=path)


def _first(wanted: int | None, default: int) -> int:
    return default if wanted is None else wanted
