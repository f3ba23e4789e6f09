"""Dependency groups (PEP 735) written out and compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.lock_state import markers
from dagster_commons.analysis.lock_state.comparison import compare
from dagster_commons.analysis.lock_state.tables import table, text, texts
from dagster_commons.analysis.lock_state.types import Difference
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import parts, python_range
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dagster_commons.analysis.lock_state.lowering import Lowering
    from dagster_commons.analysis.lock_state.markers import Marker
    from dagster_commons.analysis.lock_state.types import Need
    from dagster_commons.analysis.lock_state.versions import PythonRange
    from dagster_commons.tools.lockfile import Lock

_RECORDS_GROUPS = (1, 5)  # since this version and revision a lock records default groups and their Python


@dataclass(frozen=True, slots=True)
class Group:
    """A dependency group written out: requirements, each with the marker that its group adds, and its Python."""

    requirements: tuple[tuple[str, Marker], ...] = ()
    requires_python: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RecordedGroups:
    """What a lock records of a project's groups beside their requirements.

    `default` is "all", the groups' names, or None for uv's own choice (`dev`).
    """

    default: str | frozenset[str] | None
    requires_python: frozenset[tuple[str, frozenset[str]]]

    @classmethod
    def of(cls, default: object, requires_python: Mapping[str, object]) -> RecordedGroups:
        """From the lock's or pyproject's own values."""
        groups = frozenset((name, parts(str(each))) for name, each in requires_python.items())
        if isinstance(default, (list, tuple)):
            names = frozenset(normalise_name(str(each)) for each in default)
            return cls(None if names == {"dev"} else names, groups)
        return cls(None if default is None else str(default), groups)

    @classmethod
    def declared(cls, document: Mapping[str, object]) -> RecordedGroups:
        """As a pyproject.toml declares them now.

        Raises:
            UndecidedError: a group cannot be written out.

        """
        pythons = {name: ",".join(group.requires_python) for name, group in flat_groups(document).items()}
        limited = {name: python for name, python in pythons.items() if python}
        return cls.of(table(document, "tool", "uv").get("default-groups"), limited)


def records_groups(lock: Lock) -> bool:
    """Whether the lock is new enough to record default groups and the groups' Python."""
    return (lock.version, lock.revision) >= _RECORDS_GROUPS


def lowered_groups(document: Mapping[str, object], lowering: Lowering) -> dict[str, tuple[Need, ...]]:
    """Every dependency group of a pyproject.toml, with sources.

    Raises:
        UndecidedError: a group or a source cannot be worked out.

    """
    return {
        name: tuple(
            need for each, within in group.requirements for need in lowering.needs(each, group=name, within=within)
        )
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
        elif not compare(new[name], old[name], python).is_same:
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
        dev = flat.get("dev", Group())
        flat["dev"] = replace(dev, requirements=(*dev.requirements, *((each, markers.ALWAYS) for each in older)))
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
    pythons: frozenset[str] = frozenset()
    for entry in entries:
        if isinstance(entry, str):
            found.append((entry, markers.ALWAYS))
        elif isinstance(entry, dict) and isinstance(included := entry.get("include-group"), str):
            inner = _flatten(normalise_name(included), groups, limits, flat, (*within, name))
            found += inner.requirements
            pythons |= inner.requires_python
        else:
            raise UndecidedError(f"the dependency group {name} has an entry that is not read here")
    python = text(table(limits, name), "requires-python")
    if python is not None:
        pythons |= parts(python)
        limit = markers.python_marker(python_range((python,)))
        found = [(each, markers.Both((own, limit))) for each, own in found]
    flat[name] = Group(tuple(found), pythons)
    return flat[name]
