"""`[tool.poetry]` dependencies, read into the same values as everybody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.discovery.uv_tables import path_source
from dagster_commons.model.names import normalise_name
from dagster_commons.model.project import DeclaredSource, Dependency
from dagster_commons.model.sources import GitReferenceKind, GitSource, IndexSource, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.discovery.documents import Document, Key

_POETRY = ("tool", "poetry")
_REFERENCE_KINDS: tuple[GitReferenceKind, ...] = ("tag", "rev", "branch")
_SHORTHAND = re.compile(r"([\^~])\s*([0-9][0-9.]*)(.*)")


def poetry_dependencies(document: Document) -> tuple[tuple[Dependency, ...], tuple[DeclaredSource, ...]]:
    """Dependencies and their sources; Poetry's `^` and `~` ranges are written out as PEP 508 has them."""
    dependencies: list[Dependency] = []
    sources: list[DeclaredSource] = []
    for table, group in _tables(document):
        for name in document.table(*table):
            if normalise_name(name) == "python":
                continue
            for keys in _elements(document, (*table, name)):
                dependency = _dependency(document, name, keys, group)
                dependencies.append(dependency)
                source = _source(document, keys)
                if source is not None:
                    sources.append(
                        DeclaredSource(name=dependency.name, source=source, line=dependency.line, group=group)
                    )
    return tuple(dependencies), tuple(sources)


def pep_440_range(constraint: str) -> str:
    """Poetry's constraint as a PEP 440 specifier; `*` is no constraint at all."""
    parts = (each.strip() for each in constraint.split(","))
    return ",".join(_pep_440_part(each) for each in parts if each not in ("", "*"))


def _tables(document: Document) -> Iterator[tuple[tuple[str, ...], str | None]]:
    yield (*_POETRY, "dependencies"), None
    yield (*_POETRY, "dev-dependencies"), "dev"
    for group in document.table(*_POETRY, "group"):
        yield (*_POETRY, "group", group, "dependencies"), normalise_name(group)


def _elements(document: Document, keys: tuple[Key, ...]) -> Iterator[tuple[Key, ...]]:
    value = document.value(*keys)
    if isinstance(value, list):
        yield from ((*keys, position) for position in range(len(value)))
    else:
        yield keys


def _dependency(document: Document, name: str, keys: tuple[Key, ...], group: str | None) -> Dependency:
    value = document.value(*keys)
    is_table = isinstance(value, dict)
    constraint = (document.text(*keys, "version") if is_table else document.text(*keys)) or ""
    extras = [text for _, text in document.texts(*keys, "extras")] if is_table else []
    marker = document.text(*keys, "markers") if is_table else None
    wanted = f"[{','.join(extras)}]" if extras else ""
    condition = f" ; {marker}" if marker else ""
    return Dependency(
        name=normalise_name(name),
        requirement=f"{name}{wanted}{pep_440_range(constraint)}{condition}",
        line=document.line(*keys),
        group=group,
    )


def _source(document: Document, keys: tuple[Key, ...]) -> Source | None:
    if not isinstance(document.value(*keys), dict):
        return None
    if (path := document.text(*keys, "path")) is not None:
        return path_source(document.file.parent, path, editable=document.flag(*keys, "develop") or False)
    if (url := document.text(*keys, "git")) is not None:
        kind = next((each for each in _REFERENCE_KINDS if document.text(*keys, each) is not None), None)
        return GitSource(
            url=url,
            reference_kind=kind,
            reference=document.text(*keys, kind) if kind else None,
            subdirectory=document.text(*keys, "subdirectory"),
        )
    index = document.text(*keys, "source")
    return IndexSource(index=index) if index is not None else None


def _pep_440_part(part: str) -> str:
    match = _SHORTHAND.fullmatch(part)
    if match is None:
        return f"=={part}" if part[0].isdigit() else part
    operator, version, suffix = match.groups()
    numbers = [int(each) for each in version.split(".") if each]
    if operator == "~":
        kept = min(len(numbers), 2)
    else:
        kept = next((position for position, each in enumerate(numbers, start=1) if each), len(numbers))
    upper = [*numbers[: kept - 1], numbers[kept - 1] + 1]
    return f">={version}{suffix},<{'.'.join(str(each) for each in upper)}"
