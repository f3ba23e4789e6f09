"""One commit of what was applied, on a branch of its own; never pushed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, RefusedError, ToolError
from dagster_commons.model.plan import FileEffect, SubmoduleEffect
from dagster_commons.tools.git import UNFINISHED, git, git_dir, head_commit, top_level

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.plan import Effect

NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What one repository is to record; `files` are to be staged, gitlinks are staged by the change itself."""

    repository: Path
    branch: str
    files: tuple[Path, ...]


def prepare_commits(effects: Iterable[Effect], branch: str) -> tuple[Commit, ...]:
    """One commit per repository that `effects` touch, before they are applied.

    A file that git ignores, or that was there without being tracked, is left out.

    Raises:
        RefusedError: in one of them something of the user's would be committed along, or the branch exists.
        ToolError: git cannot read one of them.

    """
    files: dict[Path, list[Path]] = {}
    for effect in effects:
        match effect:
            case SubmoduleEffect():
                files.setdefault(effect.repository, [])
            case FileEffect():
                home = top_level(effect.path.parent)
                if home is None:
                    raise RefusedError(f"{effect.path} is in no git repository, so it cannot be committed")
                files.setdefault(home, []).extend([effect.path] if _is_recorded(home, effect) else [])
    for repository, paths in files.items():
        _require_committable(repository, branch, paths)
    return tuple(
        Commit(repository=repository, branch=branch, files=tuple(sorted(paths)))
        for repository, paths in sorted(files.items())
    )


def commit(prepared: Commit, message: str) -> str:
    """Make the commit on a new branch, which stays checked out; returns the new commit's id.

    Raises:
        ToolError: git or one of the user's hooks refused; the branch is gone again, the files stay as applied.

    """
    repository, files = prepared.repository, tuple(map(str, prepared.files))
    before = git(repository, "symbolic-ref", "--quiet", "--short", "HEAD", check=False).text.strip()
    head = head_commit(repository) or ""
    git(repository, "checkout", "--quiet", "-b", prepared.branch)
    try:
        if files:
            git(repository, "--literal-pathspecs", "add", "--", *files)
        git(repository, "commit", "--quiet", "--file", "-", stdin=message.encode())
    except BaseException as error:
        if files:
            git(repository, "--literal-pathspecs", "reset", "--quiet", "--", *files, check=False)
        git(repository, "checkout", "--quiet", *((before,) if before else ("--detach", head)), check=False)
        git(repository, "branch", "--quiet", "-D", prepared.branch, check=False)
        if not isinstance(error, CommonsError):
            raise
        raise ToolError(
            f"the change was applied, but not committed in {repository.name}: {error.message}",
            hint="commit it yourself, or take it back: commons undo",
        ) from error
    return git(repository, "rev-parse", "--short", "HEAD").text.strip()


def _is_recorded(repository: Path, effect: FileEffect) -> bool:
    name = effect.path.relative_to(repository).as_posix()
    if git(repository, "--literal-pathspecs", "ls-files", "-z", "--", name).text:
        return True
    is_ignored = git(repository, "check-ignore", "--quiet", "--", name, check=False).exit_code == 0
    return effect.before is None and not is_ignored


def _require_committable(repository: Path, branch: str, files: list[Path]) -> None:
    where = repository.name
    if head_commit(repository) is None:
        raise RefusedError(f"{where} has no commit yet, so there is nothing to branch from", hint="commit first")
    for name in (branch, branch.partition("/")[0]):
        taken = git(repository, "rev-parse", "--verify", "--quiet", f"refs/heads/{name}", check=False)
        if taken.exit_code == 0:
            raise RefusedError(
                f"{where} has a branch {name} already", hint="rename or delete it, or leave --commit out"
            )
    unfinished = next((each for each in UNFINISHED if (git_dir(repository) / each).exists()), None)
    if unfinished is not None:
        raise RefusedError(f"{where} is in the middle of a merge, rebase or the like ({unfinished})", hint="git status")
    staged = _names(git(repository, "diff", "--cached", "--name-only", "-z", "--no-renames").text)
    if staged:
        raise RefusedError(
            f"{where} has staged changes, which would be committed along: {_shown(staged)}",
            hint="commit or unstage them first, or leave --commit out",
        )
    paths = [each.relative_to(repository).as_posix() for each in files]
    edited = _names(git(repository, "--literal-pathspecs", "diff", "--name-only", "-z", "--", *paths).text)
    if paths and edited:
        raise RefusedError(
            f"{where} has uncommitted edits in files that change, which would be committed along: {_shown(edited)}",
            hint="commit them first, or leave --commit out",
        )


def _names(text: str) -> list[str]:
    return [name for name in text.split("\0") if name]


def _shown(names: list[str]) -> str:
    more = ", …" if len(names) > NAMES_SHOWN else ""
    return f"{', '.join(names[:NAMES_SHOWN])}{more}"
