"""What `commons release` says beside what every changing verb does: why it is refused, and what is left to do."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dagster_commons.analysis.judging import is_failing
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.paths import relative
from dagster_commons.model.verdicts import Broken, Changed, Unverifiable
from dagster_commons.model.versions import final_of, is_same_version
from dagster_commons.plans.release_record import SHORT
from dagster_commons.plans.with_wheel import following_locations
from dagster_commons.report.lines import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dagster_commons.model.outcomes import Outcome
    from dagster_commons.model.release import Judgement, Recorded, Release
    from dagster_commons.model.verdicts import FailOn, LocationVerdict
    from dagster_commons.model.workspace import Workspace


def refusal(
    workspace: Workspace, release: Release, verdicts: Collection[LocationVerdict], fail_on: Collection[FailOn]
) -> str | None:
    """Why the release must not be: how many of the known consumers would break, or could not be compared."""
    against = [each for each in verdicts if is_failing(each.verdict, fail_on)]
    if not against:
        return None
    users = len({use.location for use in workspace.uses_of(release.project.name)})
    unknown = [each.location for each in against if isinstance(each.verdict, Unverifiable)]
    broken = [each.location for each in against if each.location not in unknown]
    said = [
        f"{word} {len(names)} of {users} code locations that use it: {', '.join(names)}"
        for word, names in (("would break", broken), ("could not compare", unknown))
        if names
    ]
    return "\n".join((*said, *_ways_out(against, fail_on)))


def _ways_out(against: Collection[LocationVerdict], fail_on: Collection[FailOn]) -> Iterator[str]:
    """What may be done about it; the last is what is left of `--fail-on` without what speaks against the release."""
    if any(isinstance(each.verdict, Changed) for each in against):
        yield "to accept a change: [[accept]] in commons.toml"
    if any(isinstance(each.verdict, Broken) for each in against):
        yield "what does not load cannot be accepted: keep what it uses for one more release, or change it first"
    left = [each for each in fail_on if not any(is_failing(one.verdict, (each,)) for one in against)]
    if left:
        yield f"to release it anyway: --fail-on {','.join(left)}"


def notes(workspace: Workspace, release: Release, outcome: Outcome) -> Iterator[str]:
    """What a reader has to know of a release, and what is left to do."""
    if outcome.judgement is not None:
        yield from _judged(outcome.judgement, release, workspace)
    if outcome.kind != "applied":
        return
    following = following_locations(workspace, release.project.name)
    if following:
        yield f"{', '.join(following)} {'use' if len(following) > 1 else 'uses'} the working tree, and had this before"
    if not outcome.published:
        yield f"{release.project.name} {release.version} was published before, with these very bytes"
    if outcome.recorded is not None:
        yield from _recorded(workspace, release, outcome.recorded)
    if outcome.published:
        yield "a published version stays, whatever is undone"
    registry = release.registry
    if isinstance(registry, EmbeddedRegistry) and workspace.repository_of(registry.directory) is not None:
        place = shlex.quote(relative(registry.directory, workspace.root))
        yield f"the registry is yours to commit: git -C {place} add {release.project.name}"


def _judged(judgement: Judgement, release: Release, workspace: Workspace) -> Iterator[str]:
    if judgement.baseline is not None and not is_same_version(judgement.baseline, release.version):
        told = [each for each in judgement.changes if each.rule != "body-changed"]
        module, directory = release.project.name, shlex.quote(relative(release.project.directory, workspace.root))
        shown = f": commons api {module}=={judgement.baseline} {directory}" if told else ""
        number = counted(len(told), "API change") if told else "no API change"
        asked = "" if judgement.required == "none" else f"{judgement.required}, "
        yield f"since {judgement.baseline}: {asked}{number}{shown}"
    yield from judgement.behaviour
    for place in judgement.yaml:
        yield f"{place.file}:{place.line} {place.component}: {place.advice}"
    final = final_of(release.version)
    until = "this release, remove it from commons.toml now" if final is None else f"{final} and what leads to it"
    for each in judgement.accepted:
        yield f"accepted for {until}: {each.rule} {each.object}"
    yield from judgement.idle
    for untold in judgement.unverified:
        yield f"not verified: {untold}"


def _recorded(workspace: Workspace, release: Release, recorded: Recorded) -> Iterator[str]:
    where = f"{recorded.repository.name} is at {recorded.commit[:SHORT]}, tagged {recorded.tag}"
    yield f"{where}, and pushed" if recorded.is_pushed else where
    ground = release.ground
    if not recorded.is_pushed and ground is not None and ground.remote is not None:
        at = relative(recorded.repository, workspace.root)
        call = "git" if at == "." else f"git -C {shlex.quote(at)}"
        branch = f" {ground.branch}" if ground.branch is not None else ""
        yield f"to share it: {call} push --atomic {ground.remote.name}{branch} {recorded.tag}"
    home = workspace.repository_of(recorded.repository)
    if home is not None and home.superproject is not None:
        at = relative(home.superproject, workspace.root)
        call = "git" if at == "." else f"git -C {shlex.quote(at)}"
        place = shlex.quote(relative(recorded.repository, home.superproject))
        yield f"to record it in the superproject: {call} add {place}"
