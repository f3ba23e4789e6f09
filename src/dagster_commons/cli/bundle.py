"""`commons bundle`: a build context of one code location, with the shared code inside."""

from __future__ import annotations

from pathlib import Path

import click

from dagster_commons.cli._bundling import bundle_location
from dagster_commons.cli._options import (
    chosen_locations,
    format_option,
    location_option,
    offline_option,
    open_workspace,
    root_option,
)
from dagster_commons.errors import UsageError
from dagster_commons.model.bundle import PLATFORMS, BundleRequest, Platform

EXAMPLES = """\b
Examples:
  commons bundle -l marketing && docker build dist/bundles/marketing
  commons bundle -l sales --base python:3.12-slim@sha256:… --platform linux/arm64
  commons bundle -l sales --vendor-all -o ../sales    # installs without a network
"""


@click.command("bundle", short_help="A build context with the shared code inside.", epilog=EXAMPLES)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to (default: dist/bundles/LOCATION); an earlier bundle there is replaced.",
)
@click.option("--base", metavar="IMAGE[@sha256:…]", help="The image to build on (default: python:VERSION-slim).")
@click.option("--vendor-all", is_flag=True, help="Third-party wheels too: the image build needs no network.")
@click.option("--platform", type=click.Choice(PLATFORMS), help="The target (default: Linux on this architecture).")
@click.option("--python-version", metavar="X.Y", help="The target (default: .python-version, or what is required).")
@location_option
@root_option
@offline_option
@click.option("--dry-run", is_flag=True, help="Say what would be built and fetched; write nothing.")
@format_option
def command(
    *,
    output: Path | None,
    base: str | None,
    platform: Platform | None,
    python_version: str | None,
    names: tuple[str, ...],
    root: Path | None,
    output_format: str,
    vendor_all: bool,
    offline: bool,
    dry_run: bool,
) -> None:
    """Make a directory that an image of one code location is built from: wheels, hashed requirements, a Dockerfile.

    The same sources give the same bytes. Nothing that needs credentials is left to the image build.
    """
    workspace = open_workspace(root, offline=offline)
    chosen = chosen_locations(workspace, names)
    if len(chosen) != 1:
        raise UsageError(f"a bundle is of one code location, here are {len(chosen)}", hint="name one: -l NAME")
    request = BundleRequest(base=base, platform=platform, python_version=python_version, is_vendored=vendor_all)
    place = output.absolute() if output is not None else None
    bundle_location(workspace, chosen[0], request, place, output_format=output_format, dry_run=dry_run)
