"""Two trees compared, location by location: what a change does to the definitions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.definitions_diff import mask
from dagster_commons.analysis.judging import is_failing, judge
from dagster_commons.analysis.workspace_diff import consequences
from dagster_commons.model.definitions import Snapshot
from dagster_commons.model.verdicts import Absent, LocationVerdict, MissingInput
from dagster_commons.proof.load_order import environment_word
from dagster_commons.proof.loading import Loaded, kept, load
from dagster_commons.tools.workers import workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dagster_commons.model.definitions import Change
    from dagster_commons.model.verdicts import FailOn, LoadResult
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.proof.loading import LoadOptions
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.proof.probing import Probing


WORTH_A_SECOND_LOOK: tuple[FailOn, ...] = ("notable",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A state that is compared: a whole tree, one location of a tree whatever it is called, or a snapshot of one.

    `not_made` says why a location of the tree is not as the state has it, by its name: it must not be compared.
    """

    tree: Tree | None = None
    only: CodeLocation | None = None
    snapshot: Snapshot | None = None
    not_made: Mapping[str, str] = field(default_factory=dict)

    def location(self, name: str) -> CodeLocation | None:
        """What is compared as the location `name`."""
        if self.only is not None or self.tree is None:
            return self.only
        return self.tree.workspace.location(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A location loaded on both sides."""

    before: Loaded
    after: Loaded


def compare_trees(
    before: Tree, after: Tree, names: Iterable[str], options: LoadOptions, probes: Probing
) -> tuple[LocationVerdict, ...]:
    """As `compare_sides`, of two whole trees."""
    return compare_sides(Side(tree=before), Side(tree=after), names, options, probes)


def compare_sides(
    before: Side, after: Side, names: Iterable[str], options: LoadOptions, probes: Probing
) -> tuple[LocationVerdict, ...]:
    """The verdict of each location of `names`, sorted; loads run in parallel, as many as there are processors.

    A change that would fail something is looked at twice: what differs between two loads of the same code is masked.
    """
    wanted = tuple(sorted(set(names)))
    with workers() as pool:
        sides = sorted(((name, side) for name in wanted for side in (before, after)), key=_environment_word)
        loads = [pool.submit(_load, side, name, options, probes) for name, side in sides]
        loaded = {(name, side is before): load.result() for (name, side), load in zip(sides, loads, strict=True)}
        pairs = {name: Pair(before=loaded[name, True], after=loaded[name, False]) for name in wanted}
        even = pool.map(lambda name: _of_one_python(before, after, pairs[name], (name, options, probes)), wanted)
        pairs = dict(zip(wanted, even, strict=True))
        hits = consequences(_with_the_others(before, after, pairs, options))
        checked = pool.map(lambda name: _masked(before, name, pairs[name], options, probes), wanted)
        return tuple(_verdict(name, pair, hits.get(name, ())) for name, pair in zip(wanted, checked, strict=True))


def _environment_word(load: tuple[str, Side]) -> str:
    name, side = load
    location = side.location(name)
    return environment_word(side.tree.workspace, location) if side.tree is not None and location is not None else ""


def _load(side: Side, name: str, options: LoadOptions, probes: Probing, *, again: bool = False) -> Loaded:
    if side.snapshot is not None:
        return Loaded(result=side.snapshot, is_cached=True)
    if name in side.not_made:
        return Loaded(result=MissingInput(reason=side.not_made[name]))
    location = side.location(name)
    if side.tree is None or location is None:
        return Loaded(result=Absent())
    return load(side.tree, location, options, probes, again=again)


def _of_one_python(before: Side, after: Side, pair: Pair, loading: tuple[str, LoadOptions, Probing]) -> Pair:
    """`pair`, what is kept of another Python taken anew: uv may choose another one for the same lock later."""
    old, new = pair.before.result, pair.after.result
    if not (isinstance(old, Snapshot) and isinstance(new, Snapshot)) or old.python == new.python:
        return pair
    if pair.before.is_cached:
        pair = replace(pair, before=_load(before, *loading, again=True))
    if pair.after.is_cached:
        pair = replace(pair, after=_load(after, *loading, again=True))
    return pair


def _with_the_others(
    before: Side, after: Side, pairs: Mapping[str, Pair], options: LoadOptions
) -> dict[str, tuple[LoadResult, LoadResult]]:
    """What is loaded, and what is known without loading of the locations that the change does not reach."""
    results: dict[str, tuple[LoadResult, LoadResult]] = {
        name: (pair.before.result, pair.after.result) for name, pair in pairs.items()
    }
    if before.tree is None or after.tree is None or before.only is not None or after.only is not None:
        return results
    for location in after.tree.workspace.locations:
        if location.name in results or before.location(location.name) is None:
            continue
        snapshot = kept(after.tree, location, options)
        if snapshot is not None:
            results[location.name] = (snapshot, snapshot)
    return results


def _masked(before: Side, name: str, pair: Pair, options: LoadOptions, probes: Probing) -> Pair:
    """`pair` with the places masked that differ between two loads of the side before, where it matters."""
    first = pair.before.result
    if before.snapshot is not None or not isinstance(first, Snapshot) or not isinstance(pair.after.result, Snapshot):
        return pair
    if not is_failing(judge(first, pair.after.result), WORTH_A_SECOND_LOOK):
        return pair
    second = _load(before, name, options, probes, again=True).result
    moving = mask(first, second) if isinstance(second, Snapshot) else ()
    if not moving:
        return pair
    return Pair(
        before=replace(pair.before, result=replace(first, masked=moving)),
        after=replace(pair.after, result=replace(pair.after.result, masked=moving)),
    )


def _verdict(name: str, pair: Pair, hits: tuple[Change, ...]) -> LocationVerdict:
    verdict = judge(pair.before.result, pair.after.result, consequences=hits)
    return LocationVerdict(
        location=name,
        verdict=verdict,
        seconds=pair.before.seconds + pair.after.seconds,
        is_cached=pair.before.is_cached and pair.after.is_cached,
        how=pair.after.how,
    )
