"""Parts of a `uv.lock` as TOML values of the kind that uv writes; anything else is an error with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dagster_commons.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def loads(text: bytes, content: bytes, file: Path) -> dict[str, object]:
    """Parse a part of `content`; an error is given the line that it has in the whole.

    Raises:
        UsageError: it is no TOML.

    """
    import toml_rs  # noqa: PLC0415 - lazy: most commands read no lock

    try:
        return cast("dict[str, object]", toml_rs.loads(text.decode()))
    except (toml_rs.TOMLDecodeError, UnicodeDecodeError) as error:
        if text is not content:
            loads(content, content, file)
        line = error.lineno if isinstance(error, toml_rs.TOMLDecodeError) else content.count(b"\n", 0, error.start) + 1
        said = str(error).strip().splitlines()[-1]
        raise UsageError(f"uv.lock is malformed: {said}", file=file, line=line, hint="uv lock") from error


def text_of(table: Mapping[str, object], key: str, file: Path, *, default: str | None = None) -> str:
    """A text; `default` where the key is missing.

    Raises:
        UsageError: it is something else.

    """
    value = table.get(key, default)
    if not isinstance(value, str):
        raise unexpected(file, key)
    return value


def number_of(table: Mapping[str, object], key: str, file: Path, *, default: int | None = None) -> int:
    """A whole number; `default` where the key is missing.

    Raises:
        UsageError: it is something else.

    """
    value = table.get(key, default)
    if not isinstance(value, int):
        raise unexpected(file, key)
    return value


def table_of(value: object, file: Path, key: str) -> Mapping[str, object]:
    """A table; `key` is named in the error.

    Raises:
        UsageError: it is something else.

    """
    if not isinstance(value, dict):
        raise unexpected(file, key)
    return value


def tables_of(value: object, file: Path, key: str) -> tuple[Mapping[str, object], ...]:
    """An array of tables.

    Raises:
        UsageError: it is something else.

    """
    if not isinstance(value, list):
        raise unexpected(file, key)
    return tuple(table_of(each, file, key) for each in value)


def texts_of(value: object, file: Path, key: str) -> tuple[str, ...]:
    """An array of texts.

    Raises:
        UsageError: it is something else.

    """
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise unexpected(file, key)
    return tuple(value)


def unexpected(file: Path, key: str) -> UsageError:
    """The error for a `key` that is missing or of another kind."""
    return UsageError(f"uv.lock is malformed: `{key}` is missing or of another kind than uv writes", file=file)
