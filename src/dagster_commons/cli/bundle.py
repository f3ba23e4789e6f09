"""`commons bundle`: a build context of one code location, with the shared code inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagster_commons.cli._bundling import Places, make_bundles, plan_bundles
from dagster_commons.cli._loading import current_load_options, loading_options
from dagster_commons.cli._options import (
    chosen_locations,
    format_option,
    location_option,
    offline_option,
    open_workspace,
    root_option,
)
from dagster_commons.cli._since import reached_since
from dagster_commons.errors import UsageError
from dagster_commons.model.bundle import PLATFORMS, BundleRequest, Platform
from dagster_commons.report import bundle as report
from dagster_commons.report import console

if TYPE_CHECKING:
    from dagster_commons.model.workspace import CodeLocation, Workspace

EXAMPLES = """\b
Examples:
  commons bundle -l marketing && docker build dist/bundles/marketing
  commons bundle --base origin/main    # what a change since then reaches, in parallel
  commons bundle -l sales --base-image python:3.12-slim@sha256:… --platform linux/arm64 --no-proof
  commons bundle -l sales --vendor-all -o build/sales    # installs without a network
  commons bundle -l sales --image      # by docker, podman or buildah, and booted
"""


@click.command("bundle", short_help="A build context with the shared code inside.", epilog=EXAMPLES)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to (default: dist/bundles/LOCATION); of several, the directory that gets one for each.",
)
@click.option("--all", "is_for_all", is_flag=True, help="Every code location, wherever this is called.")
@click.option("--base", metavar="REV", help="Only those that changes since this revision reach.")
@click.option("--base-image", metavar="IMAGE[@sha256:…]", help="What to build on (default: python:VERSION-slim).")
@click.option("--vendor-all", is_flag=True, help="Third-party wheels too: the image build needs no network.")
@click.option("--platform", type=click.Choice(PLATFORMS), help="The target (default: Linux on this architecture).")
@click.option("--python-version", metavar="X.Y", help="The target (default: .python-version, or what is required).")
@click.option("--pex", "with_pex", is_flag=True, help="One executable file, too, as Dagster+ Serverless runs it.")
@click.option("--image", "with_image", is_flag=True, help="An image, too, as an OCI archive beside the directory.")
@click.option("--no-proof", "is_unproven", is_flag=True, help="Neither install, boot nor compare it.")
@location_option
@root_option
@offline_option
@loading_options
@click.option("--dry-run", is_flag=True, help="Say what would be built and fetched; write nothing.")
@format_option
def command(
    *,
    output: Path | None,
    base: str | None,
    base_image: str | None,
    platform: Platform | None,
    python_version: str | None,
    names: tuple[str, ...],
    root: Path | None,
    output_format: str,
    is_for_all: bool,
    vendor_all: bool,
    with_pex: bool,
    with_image: bool,
    is_unproven: bool,
    offline: bool,
    dry_run: bool,
) -> None:
    """Make a directory that an image of a code location is built from: wheels, hashed requirements, a Dockerfile.

    Then prove it: install it elsewhere, boot it, and see that it defines what the working tree defines.
    The same sources give the same bytes. Nothing that needs credentials is left to the image build.
    """
    workspace = open_workspace(root, offline=offline)
    chosen = _chosen(workspace, names, base, is_for_all=is_for_all)
    if not chosen:
        console.write(report.nothing(output_format))
        return
    request = BundleRequest(
        base=base_image,
        platform=platform,
        python_version=python_version,
        is_vendored=vendor_all,
        with_pex=with_pex,
        with_image=with_image,
    )
    is_for_one = len(chosen) == 1 and not is_for_all and base is None
    places = Places(
        root=workspace.root, output=output.absolute() if output is not None else None, is_for_one=is_for_one
    )
    if dry_run:
        plan_bundles(workspace, chosen, request, places, output_format=output_format)
    else:
        options = None if is_unproven else current_load_options()
        make_bundles(workspace, chosen, request, places, output_format=output_format, options=options)


def _chosen(
    workspace: Workspace, names: tuple[str, ...], base: str | None, *, is_for_all: bool
) -> tuple[CodeLocation, ...]:
    if is_for_all and names:
        raise UsageError("--all and -l contradict each other", hint="leave one of them out")
    chosen = (
        workspace.locations if is_for_all or (base is not None and not names) else chosen_locations(workspace, names)
    )
    if base is not None:
        reached = {each.location.name for each in reached_since(workspace, base).locations}
        return tuple(each for each in chosen if each.name in reached)
    return chosen
