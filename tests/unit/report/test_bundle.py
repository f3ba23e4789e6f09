"""What is said of a bundle."""

from __future__ import annotations

import json
from pathlib import Path

from dagster_commons.errors import ToolError
from dagster_commons.model.bundle import (
    BuiltFromDirectory,
    BuiltFromGit,
    Bundle,
    BundledWheel,
    BundleFailure,
    BundlePlan,
    BundleTarget,
    FetchedRelease,
    GitRevision,
    LockedDistribution,
    LockedFile,
    MadeBundle,
    MadePex,
    PlacedBundle,
    PlannedBundle,
)
from dagster_commons.model.verdicts import LocationVerdict, Unchanged, Unverifiable
from dagster_commons.report import bundle as report
from drawn_uses import ROOT, location, workspace

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
BUNDLE = Bundle(
    directory=Path("/scratch"),
    plan=PLAN,
    wheels=WHEELS,
    module="sales.definitions",
    command=("dagster",),
    warnings=PLAN.warnings,
)
PLACE = ROOT / "dist/bundles/sales"
WORKSPACE = workspace()
SAME = LocationVerdict(location="sales", verdict=Unchanged(), seconds=4.25)
NOT_COMPARED = LocationVerdict(location="sales", verdict=Unverifiable(reason="it is for linux/arm64"))


def placed(verdict: LocationVerdict | None, *, place: Path | None = PLACE, pex: MadePex | None = None) -> PlacedBundle:
    made = MadeBundle(plan=PLAN, bundle=BUNDLE if place is not None else None, verdict=verdict, pex=pex)
    return PlacedBundle(made=made, place=place, pex=PLACE.with_name("sales.pex") if pex is not None else None)


def told(each: PlacedBundle | BundleFailure, output_format: str = "terminal") -> str:
    return report.finished([each], WORKSPACE, output_format, width=80, colour=False)


def planned(output_format: str = "terminal") -> str:
    return report.planned([PlannedBundle(plan=PLAN, place=PLACE)], ROOT, ROOT, output_format, colour=False)


def test_a_proven_bundle() -> None:
    assert told(placed(SAME)) == (
        "bundled sales into dist/bundles/sales\n"
        "  acme-sales 0.1.0  location, deadbeefdead with uncommitted changes\n"
        "  io 2.0            index\n"
        "1 third-party distribution by requirements.txt, hashed · linux/arm64, Python 3.12, python:3.12-slim\n"
        "installed elsewhere and booted: same definitions · 4.2 s\n"
        "warning: a | warning\n"
        "docker build --platform linux/arm64 dist/bundles/sales\n"
    )


def test_what_was_not_proven_and_what_a_pex_came_to() -> None:
    assert "not proven: --no-proof\n" in told(placed(None))
    pex = told(placed(SAME, pex=MadePex(file=Path("/scratch/sales.pex"), verdict=SAME)))
    assert "dist/bundles/sales.pex: unpacked and booted: same definitions · 4.2 s\n" in pex


def test_one_that_is_kept_aside_and_one_that_was_not_made() -> None:
    aside = told(placed(NOT_COMPARED, place=PLACE.with_name("sales.refused")))
    assert aside.startswith("refused: the bundle of sales is not as it should be; kept as dist/bundles/sales.refused\n")
    assert "not compared: it is for linux/arm64" in aside
    assert "docker build" not in aside
    assert told(placed(NOT_COMPARED, place=None)).startswith("refused: sales was not bundled\n")


def test_a_failure_has_its_hint() -> None:
    failure = BundleFailure(
        location=location("sales"), error=ToolError("shared cannot be built", hint="uv build shared")
    )
    assert told(failure) == "failed: sales: shared cannot be built\n  uv build shared\n"
    (document,) = json.loads(told(failure, "json"))["bundles"]
    assert (document["outcome"], document["error"]["exit_code"]) == ("failed", 4)


def test_a_planned_bundle() -> None:
    assert planned() == (
        "planned, nothing written: sales into dist/bundles/sales\n"
        "  acme-sales  location, built from sales\n"
        "  io          index, 2.0 fetched\n"
        "  tools       git, built from c0ffeec0ffee\n"
        "1 third-party distribution by requirements.txt, hashed · linux/arm64, Python 3.12, python:3.12-slim\n"
        "warning: a | warning\n"
    )


def test_markdown_is_escaped() -> None:
    lines = told(placed(SAME), "markdown").splitlines()
    assert "| acme-sales 0.1.0 | location, deadbeefdead with uncommitted changes |" in lines
    assert "- a \\| warning" in lines
    assert "| tools | git, built from c0ffeec0ffee |" in planned("markdown")


def test_json_of_both() -> None:
    (finished,) = json.loads(told(placed(SAME), "json"))["bundles"]
    (plan,) = json.loads(planned("json"))["bundles"]

    assert (finished["outcome"], plan["outcome"]) == ("applied", "planned")
    assert finished["verdict"]["verdict"] == "unchanged"
    shared = {"directory", "location", "platform", "python", "base", "third_party", "vendored", "warnings"}
    assert all(finished[key] == plan[key] for key in shared)
    assert [(each["name"], each["source"]) for each in plan["first_party"]] == [
        ("acme-sales", "location"),
        ("io", "index"),
        ("tools", "git"),
    ]
    assert str(ROOT) not in json.dumps(finished) + json.dumps(plan)
