"""A staged release carried out: files, upload, then the commit and the tag; run again, it goes on where it ended."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, InterruptedRunError, PublishError, ToolError
from dagster_commons.execution.applying import apply
from dagster_commons.model.outcomes import Outcome
from dagster_commons.model.release import Recorded
from dagster_commons.proof.kept_builds import forget_build, keep_build
from dagster_commons.tools.atomic_files import content_of, default_permissions, permissions_of, write_atomically
from dagster_commons.tools.git import git, head_commit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.outcomes import StagedPlan
    from dagster_commons.model.plan import Upload
    from dagster_commons.model.release import Release, ReleaseCommit
    from dagster_commons.proof.release import StagedRelease
    from dagster_commons.tools.indexes.index import Index

AGAIN = "run the command again: it goes on with the same bytes"
TEMPORARY = "release"


def publish_release(
    root: Path, release: Release, staged: StagedRelease, *, index: Index, commit: ReleaseCommit | None
) -> Outcome:
    """Keep the build, apply the files and publish under the journal, then commit and tag; the build is kept till then.

    Raises:
        VersionPolicyError: somebody else published the version meanwhile; the files are as they were.
        PublishError: the registry did not take it; the files are as they were.
        ToolError: it is published, and git could not record it.
        InterruptedRunError: Ctrl-C or SIGTERM arrived; says what is left to do.
        CommonsError: as `execution.apply`.

    """
    name, version = release.project.name, release.version
    plan = _with_kept_files(root, release, staged)
    outcome = Outcome(kind="applied", staged=plan)
    if plan.effects or plan.plan.publishes:
        outcome = apply(root, plan, argv=tuple(sys.argv[1:]), publish=lambda upload: _publish(index, upload))
    if outcome.kind != "applied":
        return outcome
    recorded = _recorded(commit, f"{name} {version} is published") if commit is not None else None
    forget_build(root, name, version)
    return replace(outcome, recorded=recorded)


def _with_kept_files(root: Path, release: Release, staged: StagedRelease) -> StagedPlan:
    """The plan with an Upload of the files as they are kept."""
    try:
        kept = keep_build(root, release.project.name, release.version, build=staged.build, effects=staged.plan.effects)
    except OSError as error:
        raise ToolError(f"the build cannot be kept: {error.strerror}", hint="nothing was changed") from error
    by_name = {each.name: each for each in kept}
    publishes = tuple(
        replace(upload, files=tuple(by_name[each.name] for each in upload.files))
        for upload in staged.plan.plan.publishes
    )
    return replace(staged.plan, plan=replace(staged.plan.plan, publishes=publishes))


def _publish(index: Index, upload: Upload) -> None:
    try:
        index.publish(upload.files)
    except ToolError as error:
        raise PublishError(
            f"{upload.module} {upload.version} is not released: {error.message}",
            hint="\n".join(filter(None, (error.hint, AGAIN))),
        ) from error


def _recorded(commit: ReleaseCommit, done: str) -> Recorded:
    try:
        return _record(commit)
    except KeyboardInterrupt as error:
        raise InterruptedRunError(
            f"interrupted; {done}, and git has not recorded all of it", hint="run the command again"
        ) from error
    except CommonsError as error:
        raise ToolError(
            f"{done}, but git has not recorded all of it: {error.message}",
            hint="mend that, then run the command again: nothing is published twice",
        ) from error


def _commit(commit: ReleaseCommit) -> None:
    at, files = commit.repository, tuple(str(each.relative_to(commit.repository)) for each in commit.files)
    call = ("--literal-pathspecs",)
    if files and git(at, *call, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--", *files).stdout:
        new = [each for each in files if (at / each).exists()]
        if new:  # what was removed is committed without: a run that was killed may have told the index already
            git(at, *call, "add", "--", *new)
        git(at, *call, "commit", "--quiet", "--file", "-", "--only", "--", *files, stdin=commit.message.encode())


@contextlib.contextmanager
def _as_published(files: tuple[Path, ...]) -> Iterator[None]:
    """Put back what a hook of the commit makes of the files: they are published as they are.

    Raises:
        ToolError: there is such a hook.

    """
    before = {each: content_of(each) for each in files}
    failure: CommonsError | None = None
    try:
        yield
    except CommonsError as error:
        failure = error
    changed = [each for each in files if content_of(each) != before[each]]
    for each in changed:
        _put_back(each, before[each])
    if changed:
        names = ", ".join(each.name for each in changed)
        said = f"\n{failure.message}" if failure is not None else ""
        raise ToolError(f"a hook changed {names}, put back now as published{said}") from failure
    if failure is not None:
        raise failure


def _put_back(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    else:
        write_atomically(file, content, permissions=permissions_of(file) or default_permissions(), token=TEMPORARY)


def _record(commit: ReleaseCommit) -> Recorded:
    """Commit what changed of the files, and nothing else that is staged; tag; push where that was asked for."""
    at = commit.repository
    with _as_published(commit.files):
        _commit(commit)
    if git(at, "rev-parse", "--verify", "--quiet", f"refs/tags/{commit.tag}", check=False).exit_code != 0:
        git(at, "tag", "--annotate", "--message", commit.message, commit.tag, "HEAD")
    if commit.push_to is not None:
        branch = (f"HEAD:refs/heads/{commit.branch}",) if commit.branch is not None else ()
        git(at, "push", "--quiet", "--atomic", commit.push_to, *branch, f"refs/tags/{commit.tag}")
    return Recorded(repository=at, commit=head_commit(at) or "", tag=commit.tag, is_pushed=commit.push_to is not None)
