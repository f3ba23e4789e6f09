"""What a conversion keeps: the version in use, and a use that is as asked for already."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.sources import (
    GitSource,
    IndexSource,
    MemberSource,
    PathSource,
    SubmoduleSource,
    source_directory,
    source_kind,
)
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.by_repository import uv_git_url
from dagster_commons.plans.offers import Kept

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Use
    from dagster_commons.plans.offers import Offer, Request


def kept_version(offer: Offer, use: Use, request: Request) -> Kept:
    """The version that the location uses today, and the command that asks for another."""
    words = ["commons", "convert", f"{request.module}==VERSION", "--via", request.via or "path", "-l", use.location]
    options = (
        ("--registry", request.registry),
        ("--url", request.url),
        ("--tag", request.tag),
        ("--subdirectory", request.subdirectory),
        ("--at", request.submodule_path),
    )
    words += [word for option, value in options if value is not None for word in (option, value)]
    return Kept(version=_version_in_use(offer, use), naming=shlex.join(words))


def is_there(offer: Offer, use: Use, request: Request) -> bool:
    """Whether the use has the source that is asked for already, at the version if one is named."""
    if source_kind(use.source) != request.via:
        return False
    in_use = _version_in_use(offer, use)
    if request.version is not None and (in_use is None or not is_same_version(request.version, in_use)):
        return False
    match use.source:
        case GitSource() as source:
            is_same_url = request.url is None or uv_git_url(request.url) == source.url
            return (
                is_same_url
                and request.tag in (None, source.reference)
                and request.subdirectory in (None, source.subdirectory)
            )
        case IndexSource() as source:
            return request.registry in (None, source.index) or (source.index is None and _is_embedded(offer, request))
        case SubmoduleSource():
            return request.url is None and request.tag is None and request.submodule_path is None
        case PathSource() | MemberSource():
            return True


def _version_in_use(offer: Offer, use: Use) -> str | None:
    """A directory is used as it is, whatever a stale lock says of it; None where neither tells."""
    directory = source_directory(use.source)
    in_tree = offer.versions.get(directory) if directory is not None else None
    return in_tree or use.locked


def _is_embedded(offer: Offer, request: Request) -> bool:
    registry = offer.workspace.configuration.registry(request.registry or "")
    return isinstance(registry, EmbeddedRegistry)
