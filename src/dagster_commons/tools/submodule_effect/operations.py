"""The operations as values: what each does, what takes it back, and how it stands in a journal."""

from __future__ import annotations

import base64
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePath:
    """Move a file or a directory, to another file system too; nothing happens when there is nothing to move.

    Directories that the move empties are removed, up to and without `source_root`.
    """

    source: Path
    destination: Path
    source_root: Path
    destination_root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyTree:
    """Copy a directory; taken back by moving the copy to `set_aside`, since something may have been added to it."""

    source: Path
    destination: Path
    destination_root: Path
    set_aside: Path
    set_aside_root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCheckout:
    """Connect a new work tree with its git directory and check `commit` out; taken back by moving it to `set_aside`."""

    worktree: Path
    git_dir: Path
    commit: str
    worktree_root: Path
    set_aside: Path
    set_aside_root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCheckout:
    """Check another commit out.  `before`, `after`: a branch (`refs/heads/…`) or a commit (detached)."""

    worktree: Path
    before: str
    after: str
    before_commit: str
    after_commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBytes:
    """A file's bytes; None: it is not there."""

    path: Path
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGitConfig:
    """All values of a key in the repository's own configuration; empty: the key is not there."""

    repository: Path
    key: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """What the index holds for a path; `content` are the bytes of which git makes the object, where we have them."""

    mode: str
    object: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetIndexEntry:
    """One entry of the index; None: there is none."""

    repository: Path
    path: str  # below the working tree, POSIX form
    before: IndexEntry | None
    after: IndexEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshIndexEntry:
    """Let the index know the file's times, so that plumbing does not take an unchanged file for a changed one."""

    repository: Path
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceChange:
    """A ref's object before and after; None: the ref is not there."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Bring `commits` over from the git directory `source` (None: they are there) and move `references`.

    Taken back by moving the references back; objects that nothing refers to are git's to remove.
    """

    git_dir: Path
    source: Path | None
    commits: tuple[str, ...]
    references: tuple[ReferenceChange, ...]


Operation: TypeAlias = (
    MovePath
    | CopyTree
    | CreateCheckout
    | MoveCheckout
    | WriteBytes
    | SetGitConfig
    | SetIndexEntry
    | RefreshIndexEntry
    | Fetch
)
Part: TypeAlias = IndexEntry | ReferenceChange

_OPERATIONS: Mapping[str, Callable[..., Operation]] = {each.__name__: each for each in get_args(Operation)}
_PARTS: Mapping[str, Callable[..., Part]] = {each.__name__: each for each in get_args(Part)}


def invert(operation: Operation) -> Operation:  # noqa: PLR0911 - one answer per kind
    """The operation that takes `operation` back, also when it was only begun."""
    match operation:
        case MovePath():
            return MovePath(
                source=operation.destination,
                destination=operation.source,
                source_root=operation.destination_root,
                destination_root=operation.source_root,
            )
        case CopyTree(destination=added, destination_root=root) | CreateCheckout(worktree=added, worktree_root=root):
            return MovePath(
                source=added,
                destination=operation.set_aside,
                source_root=root,
                destination_root=operation.set_aside_root,
            )
        case MoveCheckout():
            return MoveCheckout(
                worktree=operation.worktree,
                before=operation.after,
                after=operation.before,
                before_commit=operation.after_commit,
                after_commit=operation.before_commit,
            )
        case WriteBytes(before=before, after=after):
            return replace(operation, before=after, after=before)
        case SetGitConfig():
            return replace(operation, before=operation.after, after=operation.before)
        case SetIndexEntry():
            return replace(operation, before=operation.after, after=operation.before)
        case RefreshIndexEntry():
            return operation
        case Fetch():
            turned = tuple(replace(each, before=each.after, after=each.before) for each in operation.references)
            return Fetch(git_dir=operation.git_dir, source=None, commits=(), references=turned)


def to_json(operation: Operation, as_text: Callable[[Path], str] = str) -> dict[str, object]:
    """The operation as JSON; `as_text` says how a path is written."""
    return {"operation": type(operation).__name__, **_encoded_fields(operation, as_text)}


def from_json(recorded: Mapping[str, Any], as_path: Callable[[str], Path] = Path) -> Operation:
    """The operation that `to_json` wrote; `as_path` reads what its `as_text` wrote.

    Raises:
        KeyError: it is none of ours.

    """
    values = {name: _decoded(value, as_path) for name, value in recorded.items() if name != "operation"}
    return _OPERATIONS[recorded["operation"]](**values)


def _encoded_fields(value: Operation | Part, as_text: Callable[[Path], str]) -> dict[str, object]:
    return {field.name: _encoded(getattr(value, field.name), as_text) for field in fields(value)}


def _encoded(value: object, as_text: Callable[[Path], str]) -> object:
    """Text, None and tuples as themselves; everything else as an object that names what it is."""
    match value:
        case Path():
            return {"path": as_text(value)}
        case bytes():
            return {"base64": base64.b64encode(value).decode("ascii")}
        case tuple():
            return [_encoded(each, as_text) for each in value]
        case IndexEntry() | ReferenceChange():
            return {"part": type(value).__name__, **_encoded_fields(value, as_text)}
        case _:
            return value


def _decoded(value: object, as_path: Callable[[str], Path]) -> object:
    match value:
        case {"path": str(text)}:
            return as_path(text)
        case {"base64": str(text)}:
            return base64.b64decode(text)
        case {"part": str(name), **rest}:
            return _PARTS[name](**{str(key): _decoded(each, as_path) for key, each in rest.items()})
        case list():
            return tuple(_decoded(each, as_path) for each in value)
        case _:
            return value
