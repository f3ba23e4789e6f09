"""A submodule's work tree made from its git directory, and moved from commit to commit, without a network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagster_commons.errors import StalePlanError
from dagster_commons.tools.git import git, head_commit

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.tools.submodule_effect.operations import CreateCheckout, MoveCheckout

QUIETLY = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never", "-c", "advice.detachedHead=false")


def create_checkout(operation: CreateCheckout) -> None:
    """Connect work tree and git directory as git does, by relative paths, and fill the work tree.

    Raises:
        ToolError: git refused.
        OSError: the file system refused.

    """
    worktree, git_dir = operation.worktree.resolve(), operation.git_dir.resolve()
    worktree.mkdir(parents=True, exist_ok=True)
    (worktree / ".git").write_bytes(os.fsencode(f"gitdir: {os.path.relpath(git_dir, worktree)}\n"))
    configured = os.path.relpath(worktree, git_dir)
    git(worktree.parent, "config", "-f", str(git_dir / "config"), "core.worktree", configured)
    target = () if head_commit(worktree) == operation.commit else ("--detach", operation.commit)
    git(worktree, *QUIETLY, "checkout", "--quiet", "--force", *target)
    _follow_nested(worktree)


def move_checkout(operation: MoveCheckout) -> None:
    """Check `operation.after` out, also where a killed checkout has left files of both commits.

    Changes of the user's that are not in the way are kept.

    Raises:
        StalePlanError: changes of the user's are in the way.
        ToolError: git refused.

    """
    worktree = operation.worktree
    is_there = current_head(worktree) == operation.after
    if is_there or not _checks_out(worktree, operation.after):
        torn, foreign = _changed_files(operation)
        if foreign and not is_there:
            raise StalePlanError(f"{foreign[0]} was changed by somebody else meanwhile", file=foreign[0])
        if torn and not foreign:
            git(worktree, *QUIETLY, "checkout", "--quiet", "--force", "--detach", operation.before_commit)
            git(worktree, *QUIETLY, "checkout", "--quiet", "--force", *_target(operation.after))
    _follow_nested(worktree)


def current_head(worktree: Path) -> str | None:
    """The branch (`refs/heads/…`) or the commit that HEAD is at."""
    branch = git(worktree, "symbolic-ref", "--quiet", "HEAD", check=False).text.strip()
    return branch or head_commit(worktree)


def is_clean(worktree: Path) -> bool:
    """Whether no tracked file of the work tree or of its submodules is changed."""
    status = git(worktree, "status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=untracked")
    return not status.text


def _checks_out(worktree: Path, head: str) -> bool:
    return git(worktree, *QUIETLY, "checkout", "--quiet", *_target(head), check=False).exit_code == 0


def _target(head: str) -> tuple[str, ...]:
    return (head.removeprefix("refs/heads/"),) if head.startswith("refs/heads/") else ("--detach", head)


def _changed_files(operation: MoveCheckout) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Files that differ from HEAD's where one of the commits has a file: torn by a killed checkout, and the user's.

    A torn file is missing, or holds the beginning of what one of the commits has.
    """
    status = git(operation.worktree, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    torn: list[Path] = []
    foreign: list[Path] = []
    for line in status.text.split("\0")[:-1]:
        file = operation.worktree / line[3:]
        if not file.is_file():
            torn.append(file)
            continue
        content = file.read_bytes()
        versions = [
            git(operation.worktree, "cat-file", "--filters", f"{commit}:{line[3:]}", check=False)
            for commit in (operation.before_commit, operation.after_commit)
        ]
        if any(each.exit_code == 0 and each.stdout.startswith(content) for each in versions):
            torn.append(file)
        elif any(each.exit_code == 0 for each in versions):
            foreign.append(file)
    return tuple(torn), tuple(foreign)


def _follow_nested(worktree: Path) -> None:
    """Bring the submodule's own submodules to the commits that it records; only those that are set up already."""
    if (worktree / ".gitmodules").exists():
        git(worktree, *QUIETLY, "submodule", "--quiet", "update", "--recursive", "--no-fetch")
