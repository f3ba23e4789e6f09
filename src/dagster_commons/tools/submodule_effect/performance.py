"""Carrying the operations out.  Each may be repeated: what is done already is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dagster_commons.errors import StalePlanError
from dagster_commons.tools.atomic_files import (
    content_of,
    default_permissions,
    permissions_of,
    remove_emptied_parents,
    write_atomically,
)
from dagster_commons.tools.git import git, git_dir, head_commit
from dagster_commons.tools.submodule_effect import moving
from dagster_commons.tools.submodule_effect.checkouts import (
    create_checkout,
    current_head,
    is_clean,
    move_checkout,
)
from dagster_commons.tools.submodule_effect.index_entries import (
    index_entry,
    is_entry_of_file,
    is_same_entry,
    refresh,
    set_index_entry,
)
from dagster_commons.tools.submodule_effect.operations import (
    CopyTree,
    CreateCheckout,
    Fetch,
    MoveCheckout,
    MovePath,
    Operation,
    RefreshIndexEntry,
    SetGitConfig,
    SetIndexEntry,
    WriteBytes,
)

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_NETWORK = ("-c", "protocol.allow=never", "-c", "protocol.file.allow=always", "-c", "protocol.version=2")


def perform(operation: Operation) -> None:
    """Carry `operation` out; what has been carried out already, in part or whole, is completed or left alone.

    Raises:
        StalePlanError: somebody else changed the file, the index entry or the checkout meanwhile.
        ToolError: git refused, or something is in the way.
        OSError: the file system refused.

    """
    match operation:
        case MovePath():
            moving.move(operation.source, operation.destination)
            remove_emptied_parents(operation.source, operation.source_root)
        case CopyTree():
            moving.copy(operation.source, operation.destination)
        case CreateCheckout():
            create_checkout(operation)
        case MoveCheckout():
            move_checkout(operation)
        case WriteBytes():
            _write(operation)
        case SetGitConfig():
            _set_git_config(operation)
        case SetIndexEntry():
            set_index_entry(operation)
        case RefreshIndexEntry():
            refresh(operation)
        case Fetch():
            _fetch(operation)
        case _:
            assert_never(operation)


def is_done(operation: Operation) -> bool:  # noqa: PLR0911 - one answer per kind
    """Whether everything is as `operation` leaves it.

    Raises:
        ToolError: git cannot read the repository.

    """
    match operation:
        case MovePath():
            return moving.is_moved(operation.source, operation.destination)
        case CopyTree(destination=destination):
            return destination.exists() and not moving.temporary_of(destination).exists()
        case CreateCheckout(worktree=worktree, commit=commit):
            return (worktree / ".git").exists() and head_commit(worktree) == commit and is_clean(worktree)
        case MoveCheckout(worktree=worktree):
            return current_head(worktree) == operation.after and is_clean(worktree)
        case WriteBytes():
            return content_of(operation.path) == operation.after
        case SetGitConfig():
            return _config_values(operation.repository, operation.key) == operation.after
        case SetIndexEntry():
            return is_same_entry(index_entry(operation.repository, operation.path), operation.after)
        case RefreshIndexEntry():
            return is_entry_of_file(operation)
        case Fetch():
            return _are_set(operation)


def lock_files(operation: Operation) -> tuple[Path, ...]:
    """The lock files that git holds while it carries `operation` out: left behind only if git itself was killed."""
    match operation:
        case MovePath() | CopyTree() | CreateCheckout() | WriteBytes():
            return ()
        case MoveCheckout(worktree=worktree):
            own = git_dir(worktree)
            return (own / "index.lock", own / "HEAD.lock")
        case SetGitConfig(repository=repository):
            common = git(repository, "rev-parse", "--git-common-dir").text.rstrip("\n")
            return (repository / common / "config.lock",)
        case SetIndexEntry(repository=repository) | RefreshIndexEntry(repository=repository):
            return (git_dir(repository) / "index.lock",)
        case Fetch(git_dir=own, references=references):
            return (own / "packed-refs.lock", own / "shallow.lock", *(own / f"{each.name}.lock" for each in references))


def _write(operation: WriteBytes) -> None:
    current = content_of(operation.path)
    if current == operation.after:
        return
    if current != operation.before:
        raise StalePlanError(f"{operation.path} was changed by somebody else meanwhile", file=operation.path)
    if operation.after is None:
        operation.path.unlink()
        return
    permissions = permissions_of(operation.path)
    write_atomically(
        operation.path,
        operation.after,
        permissions=default_permissions() if permissions is None else permissions,
        token="submodule",  # noqa: S106 - names the temporary file
    )


def _set_git_config(operation: SetGitConfig) -> None:
    current = _config_values(operation.repository, operation.key)
    if current == operation.after:
        return
    local = ("config", "--local")
    if current and not operation.after:
        git(operation.repository, *local, "--unset-all", operation.key)
    for number, value in enumerate(operation.after):
        git(operation.repository, *local, "--add" if number else "--replace-all", operation.key, value)


def _config_values(repository: Path, key: str) -> tuple[str, ...]:
    answer = git(repository, "config", "--local", "-z", "--get-all", key, check=False)
    return tuple(answer.text.split("\0")[:-1])


def _fetch(operation: Fetch) -> None:
    wanted = {*operation.commits, *(each.after for each in operation.references if each.after is not None)}
    if operation.source is not None:
        git(
            operation.git_dir,
            *WITHOUT_NETWORK,
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--update-shallow",
            "--stdin",
            str(operation.source),
            stdin="".join(f"{each}\n" for each in sorted(wanted)).encode(),
        )
    lines = [
        f"update {each.name} {each.after}\n" if each.after is not None else f"delete {each.name}\n"
        for each in operation.references
    ]
    if lines:
        git(operation.git_dir, "update-ref", "--stdin", stdin="".join(lines).encode())


def _are_set(operation: Fetch) -> bool:
    listed = git(operation.git_dir, "for-each-ref", "--format=%(refname) %(objectname)", "refs/remotes", "refs/tags")
    current = dict(line.split(" ", 1) for line in listed.text.splitlines())
    return all(current.get(each.name) == each.after for each in operation.references)
