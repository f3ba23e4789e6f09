"""Which version a release gets, and whether it may: by what was asked, the tags in HEAD's history and the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, UsageError, VersionPolicyError
from dagster_commons.plans.tags import own_tags, version_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from packaging.version import Version

    from dagster_commons.model.release import Bump, Ground, ReleaseRequest
    from dagster_commons.model.workspace import SharedModule


def named_version(
    request: ReleaseRequest, module: SharedModule, ground: Ground | None, released: Collection[str]
) -> str | None:
    """The version to release (PEP 440, normalised): the one that was named, or the baseline with the bump.

    None: neither was asked for, so that what changed since the baseline decides; there is one.

    Raises:
        UsageError: it is no version that can be published, or nothing is there to bump.
        RefusedError: the baseline cannot be told in a shallow clone.
        VersionPolicyError: it is lower than the baseline, and not released.

    """
    if request.version is not None:
        version = normalised_version(request.version)
        _require_not_back(version, module, ground, released)
        return version
    if ground is not None and ground.is_shallow:
        raise RefusedError(
            f"the last release of {module.name} cannot be told in a shallow clone",
            hint="git fetch --unshallow --tags (in GitHub's checkout: fetch-depth: 0)",
        )
    before = baseline(module, ground, released)
    if before is None:
        raise UsageError(
            f"{module.name} has not been released, so there is no version to bump",
            hint=f"name the first one: commons release {module.name}=={module.version or '0.1.0'}",
        )
    return bumped(before, request.bump) if request.bump is not None else None


def baseline(module: SharedModule, ground: Ground | None, released: Collection[str]) -> str | None:
    """The release that HEAD comes after: the highest whose tag is in its history.

    Without any tag of the module, the highest in the registry that is not above the tree's version.
    """
    candidates = _before_head(module, ground, released)
    return str(max(candidates)) if candidates else None


def final_baseline(module: SharedModule, ground: Ground | None, released: Collection[str]) -> str | None:
    """The release that a new one is compared with: as `baseline`, pre-releases left out where there is a final one.

    What one pre-release has and the next has not was never promised.
    """
    candidates = _before_head(module, ground, released)
    finals = [each for each in candidates if not each.is_prerelease]
    return str(max(finals or candidates)) if candidates else None


def _before_head(module: SharedModule, ground: Ground | None, released: Collection[str]) -> list[Version]:
    from packaging.version import Version  # noqa: PLC0415 - lazy: packaging is slow to import

    tags = own_tags(ground.tags, module.name) if ground is not None else ()
    if ground is not None and tags:
        known = [version_of(each.name, module.name) for each in tags if each.name in ground.reachable]
        return [Version(each) for each in known if each is not None]
    tree = _parsed(module.version)
    return [Version(each) for each in released if tree is None or Version(each) <= tree]


def bumped(version: str, bump: Bump) -> str:
    """`version` (PEP 440) with one part raised; of a pre-release the final version that it leads to, if that is enough.

    >>> bumped("0.1.3", "minor"), bumped("0.2.0rc1", "minor"), bumped("0.2.0rc1", "major")
    ('0.2.0', '0.2.0', '1.0.0')
    """
    from packaging.version import Version  # noqa: PLC0415 - lazy, as above

    parsed = Version(version)
    major, minor, patch = (*parsed.release, 0, 0)[:3]
    if bump == "major" and not (parsed.is_prerelease and (minor, patch) == (0, 0)):
        major, minor, patch = major + 1, 0, 0
    elif bump == "minor" and not (parsed.is_prerelease and patch == 0):
        minor, patch = minor + 1, 0
    elif bump == "patch" and not parsed.is_prerelease:
        patch += 1
    epoch = f"{parsed.epoch}!" if parsed.epoch else ""
    return f"{epoch}{major}.{minor}.{patch}"


def normalised_version(version: str) -> str:
    """`version` as PEP 440 spells it.

    Raises:
        UsageError: it is none, or a local one.

    """
    parsed = _parsed(version)
    if parsed is None:
        raise UsageError(f"`{version}` is not a version", hint="for example 0.1.3 (PEP 440)")
    if parsed.local is not None:
        raise UsageError(
            f"`{version}` is a local version, which no registry takes (PEP 440)", hint=f"release {parsed.public}"
        )
    return str(parsed)


def _require_not_back(version: str, module: SharedModule, ground: Ground | None, released: Collection[str]) -> None:
    """See that the version is not lower than what is in the tree or its history, unless it is released already."""
    from packaging.version import Version  # noqa: PLC0415 - lazy, as above

    known = (_parsed(module.version), _parsed(baseline(module, ground, released)))
    here = max((each for each in known if each is not None), default=None)
    if version in released or here is None or here <= Version(version):
        return
    raise VersionPolicyError(
        f"{module.name} is at {here} here, and a release never sets a version back to {version}",
        hint=f"release {version} from a checkout of what it is meant to hold, or name a version after {here}",
        file=module.project.file if module.project is not None else None,
    )


def _parsed(version: str | None) -> Version | None:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - lazy, as above

    try:
        return Version(version) if version is not None else None
    except InvalidVersion:
        return None
