"""Bundles from plan to place: made and proven in a tree of their own, then moved to where they were asked for."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from dagster_commons.errors import CommonsError, NothingDiscoveredError, RefusedError, UsageError
from dagster_commons.execution.bundles import put_bundle, put_file, require_free, require_free_archive
from dagster_commons.model.bundle import BundleFailure, BundlePlan, MadeBundle, PlacedBundle, PlannedBundle
from dagster_commons.model.states import WorktreeState
from dagster_commons.proof.bundle_installation import SharedBases
from dagster_commons.proof.bundle_proof import Proof
from dagster_commons.proof.bundles import made_bundles, place_name, planned_bundles
from dagster_commons.proof.images import ARCHIVE_SUFFIX, Imaging, planned_image, with_image
from dagster_commons.proof.materialising import materialised
from dagster_commons.proof.probing import probing
from dagster_commons.report import bundle as report
from dagster_commons.report import console
from dagster_commons.report.lines import shown
from dagster_commons.tools.image_builders import usable_builder
from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.bundle import BundleRequest
    from dagster_commons.model.workspace import CodeLocation, Workspace
    from dagster_commons.proof.loading import LoadOptions
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.tools.image_builders import ImageBuilder


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where bundles go: `output` is the place of one, or the directory of many; None: `dist/bundles` of the root."""

    root: Path
    output: Path | None
    is_for_one: bool

    def of(self, location: CodeLocation) -> Path:
        """The directory of the location's bundle."""
        if self.output is not None and self.is_for_one:
            return self.output
        parent = self.output or self.root / "dist" / "bundles"
        return parent / place_name(location)

    def require_each_its_own(self, locations: Iterable[CodeLocation]) -> None:
        """See that no two bundles go to the same place.

        Raises:
            UsageError: two do.

        """
        by_place: defaultdict[Path, list[str]] = defaultdict(list)
        for each in locations:
            by_place[self.of(each)].append(each.name)
        for place, names in by_place.items():
            if len(names) > 1:
                raise UsageError(
                    f"the bundles of {' and '.join(names)} would all go to {shown(place, self.root)}",
                    hint="bundle one at a time: -l NAME -o DIR",
                )


def archive_of(place: Path) -> Path:
    """Where the image of the bundle at `place` goes."""
    return place.with_name(f"{place.name}{ARCHIVE_SUFFIX}")


def plan_bundles(
    workspace: Workspace,
    locations: tuple[CodeLocation, ...],
    request: BundleRequest,
    places: Places,
    *,
    output_format: str,
) -> None:
    """Report what would be built and fetched; nothing is written."""
    places.require_each_its_own(locations)
    builder = usable_builder() if request.with_image else None
    with console.progress("planning bundles"), materialised(workspace, WorktreeState()) as tree:
        plans = planned_bundles(tree, _inside(tree, locations), request)
        _require_success(plans)
        planned = [
            each if isinstance(each, BundleFailure) else _intended(each, places.of(each.location), places.root, builder)
            for each in plans
        ]
        text = report.planned(planned, workspace.root, tree.workspace.root, output_format, colour=_is_coloured())
    console.write(text)
    _end(plans)


def make_bundles(
    workspace: Workspace,
    locations: tuple[CodeLocation, ...],
    request: BundleRequest,
    places: Places,
    *,
    output_format: str,
    options: LoadOptions | None,
) -> None:
    """Make, prove and put every bundle, and report; without `options` they are not proven.

    What differs from the working tree is kept beside its place, under a name of its own, and ends with exit code 1.
    """
    places.require_each_its_own(locations)
    builder = usable_builder() if request.with_image else None
    for each in locations:
        require_free(places.of(each))
        if builder is not None:
            require_free_archive(archive_of(places.of(each)))
    title = f"bundling {locations[0].name}" if len(locations) == 1 else "bundling"
    done: list[PlacedBundle | BundleFailure] = []
    with (
        console.progress(title, total=len(locations) if len(locations) > 1 else None) as steps,
        materialised(workspace, WorktreeState()) as tree,
        scratch_directory() as at,
        probing(most=1) as probes,
    ):
        bases = SharedBases(at / "bases") if len(locations) > 1 else None
        proof = Proof(options=options, probes=probes, bases=bases) if options is not None else None
        imaging = Imaging(builder=builder, at=at / "images", proof=proof) if builder is not None else None
        for bundled in made_bundles(tree, _inside(tree, locations), request, at, proof):
            made = with_image(tree, bundled, imaging) if imaging is not None else bundled
            done.append(made if isinstance(made, BundleFailure) else _placed(made, places))
            steps.step(made.location.name)
    _require_success(done)
    width, colour = console.width(sys.stdout), _is_coloured()
    console.write(report.finished(done, workspace, output_format, width=width, colour=colour))
    _end(done)


def _intended(plan: BundlePlan, place: Path, root: Path, builder: ImageBuilder | None) -> PlannedBundle:
    if builder is None:
        return PlannedBundle(plan=plan, place=place)
    image = planned_image(builder, plan, shown(place, root), archive_of(place))
    return PlannedBundle(plan=plan, place=place, image=image)


def _placed(made: MadeBundle, places: Places) -> PlacedBundle:
    place = places.of(made.location)
    if made.bundle is None:
        return PlacedBundle(made=made, place=None)
    if not made.is_acceptable:
        place = place.with_name(f"{place.name}.refused")
    put_bundle(made.bundle.directory, place)
    pex = place.with_name(f"{place.name}.pex") if made.pex is not None else None
    if made.pex is not None and pex is not None:
        put_file(made.pex.file, pex)
    image = archive_of(place) if made.image is not None else None
    if made.image is not None and image is not None:
        put_file(made.image.file, image)
    return PlacedBundle(made=made, place=place, pex=pex, image=image)


def _inside(tree: Tree, locations: Iterable[CodeLocation]) -> tuple[CodeLocation, ...]:
    found = []
    for each in locations:
        inside = tree.workspace.location(each.name)
        if inside is None:
            raise NothingDiscoveredError(f"{each.name} is no code location in a copy of its files")
        found.append(inside)
    return tuple(found)


def _require_success(done: Iterable[object]) -> None:
    """One bundle that could not be made is an error like any other; of several the report tells each.

    Raises:
        CommonsError: why there is no bundle.

    """
    match tuple(done):
        case (BundleFailure(error=error),):
            raise error


def _end(done: Iterable[BundlePlan | PlacedBundle | BundleFailure]) -> None:
    """End with 1 when a bundle was refused, else with the code of what failed."""
    codes = {_exit_code(each) for each in done} - {0}
    if codes:
        raise click.exceptions.Exit(RefusedError.exit_code if RefusedError.exit_code in codes else min(codes))


def _exit_code(each: BundlePlan | PlacedBundle | BundleFailure) -> int:
    match each:
        case BundleFailure(error=CommonsError() as error):
            return error.exit_code
        case PlacedBundle() if not each.is_in_place:
            return RefusedError.exit_code
        case _:
            return 0


def _is_coloured() -> bool:
    return console.is_coloured(sys.stdout)
