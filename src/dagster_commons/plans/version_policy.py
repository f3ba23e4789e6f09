"""Which version is the least that says what changed, and whether a wanted one says enough (Semantic Versioning).

Below 1.0 everything counts one less: what breaks asks for a minor version, what is new for a patch.  A pre-release
counts as the final version that it leads to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from dagster_commons.analysis.api.comparison import UNPROVEN
from dagster_commons.analysis.definitions_diff import label
from dagster_commons.errors import VersionPolicyError
from dagster_commons.model.api import REQUIRED_BUMPS
from dagster_commons.model.release import Judgement
from dagster_commons.model.verdicts import Broken, Changed, Unchanged, Unverifiable
from dagster_commons.model.versions import is_older_version
from dagster_commons.plans.release_version import bumped
from dagster_commons.tools.redaction import without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.version import Version

    from dagster_commons.model.api import ApiChange, RequiredBump
    from dagster_commons.model.definitions import Severity
    from dagster_commons.model.release import Bump, History
    from dagster_commons.model.verdicts import LoadFailure, LocationVerdict, Verdict

NAMES_SHOWN = 3
FIRST_CALENDAR_YEAR = 1990  # a major version like 2026 is a date


# What a change in a consumer's definitions asks for.
BUMPS: Mapping[Severity, RequiredBump] = {
    "breaking": "major",
    "notable": "minor",
    "added": "minor",
    "cosmetic": "patch",
}


def judged(history: History, verdicts: Iterable[LocationVerdict]) -> Judgement:
    """What the changes of the API, and those of the definitions of known consumers, ask for together."""
    changes = history.changes
    verdicts = tuple(verdicts)
    untold = (
        f"{each.location}: {each.verdict.reason}{_of_failure(each.verdict.failure)}"
        for each in verdicts
        if isinstance(each.verdict, Unverifiable)
    )
    required: list[RequiredBump] = [each.bump for each in changes]
    behaviour: list[str] = []
    for each in verdicts:
        bump = _of_verdict(each.verdict)
        if bump is not None:
            required.append(bump)
            behaviour.append(f"{bump} {each.location}: {_what(each.verdict, bump)}")
    return Judgement(
        baseline=history.baseline,
        required=max(required, key=REQUIRED_BUMPS.index, default="none"),
        changes=changes,
        accepted=history.accepted,
        idle=history.idle,
        yaml=history.yaml,
        behaviour=tuple(behaviour),
        unverified=(*(f"{each} (not read)" for each in history.unread), *history.unverified, *untold),
    )


def tried(history: History, led: Mapping[str, bool]) -> History:
    """`history`, once what may be gone was tried to import; of what is not in `led` nothing is known still."""
    changes = (
        _imported(each, is_there=led[each.paths[0]]) if each.rule == UNPROVEN and each.paths[0] in led else each
        for each in history.changes
    )
    untold = (f"whether {each} is gone: it could not be imported" for each in history.to_import if each not in led)
    return replace(history, changes=tuple(changes), unverified=(*history.unverified, *untold))


def _imported(change: ApiChange, *, is_there: bool) -> ApiChange:
    path = change.paths[0]
    if is_there:
        return replace(change, bump="patch", message=f"something else gives {path} now")
    return replace(change, bump="major", message=f"{path} cannot be imported any more", is_to_review=False)


def reasons(judgement: Judgement) -> tuple[str, ...]:
    """What asks for the bump, and the entries of commons.toml that do not help, one line each."""
    own = [
        f"{each.bump} {each.object}: {each.message} ({each.rule})"
        for each in judgement.changes
        if each.bump == judgement.required
    ]
    written = (f"{each.file}:{each.line} {each.component}: {each.advice}" for each in judgement.yaml)
    asking = (each for each in judgement.behaviour if each.startswith(judgement.required))
    return (*own, *asking, *written, *judgement.idle)


def _what(verdict: Verdict, bump: RequiredBump) -> str:
    """The changes that ask for the bump, the first few."""
    if not isinstance(verdict, Changed):
        failure = verdict.failure if isinstance(verdict, Broken) else None
        return f"its definitions do not load any more{_of_failure(failure)}"
    asking = [each for each in verdict.diff.changes if each.accepted is None and BUMPS[each.severity] == bump]
    told = [f"{label(each.object, each.name)} {each.field or each.kind}" for each in asking[:NAMES_SHOWN]]
    more = f" and {len(asking) - NAMES_SHOWN} more" if len(asking) > NAMES_SHOWN else ""
    return ", ".join(told) + more


def _of_failure(failure: LoadFailure | None) -> str:
    """What was raised and where, in one line after what it is the reason for."""
    if failure is None:
        return ""
    place = f" ({failure.file}:{failure.line})" if failure.file is not None else ""
    message = without_credentials((failure.message.splitlines() or [""])[0])
    return f": {failure.type}: {message}{place}"


def _of_verdict(verdict: Verdict) -> RequiredBump | None:
    match verdict:
        case Broken():
            return "major"
        case Changed():
            open_ones = [BUMPS[each.severity] for each in verdict.diff.changes if each.accepted is None]
            return max(open_ones, key=REQUIRED_BUMPS.index, default=None)
        case Unchanged() | Unverifiable():
            return None
        case _:
            assert_never(verdict)


def least_version(baseline: str, required: RequiredBump) -> str:
    """The least version after `baseline` (a final one) that admits changes which ask for `required`.

    Raises:
        VersionPolicyError: no version that says what changed comes after it.

    """
    _require_followed(baseline)
    return bumped(baseline, _shifted(baseline, required))


def computed_version(last: str | None, judgement: Judgement) -> str:
    """The least version that says what changed since the judgement's baseline, and comes after `last`.

    Raises:
        VersionPolicyError: as `least_version`.

    """
    least = least_version(judgement.baseline or "0", judgement.required)
    after = bumped(last, "patch") if last is not None else least  # of a pre-release what it leads to
    return after if is_older_version(least, after) else least


def require_readable(module: str, history: History) -> None:
    """See that a version can be computed: what could not be read may have changed in any way.

    Raises:
        VersionPolicyError: part of either version could not be read.

    """
    if history.unread:
        said = "\n".join(f"  not read: {each}" for each in history.unread)
        raise VersionPolicyError(
            f"what changed in {module} since {history.baseline} cannot be told\n{said}",
            hint=f"mend that, or decide yourself: commons release {module} --bump major|minor|patch",
        )


def require_enough(module: str, version: str, judgement: Judgement) -> None:
    """See that `version` admits what changed since the baseline; the first release may have any semantic one.

    One of another kind could be followed by none: what comes after it is counted from it.

    Raises:
        VersionPolicyError: it is lower than the least that does, or of a kind that says nothing about what changed.

    """
    from packaging.version import Version  # noqa: PLC0415 - lazy: packaging is slow to import

    if judgement.baseline is not None and Version(version) <= Version(judgement.baseline):
        return  # a version that is released already is judged by its bytes
    if judgement.baseline is not None:
        _require_followed(judgement.baseline)
    _require_semantic(version)
    if judgement.baseline is None:
        return
    least = least_version(judgement.baseline, judgement.required)
    if Version(Version(version).base_version) >= Version(least):
        return
    said = "\n".join(f"  {each}" for each in reasons(judgement))
    raise VersionPolicyError(
        f"{module} {version} is not enough: what changed since {judgement.baseline} asks for {least}\n{said}",
        hint=f"commons release {module}=={least}\n"
        f'or accept what is meant in commons.toml: [[accept]] {_entry(judgement)}, because = "…"',
    )


def _entry(judgement: Judgement) -> str:
    """How the first change that asks for the bump is accepted."""
    first = next((each for each in judgement.changes if each.bump == judgement.required), None)
    return f'rule = "{first.rule}", object = "{first.object}"' if first is not None else 'location = "…", object = "…"'


def _shifted(baseline: str, required: RequiredBump) -> Bump:
    from packaging.version import Version  # noqa: PLC0415 - lazy, as above

    if Version(baseline).major > 0:
        return "patch" if required == "none" else required
    return "minor" if required == "major" else "patch"


def _require_followed(baseline: str) -> None:
    """A post-release is followed by the next patch; a date or an epoch by nothing that is not one, too."""
    from packaging.version import Version  # noqa: PLC0415 - lazy, as above

    parsed = Version(baseline)
    if parsed.epoch or parsed.major >= FIRST_CALENDAR_YEAR:
        raise VersionPolicyError(
            f"{baseline}, the last release, is {_other_kind(parsed)}: none that says what changed comes after it",
            hint="publish the next one with uv build and uv publish",
        )


def _require_semantic(version: str) -> None:
    from packaging.version import Version  # noqa: PLC0415 - lazy, as above

    parsed = Version(version)
    what = _other_kind(parsed)
    if what is not None:
        raise VersionPolicyError(
            f"{version} is {what}, which says nothing about what changed",
            hint="release a version like 1.2.3 (Semantic Versioning)",
        )


def _other_kind(version: Version) -> str | None:
    if version.epoch:
        return "a version with an epoch"
    if version.is_postrelease:
        return "a post-release"
    if version.local is not None:
        return "a local version"
    return "a calendar version" if version.major >= FIRST_CALENDAR_YEAR else None
