"""What is said of a bundle."""

from __future__ import annotations

import json
from pathlib import Path

from dagster_commons.model.bundle import (
    BuiltFromDirectory,
    BuiltFromGit,
    Bundle,
    BundledWheel,
    BundlePlan,
    BundleTarget,
    FetchedRelease,
    GitRevision,
    LockedDistribution,
    LockedFile,
)
from dagster_commons.report import bundle as report
from drawn_uses import ROOT, location

PLAN = BundlePlan(
    location=location("sales"),
    target=BundleTarget(platform="linux/arm64", python_version="3.12", base="python:3.12-slim"),
    first_party=(
        BuiltFromDirectory(name="acme-sales", kind="location", directory=ROOT / "sales"),
        FetchedRelease(name="io", version="2.0", wheel=LockedFile(name="io.whl", url="", sha256="")),
        BuiltFromGit(name="tools", revision=GitRevision(url="https://g", commit="c0ffee" * 6)),
    ),
    third_party=(LockedDistribution(name="dagster", version="1.13.27"),),
    left_out=("acme-sales", "io", "tools"),
    warnings=("a | warning",),
)
WHEELS = (
    BundledWheel(
        name="acme-sales",
        version="0.1.0",
        kind="location",
        file_name="acme_sales-0.1.0-py3-none-any.whl",
        sha256="1" * 64,
        commit="deadbeef" * 5,
        is_dirty=True,
    ),
    BundledWheel(name="io", version="2.0", kind="index", file_name="io-2.0-py3-none-any.whl", sha256="2" * 64),
    BundledWheel(name="versions", version="1", kind="commons", file_name="versions.whl", sha256="3" * 64),
)
BUNDLE = Bundle(directory=Path("/scratch"), plan=PLAN, wheels=WHEELS, command=("dagster",), warnings=PLAN.warnings)
PLACE = "dist/bundles/sales"


def test_a_finished_bundle() -> None:
    assert report.finished(BUNDLE, PLACE, colour=False) == (
        "bundled sales into dist/bundles/sales\n"
        "  acme-sales 0.1.0  location, deadbeefdead with uncommitted changes\n"
        "  io 2.0            index\n"
        "1 third-party distribution by requirements.txt, hashed · linux/arm64, Python 3.12, python:3.12-slim\n"
        "warning: a | warning\n"
        "docker build --platform linux/arm64 dist/bundles/sales\n"
    )


def test_a_planned_bundle() -> None:
    assert report.planned(PLAN, PLACE, ROOT, colour=False) == (
        "planned, nothing written: sales into dist/bundles/sales\n"
        "  acme-sales  location, built from sales\n"
        "  io          index, 2.0 fetched\n"
        "  tools       git, built from c0ffeec0ffee\n"
        "1 third-party distribution by requirements.txt, hashed · linux/arm64, Python 3.12, python:3.12-slim\n"
        "warning: a | warning\n"
    )


def test_markdown_is_escaped() -> None:
    assert report.finished_markdown(BUNDLE, PLACE).splitlines()[4:] == [
        "| wheel | from |",
        "|---|---|",
        "| acme-sales 0.1.0 | location, deadbeefdead with uncommitted changes |",
        "| io 2.0 | index |",
        "",
        "Warnings:",
        "",
        "- a \\| warning",
    ]
    assert "| tools | git, built from c0ffeec0ffee |" in report.planned_markdown(PLAN, PLACE, ROOT)


def test_json_of_both() -> None:
    finished = json.loads(report.finished_json(BUNDLE, PLACE))
    planned = json.loads(report.planned_json(PLAN, PLACE))

    assert (finished["outcome"], planned["outcome"]) == ("applied", "planned")
    shared = {"format", "directory", "location", "platform", "python", "base", "third_party", "vendored", "warnings"}
    assert all(finished[key] == planned[key] for key in shared)
    assert [(each["name"], each["source"]) for each in planned["first_party"]] == [
        ("acme-sales", "location"),
        ("io", "index"),
        ("tools", "git"),
    ]
    assert str(ROOT) not in json.dumps(finished) + json.dumps(planned)
