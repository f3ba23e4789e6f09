"""`[tool.uv.sources]`, `[[tool.uv.index]]` and `[tool.uv.workspace]`, in every form that uv accepts."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.facts import UvWorkspace
from dagster_commons.model.findings import Finding
from dagster_commons.model.names import normalise_name
from dagster_commons.model.project import DeclaredIndex, DeclaredSource
from dagster_commons.model.sources import (
    GitReferenceKind,
    GitSource,
    IndexSource,
    MemberSource,
    PathSource,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.discovery.documents import Document, Key

UNMANAGED_SOURCE = "SRC090"

_SOURCES = ("tool", "uv", "sources")
_INDEXES = ("tool", "uv", "index")
_WORKSPACE = ("tool", "uv", "workspace")
_REFERENCE_KINDS: tuple[GitReferenceKind, ...] = ("tag", "rev", "branch")


def declared_sources(document: Document) -> tuple[tuple[DeclaredSource, ...], tuple[str, ...]]:
    """The entries of `[tool.uv.sources]`, and the names whose source is one that we do not manage.

    A workspace member's source holds the declaring directory until the uv workspace is known.
    """
    sources: list[DeclaredSource] = []
    unmanaged: list[str] = []
    for name in document.table(*_SOURCES):
        for keys in _elements(document, name):
            if document.text(*keys, "url") is not None:
                document.findings.append(_url_finding(document, name, keys))
                unmanaged.append(normalise_name(name))
            elif (source := _source(document, keys)) is not None:
                sources.append(_declared(document, name, keys, source))
    return tuple(sources), tuple(unmanaged)


def declared_indexes(document: Document) -> tuple[DeclaredIndex, ...]:
    """The `[[tool.uv.index]]` tables that have a url."""
    return tuple(
        DeclaredIndex(
            name=document.text(*_INDEXES, position, "name"),
            url=url,
            explicit=document.flag(*_INDEXES, position, "explicit") or False,
            default=document.flag(*_INDEXES, position, "default") or False,
            line=document.line(*_INDEXES, position),
        )
        for position in range(len(document.items(*_INDEXES)))
        if (url := document.text(*_INDEXES, position, "url")) is not None
    )


def declared_workspace(document: Document) -> UvWorkspace | None:
    """`[tool.uv.workspace]`, or None without one."""
    if document.value(*_WORKSPACE) is None:
        return None
    return UvWorkspace(
        members=tuple(text for _, text in document.texts(*_WORKSPACE, "members")),
        exclude=tuple(text for _, text in document.texts(*_WORKSPACE, "exclude")),
    )


def _elements(document: Document, name: str) -> Iterator[tuple[Key, ...]]:
    """The keys of each table that `name` has: one, or one per element of a list."""
    keys = (*_SOURCES, name)
    value = document.value(*keys)
    if isinstance(value, list):
        yield from ((*keys, position) for position in range(len(value)) if document.table(*keys, position))
    elif document.table(*keys):
        yield keys


def _declared(document: Document, name: str, keys: tuple[Key, ...], source: Source) -> DeclaredSource:
    group = document.text(*keys, "group")
    return DeclaredSource(
        name=normalise_name(name),
        source=source,
        line=document.line(*keys),
        marker=document.text(*keys, "marker"),
        extra=document.text(*keys, "extra"),
        group=normalise_name(group) if group else None,
        is_list=isinstance(keys[-1], int),
    )


def _source(document: Document, keys: tuple[Key, ...]) -> Source | None:
    if document.value(*keys, "workspace") is not None:
        return MemberSource(path=document.file.parent) if document.flag(*keys, "workspace") else None
    if (path := document.text(*keys, "path")) is not None:
        return path_source(document.file.parent, path, editable=document.flag(*keys, "editable") or False)
    if (url := document.text(*keys, "git")) is not None:
        return _git_source(document, keys, url)
    if (index := document.text(*keys, "index")) is not None:
        return IndexSource(index=index)
    document.complain("a source needs one of `path`, `git`, `index`, `workspace` or `url`", *keys)
    return None


def path_source(directory: Path, written: str, *, editable: bool) -> PathSource:
    """The source that `written`, relative to `directory`, names."""
    return PathSource(path=Path(os.path.normpath(directory / written)), written=written, editable=editable)


def _git_source(document: Document, keys: tuple[Key, ...], url: str) -> GitSource:
    kind = next((each for each in _REFERENCE_KINDS if document.text(*keys, each) is not None), None)
    return GitSource(
        url=url,
        reference_kind=kind,
        reference=document.text(*keys, kind) if kind else None,
        subdirectory=document.text(*keys, "subdirectory"),
    )


def _url_finding(document: Document, name: str, keys: tuple[Key, ...]) -> Finding:
    return Finding(
        rule=UNMANAGED_SOURCE,
        severity="warning",
        subject=normalise_name(name),
        message="a url source is not managed",
        file=document.file,
        line=document.line(*keys),
        fix="use a path, git or index source if this is a shared module",
    )
