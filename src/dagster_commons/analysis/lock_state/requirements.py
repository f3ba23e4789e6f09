"""Requirements written down (PEP 508) or recorded in a lock, in a form in which they can be compared."""

from __future__ import annotations

import functools
import os.path
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from dagster_commons.analysis.lock_state import markers
from dagster_commons.analysis.lock_state.types import Need, SourceKey
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import parts, split
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.tools.lockfile import LockedRequirement, LockSource

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lz", ".tar.lzma", ".tar")

_REQUIREMENT = re.compile(
    r"""\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*
    (?:\[(?P<extras>[^\]]*)\])?\s*
    (?:@\s*(?P<url>\S+?)(?=\s*;\s|\s*$|\s+;) | \(?(?P<specifier>[<>=!~][^;()]*)\)? )?\s*
    (?:;(?P<marker>.*))?""",
    re.VERBOSE | re.DOTALL,
)


class Written(NamedTuple):
    """A requirement's parts as they are written."""

    name: str
    extras: tuple[str, ...]
    specifier: frozenset[str]
    url: str | None
    marker: str


@functools.lru_cache(maxsize=8192)
def written(requirement: str) -> Written:
    """The parts of a PEP 508 requirement.

    Raises:
        UndecidedError: the text is none.

    """
    found = _REQUIREMENT.fullmatch(requirement)
    if found is None:
        raise UndecidedError(f"`{requirement}` is no requirement that can be read")
    extras = (found["extras"] or "").split(",")
    specifier = parts(found["specifier"] or "")
    for part in specifier:
        split(part)
    return Written(
        name=normalise_name(found["name"]),
        extras=tuple(sorted(normalise_name(each.strip()) for each in extras if each.strip())),
        specifier=specifier,
        url=found["url"],
        marker=(found["marker"] or "").strip(),
    )


def locked_need(requirement: LockedRequirement, directory: Path) -> Need:
    """What the lock recorded; `directory` is the lock's.

    Raises:
        UndecidedError: its marker cannot be read.

    """
    return Need(
        requirement.name,
        requirement.extras,
        parts(requirement.specifier),
        source_key(requirement.source, directory) if requirement.source else None,
        requirement.conflict,
        markers.parse(requirement.marker),
    )


def source_key(source: LockSource, directory: Path) -> SourceKey:
    """A recorded source in the form in which lowered ones come; the commit of a git source is left out."""
    match source.kind:
        case "git":
            return git_key(source.value, source.reference_kind, source.reference, source.subdirectory)
        case "url":
            return ("url", clean_url(source.value), source.subdirectory or "")
        case "registry":
            return ("registry", clean_url(source.value))
        case _:
            return (source.kind, absolute(directory, source.value))


def git_key(url: str, kind: str | None, reference: str | None, subdirectory: str | None) -> SourceKey:
    """A git source without its commit."""
    place = "" if subdirectory is None else os.path.normpath(subdirectory)
    return ("git", clean_url(url), kind or "", reference or "", "" if place == "." else place)


def url_source(url: str, directory: Path) -> SourceKey:
    """The source of a requirement of the form `NAME @ URL`.

    Raises:
        UndecidedError: the URL's form is not one that we read.

    """
    address, _, fragment = url.partition("#")
    subdirectory = dict(parse_qsl(fragment)).get("subdirectory")
    split = urlsplit(address)
    if split.scheme.startswith("git+"):
        path, at, reference = split.path.rpartition("@")
        place = urlunsplit(split._replace(scheme=split.scheme.removeprefix("git+"), path=path if at else split.path))
        return git_key(place, "rev" if at else None, reference if at else None, subdirectory)
    if split.scheme in ("http", "https"):
        return ("url", clean_url(address), subdirectory or "")
    if split.scheme not in ("file", ""):
        raise UndecidedError(f"the requirement's URL `{split.scheme}:` is not one that is read here")
    place = absolute(directory, unquote(split.path))
    return ("path" if place.endswith(ARCHIVES) else "directory", place)


def clean_url(url: str) -> str:
    """Without credentials and final slash; what is no URL comes back as it is."""
    split = urlsplit(url)
    if not split.scheme or not split.netloc:
        return url.rstrip("/")
    user, at, host = split.netloc.rpartition("@")
    kept = f"{user}@" if at and split.scheme == "ssh" and user == "git" else ""
    return urlunsplit(split._replace(netloc=kept + host.lower(), fragment="")).rstrip("/")


def absolute(directory: Path, written_path: str) -> str:
    return os.path.normpath(os.path.join(directory, written_path))  # noqa: PTH118 - thousands of times a run
