"""The values in a pyproject.toml: parsed, read through typed accessors, and made comparable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.errors import UsageError
from dagster_commons.model.names import is_requirement_of, normalise_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Document: TypeAlias = Mapping[str, object]

CONSTRAINTS = ("tool", "uv", "constraint-dependencies")
OVERRIDES = ("tool", "uv", "override-dependencies")
SOURCES = ("tool", "uv", "sources")
INDEXES = ("tool", "uv", "index")
_LEGACY_DEVELOPMENT = ("tool", "uv", "dev-dependencies")  # uv reads it as a part of the group `dev`


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementEntry:
    """A requirement as written, the extra or group it belongs to, and the keys that lead to it (for `line_of`)."""

    requirement: str
    keys: tuple[str | int, ...]
    extra: str | None = None
    group: str | None = None


def read(text: str, file: Path) -> Document:
    """The parsed value of `text`; `file` only names it in the error.

    Raises:
        UsageError: the text is not TOML; with file and line.

    """
    import toml_rs  # noqa: PLC0415 - start-up: only commands that read projects pay for it

    try:
        return toml_rs.loads(text)
    except toml_rs.TOMLDecodeError as error:
        reason = error.msg.strip().splitlines()[-1]
        raise UsageError(
            f"{file.name} is not valid TOML: {reason} (column {error.colno})", file=file, line=error.lineno
        ) from error


def table(document: Document, *keys: str) -> Document:
    """The table at `keys`, empty where there is none."""
    value = _at(document, keys)
    return value if isinstance(value, Mapping) else {}


def tables(document: Document, *keys: str) -> tuple[Document, ...]:
    """The tables in the array at `keys` (a lone table counts as one); anything else is left out."""
    value = _at(document, keys)
    elements = value if isinstance(value, list) else [value]
    return tuple(each for each in elements if isinstance(each, Mapping))


def string(document: Document, *keys: str) -> str | None:
    """The string at `keys`, None where there is none."""
    value = _at(document, keys)
    return value if isinstance(value, str) else None


def strings(document: Document, *keys: str) -> tuple[str, ...]:
    """The strings in the array at `keys`; other elements are left out."""
    value = _at(document, keys)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def elements(document: Document, *keys: str) -> tuple[object, ...]:
    """All elements of the array at `keys`, none where there is no array."""
    value = _at(document, keys)
    return tuple(value) if isinstance(value, list) else ()


def module_entries(document: Document, name: str) -> tuple[RequirementEntry, ...]:
    """Where requirements on `name` stand: in dependencies, extras and groups, not in constraints."""
    return tuple(
        RequirementEntry(requirement=requirement, keys=(*keys, position), extra=extra, group=group)
        for keys, extra, group in _requirement_arrays(document)
        for position, requirement in _numbered_strings(_at(document, keys))
        if is_requirement_of(requirement, name)
    )


def source_tables(document: Document, name: str) -> tuple[Document, ...]:
    """The tables of `[tool.uv.sources]` for `name`; the list form gives several, no entry gives none."""
    key = source_key(document, name)
    return () if key is None else tables(document, *SOURCES, key)


def source_key(document: Document, name: str) -> str | None:
    """The key in `[tool.uv.sources]` that normalises to the same name as `name`, as written."""
    return _matching_key(table(document, *SOURCES), name)


def requirement_places(document: Document, *, extra: str | None, group: str | None) -> tuple[tuple[str, ...], ...]:
    """The keys of the arrays that hold the requirements of an extra, a group or (neither given) the project.

    The first is where a new one goes.  A group's or extra's own spelling is used where it is there.

    Raises:
        ValueError: both an extra and a group are given.

    """
    if extra is not None and group is not None:
        raise ValueError("a requirement belongs to an extra or to a group, not to both")
    if extra is not None:
        extras = ("project", "optional-dependencies")
        return ((*extras, _matching_key(table(document, *extras), extra) or extra),)
    if group is not None:
        own = ("dependency-groups", _matching_key(table(document, "dependency-groups"), group) or group)
        return (own, _LEGACY_DEVELOPMENT) if normalise_name(group) == "dev" else (own,)
    return (("project", "dependencies"),)


def comparable(document: Document, *, ignoring_indexes: bool = False) -> Document:
    """`document` as a value that is equal for files that say the same.

    Empty tables and arrays are dropped, requirements sorted.
    """
    return _comparable(document, is_dropped=lambda _: False, ignoring_indexes=ignoring_indexes)


def without_module(document: Document, name: str, *, ignoring_indexes: bool = False) -> Document:
    """`comparable` without what concerns `name`: its requirements and constraint everywhere, its source."""
    key = source_key(document, name)
    stripped = _without(document, (*SOURCES, key)) if key is not None else document
    return _comparable(
        stripped, is_dropped=lambda each: is_requirement_of(each, name), ignoring_indexes=ignoring_indexes
    )


def _at(document: object, keys: tuple[str, ...]) -> object:
    for key in keys:
        if not isinstance(document, Mapping):
            return None
        document = document.get(key)
    return document


def _matching_key(mapping: Document, name: str) -> str | None:
    if name in mapping:
        return name
    wanted = normalise_name(name)
    return next((key for key in mapping if normalise_name(key) == wanted), None)


def _requirement_arrays(document: Document) -> Iterator[tuple[tuple[str, ...], str | None, str | None]]:
    """Keys, extra and group of every array of requirements."""
    yield ("project", "dependencies"), None, None
    for extra in table(document, "project", "optional-dependencies"):
        yield ("project", "optional-dependencies", extra), extra, None
    for group in table(document, "dependency-groups"):
        yield ("dependency-groups", group), None, group
    yield _LEGACY_DEVELOPMENT, None, "dev"


def _numbered_strings(value: object) -> Iterator[tuple[int, str]]:
    if isinstance(value, list):
        yield from ((position, each) for position, each in enumerate(value) if isinstance(each, str))


def _without(document: Document, keys: tuple[str, ...]) -> Document:
    head, *rest = keys
    if not rest:
        return {key: value for key, value in document.items() if key != head}
    return {
        key: _without(value, tuple(rest)) if key == head and isinstance(value, Mapping) else value
        for key, value in document.items()
    }


def _comparable(document: Document, *, is_dropped: Callable[[object], bool], ignoring_indexes: bool) -> Document:
    unordered = {keys for keys, _, _ in _requirement_arrays(document)} | {CONSTRAINTS, OVERRIDES}

    def simplified(value: object, keys: tuple[str, ...]) -> object:
        if keys == INDEXES and ignoring_indexes:
            return None
        if isinstance(value, Mapping):
            items = {key: simplified(each, (*keys, key)) for key, each in value.items()}
            return {key: each for key, each in items.items() if each is not None} or None
        if isinstance(value, list):
            kept = [each for each in value if not (keys in unordered and is_dropped(each))]
            return (sorted(kept, key=repr) if keys in unordered else kept) or None
        return value

    simple = simplified(document, ())
    return simple if isinstance(simple, Mapping) else {}
