"""The proof of an edit: parsed before and after, the value differs by exactly what was asked for."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from dagster_commons.errors import UsageError
from dagster_commons.tools.pyproject.documents import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.tools.pyproject.documents import Document

DEFAULT_FILE = Path("pyproject.toml")


@contextlib.contextmanager
def editing(file: Path) -> Iterator[None]:
    """Errors raised inside say that they are about `file`."""
    try:
        yield
    except UsageError as error:
        error.file = error.file if error.file not in (None, DEFAULT_FILE) else file
        raise


def parsed(text: str) -> Document:
    """The value of `text`.

    Raises:
        UsageError: the text is not TOML.

    """
    return read(text, DEFAULT_FILE)


def proven(edited: str, expected: object, *, by_hand: str, may_vanish: tuple[str, ...] = ()) -> str:
    """`edited`, whose value is `expected`; empty tables and arrays on the way to `may_vanish` may be there or not.

    Raises:
        UsageError: it is not; the hint says what to write by hand.

    """
    try:
        value: object = parsed(edited)
    except UsageError:
        value = None
    if not _is_same(_without_empty(value, may_vanish), _without_empty(expected, may_vanish)):
        refuse("it is written in a form that cannot be changed without changing more than was asked", by_hand=by_hand)
    return edited


def refuse(reason: str, *, by_hand: str | None = None, line: int | None = None) -> NoReturn:
    """Raise the error of an edit that is not made.

    Raises:
        UsageError: always.

    """
    hint = f"edit by hand: {by_hand}" if by_hand else None
    raise UsageError(f"cannot edit pyproject.toml: {reason}", hint=hint, line=line)


def with_value(document: object, keys: tuple[str, ...], value: object) -> dict[str, object]:
    """`document` with `value` at `keys`, tables on the way made where they are missing; None removes the key."""
    content = dict(document) if isinstance(document, dict) else {}
    head, *rest = keys
    new = with_value(content.get(head), tuple(rest), value) if rest else value
    if new is None:
        content.pop(head, None)
    else:
        content[head] = new
    return content


def _without_empty(value: object, keys: tuple[str, ...]) -> object:
    if not keys or not isinstance(value, dict) or keys[0] not in value:
        return value
    inner = _without_empty(value[keys[0]], keys[1:])
    rest = {key: each for key, each in value.items() if key != keys[0]}
    return rest if inner in ({}, []) else {**rest, keys[0]: inner}


def _is_same(left: object, right: object) -> bool:
    """Equality that tells 1, 1.0 and true apart and holds for nan."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_is_same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_is_same, left, right))
    return bool(left == right) or (left != left and right != right)  # noqa: PLR0124 - nan
