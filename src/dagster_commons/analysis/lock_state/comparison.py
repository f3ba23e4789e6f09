"""Two lists of requirements compared by what they demand in every environment.

uv 0.13 compares meanings: `a>=1` beside `a` demands what `a>=1` demands, and `a; linux` with `a; not linux` what `a`
does.  Apart from each other stay: different sources, a pin and other specifiers (a pin alone admits a yanked version),
and conditions that name an extra.  Source: uv's `crates/uv-configuration/src/normalized_requirements.rs`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from dagster_commons.analysis.lock_state import markers
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import are_same_ranges, are_same_specifiers, pinned_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dagster_commons.analysis.lock_state.markers import Environment, Marker
    from dagster_commons.analysis.lock_state.types import Need
    from dagster_commons.analysis.lock_state.versions import PythonRange

# "demands": what is asked for must be there; "limits": a bare name changes nothing; "texts": each one counts as written
Reading: TypeAlias = Literal["demands", "limits", "texts"]

_Key: TypeAlias = tuple[object, ...]
_Demand: TypeAlias = tuple[frozenset[str], frozenset[str]]  # extras, specifier


class Comparison(NamedTuple):
    """What only one side has, after everything equal was taken away."""

    new: tuple[Need, ...]
    locked: tuple[Need, ...]

    @property
    def is_same(self) -> bool:
        return not self.new and not self.locked


def compare(
    new: Iterable[Need], locked: Iterable[Need], python: PythonRange, reading: Reading = "demands"
) -> Comparison:
    """What two lists of requirements do not have in common.

    Raises:
        UndecidedError: whether two markers or specifiers mean the same cannot be told.

    """
    all_new, all_locked = {*new}, {*locked}
    if all_new == all_locked:
        return Comparison((), ())
    groups = _Groups(python, reading)
    groups_new, groups_locked = groups.of(all_new), groups.of(all_locked)
    differing = [
        key
        for key in {*groups_new, *groups_locked}
        if not _are_same(groups_new.get(key, ()), groups_locked.get(key, ()), python, reading)
    ]
    only_new = [need for key in differing for need in groups_new.get(key, ())]
    only_locked = [need for key in differing for need in groups_locked.get(key, ())]
    return Comparison(
        tuple(sorted((need for need in only_new if need not in only_locked), key=_order)),
        tuple(sorted((need for need in only_locked if need not in only_new), key=_order)),
    )


class _Groups:
    """Sorts needs into those that are compared together; conditions with extras are told apart by meaning."""

    def __init__(self, python: PythonRange, reading: Reading) -> None:
        self.python = python
        self.reading = reading
        self.conditions: list[Marker] = []

    def of(self, needs: Iterable[Need]) -> Mapping[_Key, Sequence[Need]]:
        found: dict[_Key, list[Need]] = defaultdict(list)
        for need in needs:
            if self.reading == "limits" and self._is_void(need):
                continue
            pin = pinned_version(need.specifier)
            found[need.name, need.source, need.conflict, pin, self._condition(need.marker)].append(need)
        return found

    def _is_void(self, need: Need) -> bool:
        return (need.source is None and not need.specifier) or markers.is_never(need.marker, self.python)

    def _condition(self, marker: Marker) -> int:
        if not any(atom.variable.startswith("extra ") for atom in markers.atoms(marker)):
            return -1
        for number, known in enumerate(self.conditions):
            if markers.are_same(marker, known, self.python):
                return number
        self.conditions.append(marker)
        return len(self.conditions) - 1


def _are_same(new: Sequence[Need], locked: Sequence[Need], python: PythonRange, reading: Reading) -> bool:
    if not new or not locked:
        return False
    if {*new} == {*locked}:
        return True
    if reading == "texts":
        return _are_all_matched(new, locked, python) and _are_all_matched(locked, new, python)
    environments = tuple(markers.environments([need.marker for need in (*new, *locked)], python))
    if all(_is_same_demand(_demand(new, each), _demand(locked, each)) for each in environments):
        return _is_same_idle(new, locked, environments)
    _refuse_opaque(new, locked)
    return False


def _are_all_matched(needs: Sequence[Need], others: Sequence[Need], python: PythonRange) -> bool:
    return all(
        any(
            need.extras == other.extras
            and are_same_specifiers(need.specifier, other.specifier)
            and markers.are_same(need.marker, other.marker, python)
            for other in others
        )
        for need in needs
    )


def _demand(needs: Sequence[Need], environment: Environment) -> _Demand | None:
    """Extras and specifier demanded together in one environment; None where nothing is."""
    active = [need for need in needs if markers.holds(need.marker, environment)]
    if not active:
        return None
    extras = frozenset(extra for need in active for extra in need.extras)
    return extras, frozenset(part for need in active for part in need.specifier)


def _is_same_demand(one: _Demand | None, other: _Demand | None) -> bool:
    if one is None or other is None:
        return one is other
    return one[0] == other[0] and are_same_ranges(one[1], other[1])


def _is_same_idle(new: Sequence[Need], locked: Sequence[Need], environments: Sequence[Environment]) -> bool:
    """Whether both have the same of what no environment asks for, which uv keeps unless something demands as much."""
    idle_new, idle_locked = _idle(new, environments), _idle(locked, environments)
    return all(any(_is_same_demand(one, other) for other in idle_locked) for one in idle_new) and all(
        any(_is_same_demand(one, other) for other in idle_new) for one in idle_locked
    )


def _idle(needs: Sequence[Need], environments: Sequence[Environment]) -> list[_Demand]:
    never = [need for need in needs if not any(markers.holds(need.marker, each) for each in environments)]
    if not never:
        return []
    active = [demand for each in environments if (demand := _demand(needs, each)) is not None]
    demands = [(frozenset(need.extras), need.specifier) for need in never]
    return [demand for demand in demands if not any(_is_same_demand(demand, other) for other in active)]


def _refuse_opaque(new: Sequence[Need], locked: Sequence[Need]) -> None:
    """A difference is certain only where both sides use the same of what we cannot read."""
    one, other = (
        {atom for need in needs for atom in markers.atoms(need.marker) if atom.operator == "opaque"}
        for needs in (new, locked)
    )
    if one != other:
        unread = min(each.variable for each in one ^ other)
        raise UndecidedError(f"the marker `{unread}` cannot be compared without uv")


def _order(need: Need) -> tuple[str, ...]:
    return (need.name, *need.extras, *sorted(need.specifier), str(need.source))
