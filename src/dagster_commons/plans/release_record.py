"""What git is to record of a release, and what speaks against making one here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, VersionPolicyError
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import RemoveFile, WriteFile
from dagster_commons.model.release import ReleaseCommit
from dagster_commons.plans.tags import tag_for, tag_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.plan import Plan
    from dagster_commons.model.provenance import Tag
    from dagster_commons.model.release import Ground, KeptBuild, Release

NAMES_SHOWN = 3
SHORT = 9  # digits of a commit that are shown
WITHOUT_PUSH = "release it without --push"


def require_releasable(release: Release, ground: Ground | None, plan: Plan) -> None:
    """See that what is built is what is committed, and that the version's tag is free or marks just this.

    Raises:
        RefusedError: files of the project are not committed, no commit can be made, or it could not be pushed.
        VersionPolicyError: the tag marks something else, here or on the remote.

    """
    name = release.project.name
    if ground is None:
        if release.is_pushed:
            raise RefusedError(f"{name} is in no git repository, so there is nothing to push", hint=WITHOUT_PUSH)
        return
    if ground.obstacle is not None:
        raise RefusedError(
            f"{ground.repository.name} cannot record a release: {ground.obstacle}", file=ground.repository
        )
    if release.is_pushed:
        _require_pushable(name, ground)
    foreign = [each for each in ground.changed if not _is_ours(each, release.kept, plan)]
    if foreign:
        names = [relative(each, ground.repository) for each in foreign]
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        raise RefusedError(
            f"{name} has changes that are not committed: {', '.join(names[:NAMES_SHOWN])}{more}",
            hint="commit them, stash them, or have git ignore them: a tag has to say what was released",
            file=release.project.directory,
        )
    _require_free_tag(ground, name, release.version, is_edited=bool(plan.steps))


def release_commit(release: Release, ground: Ground, plan: Plan) -> ReleaseCommit:
    """The commit of the plan's files (and of those that an interrupted run wrote), and the tag."""
    project, version = release.project, release.version
    existing = tag_for(ground.tags, project.name, version)
    is_alone = project.directory == ground.repository
    return ReleaseCommit(
        repository=ground.repository,
        files=tuple(sorted({*_paths(plan), *ground.changed})),
        message=f"Release {project.name} {version}",
        tag=existing.name if existing else tag_name(ground.tags, project.name, version, is_alone=is_alone),
        push_to=ground.remote.name if release.is_pushed and ground.remote is not None else None,
        branch=ground.branch,
    )


def warnings(ground: Ground | None, *, is_pushed: bool) -> Iterator[str]:
    """What a reader of the release has to know of the place it was made from."""
    if ground is None:
        yield "it is in no git repository: no commit and no tag says what is released"
        return
    name = ground.repository.name
    if not ground.is_on_remote and not is_pushed:
        yield f"no remote of {name} has the commit that is released"
    if ground.branch is None:
        yield f"HEAD of {name} is detached: the tag alone will hold the release's commit"
    if ground.is_shallow:
        yield f"{name} is a shallow clone: earlier releases in its history are not known"
    if ground.remote is not None and ground.remote.unread is not None:
        yield f"whether {ground.remote.name} has the tag already is not known: it {ground.remote.unread}"


def is_recorded(release: Release, ground: Ground, plan: Plan) -> bool:
    """Whether git has all of the release: the tag marks the project as it is, and the remote has the tag if asked."""
    tag = tag_for(ground.tags, release.project.name, release.version)
    if tag is None or tag.name not in ground.unchanged_since or plan.steps or ground.changed:
        return False
    return not release.is_pushed or (ground.remote is not None and tag in ground.remote.tags)


def is_as_released(ground: Ground | None, module: str, version: str) -> bool:
    """Whether git has the project just as the tag of `version` marks it."""
    tag = tag_for(ground.tags, module, version) if ground is not None else None
    return ground is not None and tag is not None and tag.name in ground.unchanged_since and not ground.changed


def _is_ours(path: Path, kept: KeptBuild | None, plan: Plan) -> bool:
    """Whether an interrupted run of this release left the file so, and nothing more is to be done with it."""
    return kept is not None and path in kept.written and path not in _paths(plan)


def _require_pushable(module: str, ground: Ground) -> None:
    """See that what was asked to be pushed can be: what is published cannot be taken back for want of that."""
    remote = ground.remote
    if remote is None:
        raise RefusedError(f"there is no remote to push the release of {module} to", hint="git remote add origin URL")
    if remote.unread is not None:
        raise RefusedError(
            f"the release of {module} could not be pushed: {remote.name} {remote.unread}", hint=WITHOUT_PUSH
        )
    if remote.refusal is not None:
        raise RefusedError(
            f"{remote.name} would not take a push of {ground.branch}: {remote.refusal}",
            hint=f"git pull; or {WITHOUT_PUSH}",
        )


def _paths(plan: Plan) -> frozenset[Path]:
    return frozenset(step.path for step in plan.steps if isinstance(step, WriteFile | RemoveFile))


def _require_free_tag(ground: Ground, module: str, version: str, *, is_edited: bool) -> None:
    here = tag_for(ground.tags, module, version)
    if here is not None and (here.name not in ground.unchanged_since or is_edited):
        raise _taken(module, version, here, "is not what is here")
    there = tag_for(ground.remote.tags, module, version) if ground.remote is not None else None
    if there is not None and here is None and ground.remote is not None:
        raise VersionPolicyError(
            f"{ground.remote.name} has the tag {there.name} already, at {there.commit[:SHORT]}, and it is not here",
            hint="git fetch --tags, then see what it marks: a released version never changes",
        )
    if there is not None and here is not None and there.commit != here.commit and there.name == here.name:
        raise _taken(module, version, there, f"on {ground.remote.name if ground.remote else 'the remote'} is another")


def _taken(module: str, version: str, tag: Tag, what: str) -> VersionPolicyError:
    return VersionPolicyError(
        f"{module} {version} is tagged already: {tag.name} at {tag.commit[:SHORT]} {what}",
        hint="a released version never changes: release a higher one, or check that tag out to publish it",
    )
