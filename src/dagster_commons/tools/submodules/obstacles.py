"""What deleting a submodule would lose: commits that no remote has, stashes, changed and untracked files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.tools.git import ENVIRONMENT, git
from dagster_commons.tools.process import Command, Completed, run
from dagster_commons.tools.submodules.enumeration import submodules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dagster_commons.tools.submodules.enumeration import Submodule

SECONDS_FOR_THE_REMOTE = 20.0
NAMES_SHOWN = 3


def obstacles_to_removal(submodule: Submodule) -> tuple[str, ...]:
    """What would be lost with the submodule's work tree and git directory, one sentence each; empty: nothing.

    Commits count as lost when a local branch, a tag or HEAD reaches them and no remote-tracking ref does.  Only if
    there are such, the remote is asked which tags and branches it has now; when it does not answer, they count as lost.

    Raises:
        ToolError: git cannot read the submodule.

    """
    return tuple(f"{submodule.relative_path}: {each}" for each in _obstacles(submodule))


def obstacles_in_git_dir(git_dir: Path) -> tuple[str, ...]:
    """What would be lost with a git directory alone, one sentence each; empty when there is no such directory."""
    if not (git_dir / "HEAD").exists():
        return ()
    return (*_unpushed(git_dir), *_stashes(git_dir))


def _obstacles(submodule: Submodule) -> tuple[str, ...]:
    of_git_dir = obstacles_in_git_dir(submodule.git_dir)
    if not submodule.is_initialised:
        return (*of_git_dir, *_stray_files(submodule.path))
    inner = (f"{each.relative_path}: {said}" for each in submodules(submodule.path) for said in _obstacles(each))
    return (*of_git_dir, *_changes(submodule.path), *inner)


def _unpushed(git_dir: Path) -> tuple[str, ...]:
    commits = _commits_not_on(git_dir, ())
    if commits:
        commits = _commits_not_on(git_dir, _tips_of_the_remote(git_dir))
    return _sentence("commits on no remote branch or tag", [each[:9] for each in commits], "push first")


def _commits_not_on(git_dir: Path, excluded: tuple[str, ...]) -> tuple[str, ...]:
    """Commits reachable from local refs and HEAD, but from no remote-tracking ref, shallow boundary or `excluded`."""
    shallow = git_dir / "shallow"
    boundary = shallow.read_text("ascii").split() if shallow.is_file() else []
    lines = "".join(f"^{each}\n" for each in (*boundary, *excluded))
    arguments = ("rev-list", "--exclude=refs/stash", "--all", "--not", "--remotes", "--stdin")
    return tuple(_in_git_dir(git_dir, *arguments, stdin=lines.encode()).text.split())


def _tips_of_the_remote(git_dir: Path) -> tuple[str, ...]:
    """The commits that the remote names now and that are here too; empty when it does not answer."""
    asked = Command(
        argv=("git", "--git-dir", str(git_dir), "--work-tree", ".", "ls-remote", "origin"),
        cwd=git_dir,
        environment=ENVIRONMENT,
        timeout_seconds=SECONDS_FOR_THE_REMOTE,
    )
    try:
        answer = run(asked, check=False)
    except ToolError:  # no answer in time
        return ()
    named = sorted({line.partition("\t")[0] for line in answer.text.splitlines()})
    if not named:
        return ()
    checked = _in_git_dir(git_dir, "cat-file", "--batch-check", stdin="\n".join(named).encode() + b"\n")
    return tuple(line.split(" ")[0] for line in checked.text.splitlines() if " commit " in line)


def _stashes(git_dir: Path) -> tuple[str, ...]:
    listed = _in_git_dir(git_dir, "rev-parse", "--verify", "--quiet", "refs/stash", check=False)
    return ("stashed changes: apply or drop them first (`git stash list`)",) if listed.exit_code == 0 else ()


def _changes(working_tree: Path) -> tuple[str, ...]:
    """Changed, staged and untracked files; what the submodule's own submodules hold is told apart."""
    answer = git(
        working_tree,
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--ignore-submodules=dirty",
        "--untracked-files=all",
    )
    names = [entry[3:] for entry in answer.text.split("\0") if entry]
    return _sentence("changed or untracked files", names, "commit, stash or discard first")


def _stray_files(directory: Path) -> tuple[str, ...]:
    """Files in the place of a submodule that is not checked out: git would not know them."""
    names = sorted(each.name for each in directory.iterdir()) if directory.is_dir() else []
    return _sentence("files that are not of the submodule", names, "move away first")


def _sentence(what: str, names: Sequence[str], remedy: str) -> tuple[str, ...]:
    if not names:
        return ()
    more = ", …" if len(names) > NAMES_SHOWN else ""
    return (f"{what} ({len(names)}: {', '.join(names[:NAMES_SHOWN])}{more}): {remedy}",)


def _in_git_dir(git_dir: Path, *arguments: str, check: bool = True, stdin: bytes | None = None) -> Completed:
    """Run git on a git directory whose work tree may be gone."""
    return git(git_dir, "--git-dir", str(git_dir), "--work-tree", ".", *arguments, check=check, stdin=stdin)
