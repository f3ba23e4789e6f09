"""Adding and removing a submodule for real, by git itself.  Meant for a twin: a failure may leave it half done."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, RefusedError, ToolError, UsageError
from dagster_commons.model.plan import SubmoduleRecord
from dagster_commons.tools.atomic_files import remove_emptied_parents
from dagster_commons.tools.git import git, git_dir, head_commit
from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.submodules.enumeration import GITLINK_MODE, nested, submodules
from dagster_commons.tools.submodules.obstacles import obstacles_to_removal
from dagster_commons.tools.submodules.urls import are_same_url, remote_urls, resolved

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.plan import AddSubmodule, RemoveSubmodule
    from dagster_commons.tools.process import Completed
    from dagster_commons.tools.submodules.enumeration import Submodule

WITHOUT_HOOKS = ("-c", "core.hooksPath=/dev/null")


def add_submodule(step: AddSubmodule) -> None:
    """`git submodule add`, then `step.commit` checked out and its own submodules made ready; nothing is committed.

    Raises:
        UsageError: the place is taken, ignored or inside another repository; `.gitmodules` has unstaged changes; the
            URL leads to the repository itself.
        ToolError: the remote cannot be reached, is empty, or lacks the branch or commit.

    """
    relative_path = _free_place(step.repository, step.path)
    refuse_unstaged_gitmodules(step.repository)
    _refuse_own_url(step)
    (step.repository / ".gitmodules").touch()  # git wants it there when HEAD has it, though its removal be staged
    branch = ("-b", step.branch) if step.branch else ()
    answer = git(
        step.repository,
        *WITHOUT_HOOKS,
        "submodule",
        "--quiet",
        "add",
        *branch,
        *("--name", _free_name(step.repository, relative_path)),
        "--",
        step.url,
        relative_path,
        check=False,
    )
    if answer.exit_code != 0:
        raise _why_not_added(step, relative_path, answer)
    _refuse_own_history(step)
    if step.commit is not None:
        _check_out(step, step.commit)
        entry = f"{GITLINK_MODE},{head_commit(step.path)},{relative_path}"
        git(step.repository, "update-index", "--add", "--cacheinfo", entry)
    _initialise_nested(step)
    for each in (step.path, *(inner.path for inner in nested(step.path))):
        _own_all_objects(each)


def remove_submodule(step: RemoveSubmodule) -> None:
    """Take the submodule out: work tree, gitlink, entry, configuration and git directory; nothing is committed.

    Raises:
        UsageError: there is no submodule; `.gitmodules` has unstaged changes.
        RefusedError: something that exists nowhere else would be lost.

    """
    submodule = next((each for each in submodules(step.repository) if each.path == step.path), None)
    if submodule is None:
        raise UsageError(
            f"{_shown(step.repository, step.path)} is not a submodule", file=step.repository / ".gitmodules"
        )
    obstacles = obstacles_to_removal(submodule)
    if obstacles:
        raise RefusedError("\n  ".join(("removing the submodule would lose work:", *obstacles)))
    refuse_unstaged_gitmodules(step.repository)
    _remove_from_index(submodule)
    git(step.repository, "config", "--local", "--remove-section", f"submodule.{submodule.name}", check=False)
    _remove_git_dir(submodule)


def record(repository: Path, path: Path) -> SubmoduleRecord | None:
    """What `repository` records of the submodule at `path`; None when its index has no gitlink there."""
    for submodule in submodules(repository):
        if submodule.path == path and submodule.commit is not None:
            return SubmoduleRecord(
                name=submodule.name, url=submodule.url or "", commit=submodule.commit, git_dir=submodule.git_dir
            )
    return None


def refuse_unstaged_gitmodules(repository: Path) -> None:
    """See that staging `.gitmodules` stages nothing but our own change.

    Raises:
        UsageError: it has changes that are not staged, is not tracked, or is in conflict.

    """
    status = git(repository, "status", "--porcelain=v2", "-z", "--untracked-files=all", "--", ".gitmodules")
    for line in status.text.split("\0"):
        is_settled = line.startswith("1 ") and line[3] == "."
        if line and not is_settled:
            raise UsageError(
                ".gitmodules has changes that are not staged, and git would stage them along with ours",
                hint="git add .gitmodules, or git stash push .gitmodules",
                file=repository / ".gitmodules",
            )


def _free_place(repository: Path, path: Path) -> str:
    """`path` below `repository`, POSIX form, after seeing that a submodule can go there."""
    shown = _shown(repository, path)
    if path == repository or not path.is_relative_to(repository) or ".git" in path.relative_to(repository).parts:
        raise UsageError(f"{shown} is no place for a submodule of {repository.name}")
    for other in submodules(repository):
        if path == other.path:
            raise UsageError(
                f"{shown} is a submodule already",
                hint="commons sync fills it where it is empty; another repository needs another place (--at)",
                file=repository / ".gitmodules",
            )
        if path.is_relative_to(other.path):
            raise UsageError(f"{shown} lies inside the submodule {other.relative_path}: add it in that repository")
    _see_parents(repository, path)
    if os.path.lexists(path):
        raise UsageError(f"{shown} exists already", hint="move it away, or choose another place for the submodule")
    if git(repository, "--literal-pathspecs", "ls-files", "-z", "--", shown).text:
        raise UsageError(f"{shown} is tracked by git, though it is not there", hint=f"git rm -r --cached {shown}")
    ignoring = git(repository, "check-ignore", "--verbose", "--", shown, check=False).text.partition("\t")[0]
    if ignoring:
        raise UsageError(f"git ignores {shown} ({ignoring})", hint="change the pattern, or choose another place")
    return shown


def _see_parents(repository: Path, path: Path) -> None:
    """See that everything between `repository` and `path` is a directory of this repository, or not there yet."""
    shown = _shown(repository, path)
    for parent in path.relative_to(repository).parents[:-1]:
        directory = repository / parent
        if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
            raise UsageError(f"{parent.as_posix()} is not a directory, so {shown} cannot be a submodule")
        if os.path.lexists(directory / ".git"):
            raise UsageError(f"{shown} lies inside another repository, {parent.as_posix()}: add it there")


def _shown(repository: Path, path: Path) -> str:
    return path.relative_to(repository).as_posix() if path.is_relative_to(repository) else str(path)


def _refuse_own_url(step: AddSubmodule) -> None:
    url = resolved(step.repository, step.url)
    local = url.removeprefix("file://")
    is_own = any(are_same_url(url, each) for each in remote_urls(step.repository).values())
    if is_own or (local.startswith("/") and os.path.realpath(local) == os.path.realpath(step.repository)):
        raise _own_repository(step)


def _refuse_own_history(step: AddSubmodule) -> None:
    """The same repository under another URL: the same first commits, and one knows the other's newest commit."""
    ours, theirs = head_commit(step.repository), head_commit(step.path)
    if ours is None or theirs is None:
        return
    is_related = _has_commit(step.repository, theirs) or _has_commit(step.path, ours)
    if is_related and _first_commits(step.repository) == _first_commits(step.path):
        raise _own_repository(step)


