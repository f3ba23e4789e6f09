"""Names of distribution packages, and the requirements (PEP 508) and versions that they begin."""

from __future__ import annotations

import re

from dagster_commons.errors import UsageError

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_SPECIFIER = r"[<>=!~][^;@()]*?"
_REQUIREMENT = re.compile(
    rf"""\s*(?P<name>{_NAME})
    (?P<extras>\s*\[[^\]]*\])?
    (?:\s*@\s*\S+?(?=\s|$) | \s*{_SPECIFIER} | \s*\(\s*{_SPECIFIER}\) )?
    (?P<marker>\s*;.*)?
    \s*$""",
    re.VERBOSE | re.DOTALL,
)


def normalise_name(name: str) -> str:
    """The spelling that all spellings of a distribution package's name share (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(requirement: str) -> str:
    """The normalised name that a PEP 508 requirement begins with.

    Raises:
        UsageError: `requirement` is not a requirement, e.g. a bare path.

    """
    return normalise_name(_parts(requirement)["name"])


def is_requirement_of(requirement: object, name: str) -> bool:
    """Whether `requirement` is the text of a requirement on distribution package `name`, in whatever spelling."""
    if not isinstance(requirement, str):
        return False
    match = _REQUIREMENT.match(requirement)
    return match is not None and normalise_name(match["name"]) == normalise_name(name)


def module_and_version(text: str) -> tuple[str, str | None]:
    """Split `shared==0.1.3` into the normalised name and the version, None where none is given.

    Raises:
        UsageError: the version is no PEP 440 version.

    """
    name, has_version, version = text.partition("==")
    if not has_version:
        return normalise_name(name.strip()), None
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - `--help` stays fast

    try:
        return normalise_name(name.strip()), str(Version(version.strip()))
    except InvalidVersion as error:
        raise UsageError(f"`{version}` is no version", hint="PEP 440, as in shared==0.1.3") from error


def strip_version(requirement: str) -> str:
    """`requirement` without its version specifier or URL; name, extras and marker stay as written.

    Raises:
        UsageError: `requirement` is not a requirement.

    """
    return _with_specifier(requirement, "")


def pinned(requirement: str, version: str) -> str:
    """`requirement` (or a bare name) for exactly `version`; name, extras and marker stay as written.

    Raises:
        UsageError: `requirement` is not a requirement.

    """
    return _with_specifier(requirement, f"=={version}")


def _with_specifier(requirement: str, specifier: str) -> str:
    parts = _parts(requirement)
    extras = (parts["extras"] or "").strip()
    marker = (parts["marker"] or "").rstrip()
    return f"{parts['name']}{extras}{specifier}{marker}"


def _parts(requirement: str) -> re.Match[str]:
    match = _REQUIREMENT.match(requirement)
    if match is None:
        raise UsageError(
            f"`{requirement}` is not a requirement",
            hint="write the name of a distribution package, with a version if needed: shared==0.1.3",
        )
    return match
