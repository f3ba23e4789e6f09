"""Single entries of the index: read, set, compared with the file.  The index is never restored whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagster_commons.errors import StalePlanError, ToolError
from dagster_commons.tools.git import git
from dagster_commons.tools.submodule_effect.operations import IndexEntry

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.tools.submodule_effect.operations import RefreshIndexEntry, SetIndexEntry

REGULAR_MODE = "100644"


def set_index_entry(operation: SetIndexEntry) -> None:
    """Stage the entry; one that is staged already is left alone.

    Raises:
        StalePlanError: the index holds neither the entry before nor the one after.
        ToolError: git refused.

    """
    repository, path, after = operation.repository, operation.path, operation.after
    current = index_entry(repository, path)
    if is_same_entry(current, after):
        return
    if not is_same_entry(current, operation.before):
        raise StalePlanError(f"{path} was staged by somebody else meanwhile", file=repository / path)
    if after is None:
        git(repository, "update-index", "--force-remove", "--", path)
        return
    if after.content is not None and object_of(repository, path, after.content, "-w") != after.object:
        raise ToolError(
            f"git would store {path} in another way than when the change was planned", file=repository / path
        )
    git(repository, "update-index", "--add", "--cacheinfo", f"{after.mode},{after.object},{path}")


def refresh(operation: RefreshIndexEntry) -> None:
    """Let the index know the file's times, if both are there."""
    if index_entry(operation.repository, operation.path) and (operation.repository / operation.path).exists():
        git(operation.repository, "--literal-pathspecs", "add", "--refresh", "--", operation.path)


def is_entry_of_file(operation: RefreshIndexEntry) -> bool:
    """Whether the index holds what the file says, whatever it knows of the file's times."""
    file = operation.repository / operation.path
    entry = index_entry(operation.repository, operation.path)
    if entry is None or not file.is_file():
        return entry is None and not os.path.lexists(file)
    return object_of(operation.repository, operation.path, file.read_bytes()) == entry.object


def index_entry(repository: Path, path: str) -> IndexEntry | None:
    """What the index holds for `path`; of a conflicted one the first side."""
    for line in git(repository, "--literal-pathspecs", "ls-files", "-s", "-z", "--", path).text.split("\0"):
        described, _, name = line.partition("\t")
        if name == path:
            mode, object_name, _ = described.split(" ")
            return IndexEntry(mode=mode, object=object_name)
    return None


def is_same_entry(one: IndexEntry | None, other: IndexEntry | None) -> bool:
    """Whether git sees no difference between the two."""
    if one is None or other is None:
        return one is other
    return (one.mode, one.object) == (other.mode, other.object)


def object_of(repository: Path, path: str, content: bytes, *options: str) -> str:
    """The name of the object that git makes of `content` at `path`, after its filters; `-w` makes it for real."""
    return git(repository, "hash-object", *options, "--stdin", f"--path={path}", stdin=content).text.strip()
