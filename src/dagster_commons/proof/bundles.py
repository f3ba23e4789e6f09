"""Bundles made and proven: as many at a time as there are processors, what they share built once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, ToolError
from dagster_commons.model.bundle import BundleFailure, BundlePlan, MadeBundle, MadePex
from dagster_commons.model.definitions import Snapshot
from dagster_commons.model.verdicts import LocationVerdict
from dagster_commons.proof.bundle_proof import Proof, prove_bundle, unproven, what_lacks
from dagster_commons.proof.bundling import make_bundle, planned_bundle
from dagster_commons.proof.loading import load
from dagster_commons.proof.pex import build_pex, prove_pex
from dagster_commons.proof.wheel_building import WheelStore
from dagster_commons.tools.workers import workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dagster_commons.model.bundle import Bundle, BundleRequest
    from dagster_commons.model.verdicts import LoadResult
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.proof.materialising import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """A bundle before anything is built: its plan, and what its location defines; None: it is not to be proven."""

    plan: BundlePlan
    defined: LoadResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """What all bundles of a run have in common."""

    tree: Tree
    at: Path
    wheels: WheelStore
    proof: Proof | None
    with_pex: bool


def place_name(location: CodeLocation) -> str:
    """The name of the directory of the location's bundle."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", location.name)


def planned_bundles(
    tree: Tree, locations: Iterable[CodeLocation], request: BundleRequest
) -> tuple[BundlePlan | BundleFailure, ...]:
    """The plan of each location's bundle, or why there is none."""
    with workers() as pool:
        return tuple(pool.map(lambda each: _planned(tree, each, request), locations))


def made_bundles(
    tree: Tree, locations: Iterable[CodeLocation], request: BundleRequest, at: Path, proof: Proof | None
) -> Iterator[MadeBundle | BundleFailure]:
    """The bundle of each of `locations` (of `tree.workspace`) in a directory below `at`, in their order, as it is done.

    All definitions are loaded before the first wheel is built: a build may leave files in the tree.
    """
    wheels = WheelStore(at / "wheels")
    with workers() as pool:
        plans = pool.map(lambda each: _planned(tree, each, request), locations)
        started = list(pool.map(lambda each: _started(tree, each, proof), plans))
        making = _Making(tree=tree, at=at, wheels=wheels, proof=proof, with_pex=request.with_pex)
        yield from pool.map(lambda each: _made(making, each), started)


def _planned(tree: Tree, location: CodeLocation, request: BundleRequest) -> BundlePlan | BundleFailure:
    try:
        return planned_bundle(tree, location, request)
    except CommonsError as error:
        return BundleFailure(location=location, error=error)


def _started(tree: Tree, plan: BundlePlan | BundleFailure, proof: Proof | None) -> _Started | BundleFailure:
    if isinstance(plan, BundleFailure):
        return plan
    if proof is None:
        return _Started(plan=plan, defined=None)
    lacking = what_lacks(plan)
    defined = lacking or load(tree, plan.location, proof.options, proof.probes).result
    return _Started(plan=plan, defined=defined)


def _made(making: _Making, started: _Started | BundleFailure) -> MadeBundle | BundleFailure:
    if isinstance(started, BundleFailure):
        return started
    location, defined = started.plan.location, started.defined
    if defined is not None and not isinstance(defined, Snapshot):
        verdict = LocationVerdict(location=location.name, verdict=unproven(defined))
        return MadeBundle(plan=started.plan, bundle=None, verdict=verdict)
    try:
        place = making.at / "bundles" / place_name(location)
        bundle = make_bundle(making.tree, started.plan, place, making.wheels)
        made = MadeBundle(plan=started.plan, bundle=bundle, verdict=_verdict(making, bundle, defined))
        if making.with_pex and made.is_acceptable:
            made = replace(made, pex=_pex(making, bundle, defined))
    except CommonsError as error:
        return BundleFailure(location=location, error=error)
    except OSError as error:
        said = ToolError(f"the bundle of {location.name} cannot be made: {error}", hint="is the disk full?")
        return BundleFailure(location=location, error=said)
    return made


def _verdict(making: _Making, bundle: Bundle, defined: Snapshot | None) -> LocationVerdict | None:
    if making.proof is None or defined is None:
        return None
    return prove_bundle(making.tree, bundle, defined, making.proof)


def _pex(making: _Making, bundle: Bundle, defined: Snapshot | None) -> MadePex:
    file = build_pex(bundle, making.at / "pex" / bundle.directory.name)
    if making.proof is None or defined is None:
        return MadePex(file=file, verdict=None)
    return MadePex(file=file, verdict=prove_pex(making.tree, bundle, file, defined, making.proof))
