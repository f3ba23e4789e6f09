"""A bundle from plan to place: made in a tree of its own, then moved to where it was asked for."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from dagster_commons.errors import NothingDiscoveredError
from dagster_commons.execution.bundles import put_bundle, require_free
from dagster_commons.model.paths import relative
from dagster_commons.model.states import WorktreeState
from dagster_commons.proof.bundling import make_bundle, planned_bundle
from dagster_commons.proof.materialising import materialised
from dagster_commons.report import bundle as report
from dagster_commons.report import console
from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.bundle import Bundle, BundlePlan, BundleRequest
    from dagster_commons.model.workspace import CodeLocation, Workspace


def bundle_location(
    workspace: Workspace,
    location: CodeLocation,
    request: BundleRequest,
    output: Path | None,
    *,
    output_format: str,
    dry_run: bool,
) -> None:
    """Bundle `location` into `output` (default: `dist/bundles/LOCATION` below the root) and report it."""
    place = output or workspace.root / "dist" / "bundles" / re.sub(r"[^A-Za-z0-9._-]+", "-", location.name)
    require_free(place)
    shown = relative(place, workspace.root) if place.is_relative_to(workspace.root) else str(place)
    with console.progress(f"bundling {location.name}"), materialised(workspace, WorktreeState()) as tree:
        inside = tree.workspace.location(location.name)
        if inside is None:
            raise NothingDiscoveredError(f"{location.name} is no code location in a copy of its files")
        plan = planned_bundle(tree, inside, request)
        if dry_run:
            text = _planned(plan, shown, tree.workspace.root, output_format)
        else:
            with scratch_directory() as scratch:
                bundle = make_bundle(tree, plan, scratch / "bundle")
                put_bundle(bundle.directory, place)
            text = _finished(bundle, shown, output_format)
    console.write(text)


def _planned(plan: BundlePlan, place: str, root: Path, output_format: str) -> str:
    match output_format:
        case "json":
            return report.planned_json(plan, place)
        case "markdown":
            return report.planned_markdown(plan, place, root)
        case _:
            return report.planned(plan, place, root, colour=console.is_coloured(sys.stdout))


def _finished(bundle: Bundle, place: str, output_format: str) -> str:
    match output_format:
        case "json":
            return report.finished_json(bundle, place)
        case "markdown":
            return report.finished_markdown(bundle, place)
        case _:
            return report.finished(bundle, place, colour=console.is_coloured(sys.stdout))
