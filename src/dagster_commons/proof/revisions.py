"""Revisions of the root's repository: which are meant, and whole trees of them outside the user's working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.states import RevisionState
from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.proof.twin import Twin

DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def resolve_revision(repository: Path, revision: str) -> RevisionState:
    """The commit that `revision` names.

    Raises:
        UsageError: there is none.

    """
    answer = git(repository, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False)
    if answer.exit_code != 0:
        raise UsageError(
            f"git knows no revision `{revision}` in {repository.name}",
            hint="a branch, a tag or a commit; a shallow clone lacks history: git fetch --unshallow",
        )
    return RevisionState(revision=revision, commit=answer.text.strip())


def merge_base(repository: Path) -> RevisionState:
    """Where HEAD left the default branch: what a pull request is compared with.

    Raises:
        UsageError: there is no default branch, or no common commit.

    """
    for branch in DEFAULT_BRANCHES:
        if git(repository, "rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}", check=False).exit_code != 0:
            continue
        answer = git(repository, "merge-base", "HEAD", branch, check=False)
        if answer.exit_code == 0:
            return RevisionState(revision=f"merge base with {branch}", commit=answer.text.strip())
        raise UsageError(
            f"HEAD and {branch} have no commit in common", hint="name one: --from REVISION (git fetch --unshallow)"
        )
    raise UsageError("there is no default branch to compare with", hint="name a revision: --from REVISION")


def check_out(twin: Twin, repository: Path, state: RevisionState) -> None:
    """Turn the twin's copy of `repository` into the tree of `state`, submodules at the commits that it records.

    Raises:
        ToolError: a commit that a submodule is pinned to can be had neither here nor from its remote.

    """
    copy = twin.inside(repository)
    git(copy, "checkout", "--quiet", "--force", "--detach", state.commit)
    git(copy, "clean", "--quiet", "-ffdx")
    if not (copy / ".gitmodules").exists():
        return
    answer = git(copy, "submodule", "update", "--quiet", "--init", "--recursive", "--force", check=False)
    if answer.exit_code != 0:
        raise ToolError(
            f"the submodules of {state.revision} cannot be checked out: {answer.error_text.replace(str(twin.at), '')}",
            hint="is every pinned commit pushed? `commons check --select SUB` tells",
        )
