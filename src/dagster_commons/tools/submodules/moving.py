"""Moving a submodule to another commit for real.  Meant for a twin: a failure may leave it half done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, RefusedError, ToolError, UsageError
from dagster_commons.tools.git import git, git_dir, head_commit
from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.submodules.enumeration import GITLINK_MODE, nested, submodules

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.plan import MoveSubmodule
    from dagster_commons.tools.process import Completed
    from dagster_commons.tools.submodules.enumeration import Submodule

WITHOUT_HOOKS = ("-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")
MISSING_ON_REMOTE = ("couldn't find remote ref", "not our ref")


def move_submodule(step: MoveSubmodule) -> None:
    """Fetch `step.commit` unless it is here, check it out, make its own submodules ready and stage the gitlink.

    Raises:
        UsageError: there is no such submodule, or it is not checked out.
        RefusedError: changed files are in it, or untracked ones in the way.
        ToolError: the remote cannot be reached or lacks the commit.

    """
    submodule = _initialised(step)
    changed = git(
        step.path, "status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=untracked"
    ).text
    if changed:
        names = sorted(entry[3:] for entry in changed.split("\0") if entry)
        raise RefusedError(
            f"the submodule {submodule.relative_path} has changed files: {', '.join(names)}",
            hint=f"commit, stash or discard them first: git -C {submodule.relative_path} status",
        )
    if not _has_commit(step.path, step.commit):
        _fetch(step, submodule)
    present = {each.path for each in nested(step.path) if each.is_initialised}
    _check_out(step, submodule)
    entry = f"{GITLINK_MODE},{head_commit(step.path)},{submodule.relative_path}"
    git(step.repository, "update-index", "--cacheinfo", entry)
    _initialise_nested(step, submodule)
    for each in nested(step.path):
        if each.path not in present:
            _own_all_objects(each.path)


def _initialised(step: MoveSubmodule) -> Submodule:
    found = next((each for each in submodules(step.repository) if each.path == step.path), None)
    if found is None or found.commit is None:
        raise UsageError(f"{step.path.name} is not a submodule", file=step.repository / ".gitmodules")
    if not found.is_initialised:
        raise UsageError(f"the submodule {found.relative_path} is not checked out", hint="commons sync")
    return found


def _has_commit(repository: Path, commit: str) -> bool:
    return git(repository, "cat-file", "-e", f"{commit}^{{commit}}", check=False).exit_code == 0


def _fetch(step: MoveSubmodule, submodule: Submodule) -> None:
    """By the tag's name first: not every server gives out any commit."""
    by_tag = (f"refs/tags/{step.tag}:refs/tags/{step.tag}",) if step.tag is not None else ()
    answers: list[Completed] = []
    for wanted in (*by_tag, step.commit):
        answers.append(git(step.path, "fetch", "--quiet", "--no-recurse-submodules", "origin", wanted, check=False))
        if _has_commit(step.path, step.commit):
            return
    raise _why_not_fetched(step, submodule, answers)


def _why_not_fetched(step: MoveSubmodule, submodule: Submodule, answers: list[Completed]) -> CommonsError:
    url = without_credentials(submodule.resolved_url or submodule.relative_path)
    wanted = f"tag {step.tag} ({step.commit[:12]})" if step.tag is not None else f"commit {step.commit[:12]}"
    said = without_credentials(answers[-1].error_text)
    if any(each in said for each in MISSING_ON_REMOTE):
        return ToolError(f"{url} has no {wanted}", hint="push it first, or name a version that is there")
    if answers[-1].exit_code == 0:
        return ToolError(f"{url} gives another commit for {wanted}", hint=f"git ls-remote --tags {url}")
    return ToolError(
        f"cannot fetch {wanted} of the submodule {submodule.relative_path} from {url}:\n{said}",
        hint=f"see that the URL is right and that you may read it: git ls-remote {url}",
    )


def _check_out(step: MoveSubmodule, submodule: Submodule) -> None:
    answer = git(step.path, *WITHOUT_HOOKS, "checkout", "--quiet", "--detach", step.commit, check=False)
    if answer.exit_code != 0:
        raise RefusedError(
            f"{step.tag or step.commit[:12]} cannot be checked out in the submodule {submodule.relative_path}:\n"
            f"{answer.error_text}",
            hint="move what is in the way",
        )


def _initialise_nested(step: MoveSubmodule, submodule: Submodule) -> None:
    if not (step.path / ".gitmodules").exists():
        return
    update = ("submodule", "--quiet", "update", "--init", "--recursive")
    answer = git(step.path, *WITHOUT_HOOKS, *update, check=False)
    if answer.exit_code != 0:
        raise ToolError(
            f"{submodule.relative_path} has submodules of its own that cannot be fetched:\n"
            f"{without_credentials(answer.error_text)}",
            hint=f"git -C {submodule.relative_path} submodule update --init --recursive",
        )


def _own_all_objects(working_tree: Path) -> None:
    """Copy what a new checkout reads from other repositories, as `submodule.alternateLocation` makes it."""
    alternates = git_dir(working_tree) / "objects" / "info" / "alternates"
    if alternates.exists():
        git(working_tree, "repack", "-a", "-d", "--quiet")
        alternates.unlink()
