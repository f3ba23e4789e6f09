"""A parsed pyproject.toml read with types; what is of another type than uv accepts cannot be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dagster_commons.analysis.lock_state.undecided import UndecidedError

if TYPE_CHECKING:
    from collections.abc import Mapping


def table(document: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """The table under `keys`, empty when there is none.

    Raises:
        UndecidedError: something else stands there.

    """
    found: object = document
    for key in keys:
        if not isinstance(found, dict):
            raise _unexpected(keys)
        found = found.get(key, {})
    if not isinstance(found, dict):
        raise _unexpected(keys)
    return cast("Mapping[str, object]", found)


def tables(document: Mapping[str, object], key: str) -> tuple[Mapping[str, object], ...]:
    """The tables of the list under `key`; one table counts as a list of one.

    Raises:
        UndecidedError: something else stands there.

    """
    found = document.get(key, [])
    elements = [found] if isinstance(found, dict) else found
    if not isinstance(elements, list) or not all(isinstance(each, dict) for each in elements):
        raise _unexpected((key,))
    return tuple(elements)


def texts(document: Mapping[str, object], key: str) -> tuple[str, ...]:
    """The strings of the list under `key`.

    Raises:
        UndecidedError: something else stands there.

    """
    found = document.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise _unexpected((key,))
    return tuple(found)


def text(document: Mapping[str, object], key: str) -> str | None:
    """The string under `key`, or None.

    Raises:
        UndecidedError: something else stands there.

    """
    found = document.get(key)
    if found is not None and not isinstance(found, str):
        raise _unexpected((key,))
    return found


def flag(document: Mapping[str, object], key: str) -> bool | None:
    """The truth value under `key`, or None.

    Raises:
        UndecidedError: something else stands there.

    """
    found = document.get(key)
    if found is not None and not isinstance(found, bool):
        raise _unexpected((key,))
    return found


def _unexpected(keys: tuple[str, ...]) -> UndecidedError:
    return UndecidedError(f"`{'.'.join(keys)}` in pyproject.toml is not of the kind that uv reads")
