"""Two trees compared, location by location: what a change does to the definitions."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.definitions_diff import mask
from dagster_commons.analysis.judging import is_failing, judge
from dagster_commons.analysis.workspace_diff import consequences
from dagster_commons.model.definitions import Snapshot
from dagster_commons.model.verdicts import Absent, LocationVerdict
from dagster_commons.proof.loading import Loaded, kept, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dagster_commons.model.definitions import Change
    from dagster_commons.model.verdicts import FailOn, LoadResult
    from dagster_commons.proof.loading import LoadOptions
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.proof.probing import Probing


WORTH_A_SECOND_LOOK: tuple[FailOn, ...] = ("notable",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A location loaded on both sides."""

    before: Loaded
    after: Loaded


def compare_trees(
    before: Tree, after: Tree, names: Iterable[str], options: LoadOptions, probes: Probing
) -> tuple[LocationVerdict, ...]:
    """The verdict of each location of `names`, sorted; loads run in parallel, as many as there are processors.

    A change that would fail something is looked at twice: what differs between two loads of the same code is masked.
    """
    wanted = tuple(sorted(set(names)))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        olds = pool.map(lambda name: _load(before, name, options, probes), wanted)
        news = pool.map(lambda name: _load(after, name, options, probes), wanted)
        pairs = {name: Pair(before=old, after=new) for name, old, new in zip(wanted, olds, news, strict=True)}
        hits = consequences(_with_the_others(before, after, pairs, options))
        checked = pool.map(lambda name: _masked(before, name, pairs[name], options, probes), wanted)
        return tuple(_verdict(name, pair, hits.get(name, ())) for name, pair in zip(wanted, checked, strict=True))


def _load(tree: Tree, name: str, options: LoadOptions, probes: Probing) -> Loaded:
    location = tree.workspace.location(name)
    return load(tree, location, options, probes) if location is not None else Loaded(result=Absent())


def _with_the_others(
    before: Tree, after: Tree, pairs: Mapping[str, Pair], options: LoadOptions
) -> dict[str, tuple[LoadResult, LoadResult]]:
    """What is loaded, and what is known without loading of the locations that the change does not reach."""
    results: dict[str, tuple[LoadResult, LoadResult]] = {
        name: (pair.before.result, pair.after.result) for name, pair in pairs.items()
    }
    for location in after.workspace.locations:
        if location.name in results or before.workspace.location(location.name) is None:
            continue
        snapshot = kept(after, location, options)
        if snapshot is not None:
            results[location.name] = (snapshot, snapshot)
    return results


def _masked(before: Tree, name: str, pair: Pair, options: LoadOptions, probes: Probing) -> Pair:
    """`pair` with the places masked that differ between two loads of the side before, where it matters."""
    first, location = pair.before.result, before.workspace.location(name)
    if not isinstance(first, Snapshot) or location is None or not isinstance(pair.after.result, Snapshot):
        return pair
    if not is_failing(judge(first, pair.after.result), WORTH_A_SECOND_LOOK):
        return pair
    second = load(before, location, options, probes, again=True).result
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
