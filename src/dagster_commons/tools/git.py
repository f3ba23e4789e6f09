"""git, asked with `-z` and answered as values.  Submodules have their own file."""

from __future__ import annotations

from pathlib import Path

from dagster_commons.errors import ToolError
from dagster_commons.tools.process import Command, Completed, run

OLDEST_SUPPORTED = (2, 30)
# What stands in a git directory while a merge or the like is not finished.
UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def git(directory: Path, *arguments: str, check: bool = True, stdin: bytes | None = None) -> Completed:
    """Run git in `directory`; never prompts, speaks English, takes no optional locks."""
    command = Command(argv=("git", *arguments), cwd=directory, environment=ENVIRONMENT, stdin=stdin)
    return run(command, check=check)


def top_level(directory: Path) -> Path | None:
    """The working tree that contains `directory`, or None outside any.

    Raises:
        ToolError: git refuses to say, e.g. because the checkout belongs to another user.

    """
    answer = git(directory, "rev-parse", "--show-toplevel", check=False)
    if answer.exit_code == 0:
        return Path(answer.text.rstrip("\n"))
    if "not a git repository" in answer.error_text:
        return None
    raise ToolError(f"git cannot read the repository at {directory}: {answer.error_text}")


def git_dir(directory: Path) -> Path:
    """The git directory of the working tree itself (a linked worktree and a submodule have their own)."""
    return Path(git(directory, "rev-parse", "--absolute-git-dir").text.rstrip("\n"))


def head_commit(directory: Path) -> str | None:
    """The commit that HEAD names, or None before the first commit."""
    answer = git(directory, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False)
    return answer.text.strip() or None


def tracked_and_untracked_files(directory: Path) -> tuple[str, ...]:
    """Paths relative to `directory`, gitlinks included, ignored files left out, sorted, without duplicates."""
    listed = git(directory, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return tuple(sorted({name for name in listed.text.split("\0") if name}))


def files_and_gitlinks(directory: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files and gitlinks below `directory`, relative to it, tracked or untracked but not ignored, each once, unsorted.

    An untracked repository inside is one entry that ends with `/`.

    Raises:
        ToolError: git cannot read the repository.

    """
    listed = git(directory, "ls-files", "-z", "--stage", "--others", "--exclude-standard")
    files: dict[str, None] = {}
    gitlinks: dict[str, None] = {}
    for entry in listed.text.split("\0"):
        staged, separator, path = entry.partition("\t")
        if staged.startswith("160000 "):
            gitlinks[path] = None
        elif entry:
            files[path if separator else entry] = None
    return tuple(files), tuple(gitlinks)


def changed_paths(repository: Path, base: str) -> tuple[Path, ...]:
    """What differs between commit `base` and the working tree, untracked files and submodules' own changes included.

    A submodule at another commit contributes its path and the files that differ between the two commits, where both
    are here.

    Raises:
        ToolError: `base` is no commit of the repository.

    """
    found = {repository / name for name in _listed(repository, "diff", "--name-only", "-z", "--no-renames", base)}
    found |= {repository / name for name in _listed(repository, "ls-files", "-z", "--others", "--exclude-standard")}
    for path in _gitlinks(repository):
        pinned = git(repository, "rev-parse", "--verify", "--quiet", f"{base}:{path}", check=False).text.strip()
        place = repository / path
        if not (place / ".git").exists():
            continue
        if pinned and git(place, "cat-file", "-e", pinned, check=False).exit_code == 0:
            found |= set(changed_paths(place, pinned))
        else:
            found.add(place)
    return tuple(sorted(found))


def _listed(repository: Path, *arguments: str) -> tuple[str, ...]:
    return tuple(name for name in git(repository, *arguments).text.split("\0") if name)


def _gitlinks(repository: Path) -> tuple[str, ...]:
    staged = _listed(repository, "ls-files", "-z", "--stage")
    return tuple(entry.partition("\t")[2] for entry in staged if entry.startswith("160000 "))
