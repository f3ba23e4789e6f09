"""Dependency groups (PEP 735) written out and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.analysis.lock_state import markers
from dagster_commons.analysis.lock_state.comparison import compare
from dagster_commons.analysis.lock_state.markers import Marker
from dagster_commons.analysis.lock_state.tables import table, text, texts
from dagster_commons.analysis.lock_state.types import Difference
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import PythonRange, python_range
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dagster_commons.analysis.lock_state.lowering import Lowering
    from dagster_commons.analysis.lock_state.types import Need

Group: TypeAlias = tuple[tuple[str, Marker], ...]  # requirements, each with the marker that its group adds


def lowered_groups(document: Mapping[str, object], lowering: Lowering) -> dict[str, tuple[Need, ...]]:
    """Every dependency group of a pyproject.toml, with sources.

    Raises:
        UndecidedError: a group or a source cannot be worked out.

    """
    return {
        name: tuple(need for each, within in group for need in lowering.needs(each, group=name, within=within))
        for name, group in flat_groups(document).items()
    }


def group_differences(
    owner: str, new: Mapping[str, Sequence[Need]], old: Mapping[str, Sequence[Need]], python: PythonRange
) -> Iterator[Difference]:
    """How dependency groups differ from what the lock recorded of them."""
    for name in sorted({*new} | {*old}):
        if name not in old:
            yield Difference(f"{owner} has a dependency group {name}, the lock does not")
        elif name not in new:
            yield Difference(f"the lock has a dependency group {name}, {owner} does not")
        elif any(compare(new[name], old[name], python)):
            yield Difference(f"dependency group {name} of {owner} says something else than the lock")


def flat_groups(document: Mapping[str, object]) -> dict[str, Group]:
    """`[dependency-groups]` with every `include-group` written out, and uv's older `dev-dependencies` in `dev`.

    Raises:
        UndecidedError: a group cannot be written out.

    """
    groups = {normalise_name(name): group for name, group in table(document, "dependency-groups").items()}
    limits = {normalise_name(key): each for key, each in table(document, "tool", "uv", "dependency-groups").items()}
    flat: dict[str, Group] = {}
    for name in groups:
        _flatten(name, groups, limits, flat, ())
    if older := texts(table(document, "tool", "uv"), "dev-dependencies"):
        flat["dev"] = (*flat.get("dev", ()), *((each, markers.ALWAYS) for each in older))
    return flat


def _flatten(
    name: str,
    groups: Mapping[str, object],
    limits: Mapping[str, object],
    flat: dict[str, Group],
    within: tuple[str, ...],
) -> Group:
    entries = groups.get(name)
    if not isinstance(entries, list) or name in within:
        raise UndecidedError(f"the dependency group {name} cannot be written out")
    if name in flat:
        return flat[name]
    found: list[tuple[str, Marker]] = []
    for entry in entries:
        if isinstance(entry, str):
            found.append((entry, markers.ALWAYS))
        elif isinstance(entry, dict) and isinstance(included := entry.get("include-group"), str):
            found += _flatten(normalise_name(included), groups, limits, flat, (*within, name))
        else:
            raise UndecidedError(f"the dependency group {name} has an entry that is not read here")
    python = text(table(limits, name), "requires-python")
    if python is not None:
        limit = markers.python_marker(python_range((python,)))
        found = [(each, markers.Both((own, limit))) for each, own in found]
    flat[name] = tuple(found)
    return flat[name]
