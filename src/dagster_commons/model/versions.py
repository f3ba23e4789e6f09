"""Whether two spellings of a version (PEP 440) are one, and which of two is older."""

from __future__ import annotations


def is_same_version(one: str, other: str) -> bool:
    """Whether both name one version: `1.0` and `1.0.0` do; what is no version is only the same as itself."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - start-up stays fast

    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def is_older_version(version: str, other: str) -> bool | None:
    """Whether `version` comes before `other`, a `v` in front of either left out; None where one is no version."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - start-up stays fast

    try:
        return Version(version.removeprefix("v")) < Version(other.removeprefix("v"))
    except InvalidVersion:
        return None


def final_of(version: str) -> str | None:
    """The final version that a pre-release leads to, `1.1.0` of `1.1.0rc1`; None where it is none.

    Raises:
        InvalidVersion: it is no version.

    """
    from packaging.version import Version  # noqa: PLC0415 - start-up stays fast

    parsed = Version(version)
    return parsed.base_version if parsed.is_prerelease else None
