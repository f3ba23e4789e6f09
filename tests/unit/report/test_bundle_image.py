"""What is said of an image of a bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.model.bundle import (
    Bundle,
    BundlePlan,
    BundleTarget,
    ImagePlan,
    MadeBundle,
    MadeImage,
    PlacedBundle,
    PlannedBundle,
)
from dagster_commons.report import bundle
from dagster_commons.report import bundle_image as report
from dagster_commons.report.lines import paint
from drawn_uses import ROOT, location, workspace

PLAN = BundlePlan(
    location=location("sales"),
    target=BundleTarget(platform="linux/arm64", python_version="3.12", base="python:3.12-slim"),
    first_party=(),
    third_party=(),
    left_out=(),
)
IMAGE = MadeImage(file=Path("/scratch/a.oci.tar"), builder="podman", sha256="1" * 64, is_booted=True, seconds=31.25)
BUNDLE = Bundle(directory=Path("/scratch"), plan=PLAN, wheels=(), module="sales.definitions", command=("dagster",))
PLACE = ROOT / "dist/bundles/sales.oci.tar"


def placed(image: MadeImage | None) -> PlacedBundle:
    made = MadeBundle(plan=PLAN, bundle=BUNDLE, verdict=None, image=image)
    return PlacedBundle(made=made, place=PLACE.with_name("sales"), image=PLACE if image is not None else None)


def said(image: MadeImage) -> str:
    return paint(report.lines(placed(image), ROOT), colour=False)


def test_a_booted_image_and_one_that_was_not() -> None:
    assert said(IMAGE) == "dist/bundles/sales.oci.tar: built by podman and booted · 31.2 s\n"
    unbooted = replace(IMAGE, is_booted=False)
    assert said(unbooted) == "dist/bundles/sales.oci.tar: built by podman, not booted: --no-proof · 31.2 s\n"


@pytest.mark.parametrize(
    ("builder", "expected"),
    [
        ("docker", "docker load --input dist/bundles/sales.oci.tar"),
        ("podman", "podman load --input dist/bundles/sales.oci.tar"),
        ("buildah", "buildah pull oci-archive:dist/bundles/sales.oci.tar"),
    ],
)
def test_the_command_that_goes_on_is_the_builders(builder: str, expected: str) -> None:
    assert report.command(placed(replace(IMAGE, builder=builder)), ROOT) == expected


def test_json() -> None:
    assert report.document(placed(IMAGE), ROOT) == {
        "file": "dist/bundles/sales.oci.tar",
        "builder": "podman",
        "sha256": "1" * 64,
        "booted": True,
    }


def test_nothing_is_said_where_none_was_asked_for() -> None:
    assert report.lines(placed(None), ROOT) == []
    assert report.document(placed(None), ROOT) is None
    assert report.command(placed(None), ROOT) is None
    assert report.planned(None, ROOT) == []
    assert report.planned_document(None, ROOT) is None


def test_a_planned_one() -> None:
    image = ImagePlan(builder="buildah", command=("buildah", "build", "dist/my bundles/sales"), place=PLACE)
    line = "dist/bundles/sales.oci.tar by: buildah build 'dist/my bundles/sales'\n"
    assert paint(report.planned(image, ROOT), colour=False) == line
    assert report.planned_document(image, ROOT) == {
        "file": "dist/bundles/sales.oci.tar",
        "builder": "buildah",
        "command": ["buildah", "build", "dist/my bundles/sales"],
    }


def test_in_markdown_it_has_a_paragraph_of_its_own() -> None:
    told = bundle.finished([placed(IMAGE)], workspace(), "markdown", width=80, colour=False)
    assert told.endswith(
        "\n\nnot proven: --no-proof\n\ndist/bundles/sales.oci.tar: built by podman and booted · 31.2 s\n"
    )
    image = ImagePlan(builder="podman", command=("podman", "build", "."), place=PLACE)
    planned = PlannedBundle(plan=PLAN, place=PLACE.with_name("sales"), image=image)
    told = bundle.planned([planned], ROOT, ROOT, "markdown", colour=False)
    assert told.endswith("\n\ndist/bundles/sales.oci.tar by: podman build .\n")


def test_the_report_goes_on_with_the_image() -> None:
    told = bundle.finished([placed(IMAGE)], workspace(), "terminal", width=80, colour=False)
    assert told.splitlines()[-1] == "podman load --input dist/bundles/sales.oci.tar"
    told = bundle.finished([placed(None)], workspace(), "terminal", width=80, colour=False)
    assert told.splitlines()[-1] == "docker build --platform linux/arm64 dist/bundles/sales"