def _own_repository(step: AddSubmodule) -> UsageError:
    return UsageError(
        f"{without_credentials(step.url)} is this very repository, and a repository cannot be its own submodule",
        hint="use the module by path here",
    )


def _has_commit(repository: Path, commit: str) -> bool:
    return git(repository, "cat-file", "-e", f"{commit}^{{commit}}", check=False).exit_code == 0


def _first_commits(repository: Path) -> frozenset[str]:
    return frozenset(git(repository, "rev-list", "--max-parents=0", "HEAD").text.split())


def _free_name(repository: Path, wanted: str) -> str:
    """The path, which is git's own choice, unless a submodule that was moved away from there still has it."""
    taken = {each.name for each in submodules(repository)}
    candidates = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in candidates if each not in taken)


def _why_not_added(step: AddSubmodule, relative_path: str, answer: Completed) -> CommonsError:
    said, url = answer.error_text, without_credentials(step.url)
    if "transport 'file' not allowed" in said:
        return ToolError(
            f"git does not clone a submodule from a local directory ({url}) unless allowed for that one call",
            hint=f"git -c protocol.file.allow=always submodule add -- {url} {relative_path}; or run commons with "
            "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow GIT_CONFIG_VALUE_0=always",
        )
    is_cloned = os.path.lexists(step.path / ".git")
    if is_cloned and head_commit(step.path) is None:
        return ToolError(f"{url} has no commits yet", hint="push to it first")
    if is_cloned and step.branch is not None:
        return ToolError(f"{url} has no branch {step.branch}", hint=f"git ls-remote --heads {url}")
    reasons = [line for line in said.splitlines() if "into submodule path" not in line]
    return ToolError(
        without_credentials("\n".join((f"cannot add the submodule {relative_path} from {url}:", *reasons))),
        hint=f"see that the URL is right and that you may read it: git ls-remote {url}",
    )


def _check_out(step: AddSubmodule, commit: str) -> None:
    if head_commit(step.path) == commit:
        return
    if not _has_commit(step.path, commit):
        git(step.path, "fetch", "--quiet", "origin", commit, check=False)
    if not _has_commit(step.path, commit):
        url = without_credentials(step.url)
        raise ToolError(f"{url} has no commit {commit}", hint="push it first, or name a commit that is there")
    git(step.path, *WITHOUT_HOOKS, "checkout", "--quiet", "--detach", commit)


def _initialise_nested(step: AddSubmodule) -> None:
    if not (step.path / ".gitmodules").exists():
        return
    answer = git(
        step.path,
        *WITHOUT_HOOKS,
        *("submodule", "--quiet", "update", "--init", "--recursive"),
        check=False,
    )
    if answer.exit_code != 0:
        relative_path = _shown(step.repository, step.path)
        said = without_credentials(answer.error_text)
        raise ToolError(
            f"{relative_path} has submodules of its own that cannot be fetched:\n{said}",
            hint=f"git -C {relative_path} submodule update --init --recursive",
        )


def _own_all_objects(working_tree: Path) -> None:
    """Copy what git reads from other repositories, as `submodule.alternateLocation` makes it: they may go."""
    alternates = git_dir(working_tree) / "objects" / "info" / "alternates"
    if alternates.exists():
        git(working_tree, "repack", "-a", "-d", "--quiet")
        alternates.unlink()


def _remove_from_index(submodule: Submodule) -> None:
    repository = submodule.repository
    if submodule.commit is not None:
        git(repository, "--literal-pathspecs", "rm", "--quiet", "--force", "--", submodule.relative_path)
    else:
        git(repository, "config", "-f", ".gitmodules", "--remove-section", f"submodule.{submodule.name}")
        git(repository, "add", "--", ".gitmodules")
    file = repository / ".gitmodules"
    if file.is_file() and not file.read_bytes().strip():
        git(repository, "rm", "--quiet", "--force", "--", ".gitmodules")


def _remove_git_dir(submodule: Submodule) -> None:
    """Remove what `git rm` leaves: the git directory, if it is the superproject's to keep, and emptied parents."""
    kept = git_dir(submodule.repository) / "modules"
    if submodule.git_dir.exists() and submodule.git_dir.resolve().is_relative_to(kept.resolve()):
        shutil.rmtree(submodule.git_dir)
        remove_emptied_parents(submodule.git_dir, kept)
    remove_emptied_parents(submodule.path, submodule.repository)
