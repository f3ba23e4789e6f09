"""What git says of the place that a module is released from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.discovery.upstreams import read_remote_tags, read_tags
from dagster_commons.model.release import Ground, Remote
from dagster_commons.tools.git import UNFINISHED, git, git_dir, head_commit
from dagster_commons.tools.redaction import without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import Tag


def read_ground(
    repository: Path, project: Project, *, is_own: Callable[[str], bool], offline: bool, is_pushed: bool
) -> Ground:
    """The state of the repository for a release of `project`; with `offline` its remote is not asked for tags.

    `is_own` says of a tag's name whether it marks a version of the project.  With `is_pushed` the remote is asked
    whether it would take a push of the branch.

    Raises:
        ToolError: git cannot read the repository.

    """
    head = head_commit(repository)
    tags = read_tags(repository)
    branch = git(repository, "symbolic-ref", "--quiet", "--short", "HEAD", check=False).text.strip() or None
    return Ground(
        repository=repository,
        head=head,
        branch=branch,
        tags=tags,
        reachable=_reachable(repository) if head is not None else frozenset(),
        unchanged_since=_unchanged_since(repository, project, [each for each in tags if is_own(each.name)])
        if head is not None
        else frozenset(),
        changed=_changed(repository, project.directory),
        is_shallow=git(repository, "rev-parse", "--is-shallow-repository").text.strip() == "true",
        is_on_remote=_is_on_remote(repository),
        remote=_remote(repository, branch, offline=offline, is_pushed=is_pushed),
        obstacle=_obstacle(repository),
    )


def _reachable(repository: Path) -> frozenset[str]:
    return frozenset(git(repository, "tag", "--list", "--merged", "HEAD").text.split())


def _unchanged_since(repository: Path, project: Project, tags: list[Tag]) -> frozenset[str]:
    """Those of `tags` at which git has the same tree for the project's directory as at HEAD."""
    place = project.directory.relative_to(repository).as_posix()
    place = "" if place == "." else place
    asked = "".join(f"{commit}:{place}\n" for commit in ("HEAD", *(each.commit for each in tags)))
    lines = git(repository, "cat-file", "--batch-check=%(objectname)", stdin=asked.encode()).text.splitlines()
    return frozenset(each.name for each, tree in zip(tags, lines[1:], strict=True) if tree == lines[0])


def _changed(repository: Path, directory: Path) -> tuple[Path, ...]:
    call = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", str(directory))
    entries = git(repository, *call).text.split("\0")
    return tuple(sorted(repository / each[3:] for each in entries if each))


def _is_on_remote(repository: Path) -> bool:
    if not git(repository, "remote").text.strip():
        return True
    return bool(git(repository, "branch", "--remotes", "--contains", "HEAD", check=False).text.strip())


def _remote(repository: Path, branch: str | None, *, offline: bool, is_pushed: bool) -> Remote | None:
    """The one that the branch follows, else `origin`, else the only one."""
    names = git(repository, "remote").text.split()
    followed = git(repository, "config", f"branch.{branch}.remote", check=False).text.strip() if branch else ""
    candidates = [each for each in (followed, "origin") if each in names]
    name = candidates[0] if candidates else names[0] if len(names) == 1 else None
    if name is None:
        return None
    if offline:
        return Remote(name=name, unread="was not asked (--offline)")
    answer = read_remote_tags(repository, name)
    is_asked = is_pushed and branch is not None and answer.unread is None
    refusal = _refusal(repository, name, f"HEAD:refs/heads/{branch}") if is_asked else None
    unread = answer.unread.removeprefix("its remote ") if answer.unread is not None else None
    return Remote(name=name, tags=answer.tags, unread=unread, refusal=refusal)


def _refusal(repository: Path, remote: str, refspec: str) -> str | None:
    """What git says to a push that sends nothing; hooks, here and there, are not asked."""
    answer = git(repository, "push", "--dry-run", "--no-verify", "--porcelain", remote, refspec, check=False)
    if answer.exit_code == 0:
        return None
    rejected = [line.split("\t")[-1] for line in answer.text.splitlines() if line.startswith("!\t")]
    said = [line for line in answer.error_text.splitlines() if line.startswith(("fatal: ", "error: "))]
    return without_credentials(next(iter((*rejected, *said)), answer.error_text))


def _obstacle(repository: Path) -> str | None:
    unfinished = next((each for each in UNFINISHED if (git_dir(repository) / each).exists()), None)
    if unfinished is not None:
        return f"a merge, rebase or the like is not finished ({unfinished})"
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if git(repository, "var", who, check=False).exit_code != 0:
            return "git does not know who you are (git config user.name and user.email)"
    return None
