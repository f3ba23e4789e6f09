"""Which tag marks which version of a module, in a repository that may hold several modules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version

    from dagster_commons.model.provenance import Tag

_TAG = re.compile(r"(?:(?P<name>[A-Za-z][A-Za-z0-9._-]*?)[-/@])?(?P<v>v?)(?P<version>\d[A-Za-z0-9.!+_-]*)")
_DEFAULT_FORM = "NAME-v"
_FORMS = (_DEFAULT_FORM, "NAME-", "v", "")  # before the version; the module's own name before what may mean anything


def version_of(tag: str, module: str) -> str | None:
    """The version that `tag` names (normalised, PEP 440); None where it names none, or another module's."""
    match = _TAG.fullmatch(tag)
    if match is None or (match["name"] is not None and normalise_name(match["name"]) != module):
        return None
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - start-up stays fast

    try:
        return str(Version(match["version"]))
    except InvalidVersion:
        return None


def tag_for(tags: Iterable[Tag], module: str, version: str, *, like: str | None = None) -> Tag | None:
    """The tag of `version`: `shared-v0.2.0`, `shared-0.2.0`, `v0.2.0` or `0.2.0`; one spelled as `like` comes first."""
    found = [each for each in tags if _is_version(version_of(each.name, module), version)]
    return min(found, key=lambda each: (_form(each.name) != _form(like or each.name), _rank(each.name)), default=None)


def own_tags(tags: Iterable[Tag], module: str) -> tuple[Tag, ...]:
    """The tags that mark versions of `module`; plain ones (`v2.0.0`) only where none has the module's name in it."""
    found = tuple(each for each in tags if version_of(each.name, module) is not None)
    named = tuple(each for each in found if _rank(each.name) < _FORMS.index("v"))
    return named or found


def tag_name(tags: Iterable[Tag], module: str, version: str, *, is_alone: bool) -> str:
    """How the tag of `version` is to be called: as the module's tags so far, else `shared-v0.2.0`.

    Plain tags (`v0.1.3`) are followed only where the module `is_alone` in its repository.
    """
    known = own_tags(tags, module)
    form = _form(known[-1].name) if known else _DEFAULT_FORM
    if form not in _FORMS or (not form.startswith("NAME") and not is_alone):
        form = _DEFAULT_FORM
    return f"{form.replace('NAME', module)}{version}"


def newest_version(tags: Iterable[Tag], module: str) -> str | None:
    """The newest final version that the module's own tags mark."""
    versions = (version_of(each.name, module) for each in own_tags(tags, module))
    parsed = [_parsed(each) for each in versions if each is not None]
    finals = [each for each in parsed if not each.is_prerelease]
    return str(max(finals)) if finals else None


def _is_version(version: str | None, wanted: str) -> bool:
    return version is not None and _parsed(version) == _parsed(wanted)


def _parsed(version: str) -> Version:
    from packaging.version import Version  # noqa: PLC0415 - start-up stays fast

    return Version(version)


def _form(tag: str) -> str:
    """What stands before the version, the module's name as `NAME`."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return tag
    name = f"NAME{tag[match.end('name')]}" if match["name"] is not None else ""
    return f"{name}{match['v']}"


def _rank(tag: str) -> int:
    form = _form(tag)
    if form in _FORMS:
        return _FORMS.index(form)
    return 1 if form.startswith("NAME") else len(_FORMS)
