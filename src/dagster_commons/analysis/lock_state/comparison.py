"""Two lists of requirements compared by what they demand in every environment.

uv 0.13 compares meanings: `a>=1` beside `a` demands what `a>=1` demands, and `a; linux` with `a; not linux` what `a`
does.  Requirements from different sources, or for different extras, are compared apart.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from dagster_commons.analysis.lock_state.markers import ALWAYS, Atom, Both, Marker, atoms, environments, holds
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import are_same_ranges, are_same_specifiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dagster_commons.analysis.lock_state.markers import Environment
    from dagster_commons.analysis.lock_state.types import Need
    from dagster_commons.analysis.lock_state.versions import PythonRange

# "demands": what is asked for must be there; "limits": a bare name changes nothing; "texts": each one counts as written
Reading: TypeAlias = Literal["demands", "limits", "texts"]

_Key: TypeAlias = tuple[object, ...]


class Comparison(NamedTuple):
    """What only one side has, after everything equal was taken away."""

    new: tuple[Need, ...]
    locked: tuple[Need, ...]


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
    groups_new, groups_locked = _grouped(all_new, reading), _grouped(all_locked, reading)
    differing = [
        key
        for key in {*groups_new, *groups_locked}
        if not _are_same(groups_new.get(key, ()), groups_locked.get(key, ()), python, reading)
    ]
    only_new = [need for key in differing for need in groups_new.get(key, ()) if need not in all_locked]
    only_locked = [need for key in differing for need in groups_locked.get(key, ()) if need not in all_new]
    if differing and not only_new and not only_locked:  # pragma: no cover - equal lists never differ
        raise AssertionError(differing)
    return Comparison(tuple(sorted(only_new, key=_order)), tuple(sorted(only_locked, key=_order)))


def _grouped(needs: Iterable[Need], reading: Reading) -> Mapping[_Key, Sequence[Need]]:
    groups: dict[_Key, list[Need]] = defaultdict(list)
    for need in needs:
        if reading != "limits" or need.specifier or need.source is not None:
            groups[need.name, need.source, need.conflict, _extra(need.marker)].append(need)
    return groups


def _extra(marker: Marker) -> str:
    """The extra that a requirement stands under."""
    parts = marker.parts if isinstance(marker, Both) else (marker,)
    return next((part.variable for part in parts if isinstance(part, Atom) and part.variable.startswith("extra ")), "")


def _are_same(new: Sequence[Need], locked: Sequence[Need], python: PythonRange, reading: Reading) -> bool:
    if not new or not locked:
        return False
    if reading == "texts":
        return all(any(_is_same(each, other, python) for other in locked) for each in new) and all(
            any(_is_same(each, other, python) for other in new) for each in locked
        )
    markers = tuple(need.marker for need in (*new, *locked))
    for environment in environments(markers, python):
        one, other = _demanded(new, environment), _demanded(locked, environment)
        if one != other and not _is_same_demand(one, other):
            _refuse_opaque(new, locked)
            return False
    return True


def _is_same(one: Need, other: Need, python: PythonRange) -> bool:
    return (
        one.extras == other.extras
        and are_same_specifiers(one.specifier, other.specifier)
        and all(
            holds(one.marker, each) == holds(other.marker, each)
            for each in environments((one.marker, other.marker), python)
        )
    )


def _demanded(needs: Sequence[Need], environment: Environment) -> tuple[frozenset[str], frozenset[str]] | None:
    """Extras and specifier demanded together in one environment; None where nothing is."""
    active = [need for need in needs if need.marker == ALWAYS or holds(need.marker, environment)]
    if not active:
        return None
    extras = frozenset(extra for need in active for extra in need.extras)
    return extras, frozenset(part for need in active for part in need.specifier)


def _is_same_demand(
    one: tuple[frozenset[str], frozenset[str]] | None, other: tuple[frozenset[str], frozenset[str]] | None
) -> bool:
    if one is None or other is None:
        return False
    return one[0] == other[0] and are_same_ranges(one[1], other[1])


def _refuse_opaque(new: Sequence[Need], locked: Sequence[Need]) -> None:
    """A difference is certain only where both sides use the same of what we cannot read."""
    one, other = (
        {atom for need in needs for atom in atoms(need.marker) if atom.operator == "opaque"} for needs in (new, locked)
    )
    if one != other:
        raise UndecidedError(f"the marker `{min(one ^ other, key=str).variable}` cannot be compared without uv")


def _order(need: Need) -> tuple[str, ...]:
    return (need.name, *need.extras, *sorted(need.specifier), str(need.source))
