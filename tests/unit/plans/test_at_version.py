"""Which way each use comes to a version of its module, from what planning an upgrade said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.model.configuration import Configuration
from dagster_commons.model.plan import Plan
from dagster_commons.model.project import Project
from dagster_commons.model.provenance import Tag
from dagster_commons.model.sources import IndexSource, PathSource, Source
from dagster_commons.model.upgrades import LocationUpgrade, Stay
from dagster_commons.model.workspace import Repository, Use, Workspace
from dagster_commons.plans.at_version import PastContent, Way, ways_to
from drawn_upgrades import drawn_location

ROOT = Path("/repo")
SHARED = ROOT / "shared"
BY_PATH = PathSource(path=SHARED, written="../shared", editable=True)
TAGS = (Tag(name="shared-v0.1.0", commit="1" * 40), Tag(name="other-v0.3.0", commit="3" * 40))
FOLLOWS = Stay(kind="fixed", reason="follows the working tree")


def project(directory: Path, version: str = "0.2.0") -> Project:
    file = directory / "pyproject.toml"
    return Project(directory=directory, file=file, name=directory.name, manager="uv", version=version)


def way(
    version: str,
    source: Source = BY_PATH,
    *,
    stay: Stay | None = FOLLOWS,
    plan: Plan | None = None,
    in_use: str | None = "0.2.0",
    inside: str = "sales",
    is_in_git: bool = True,
) -> Way | None:
    """How `sales`, which lies at `inside`, comes to `version`."""
    location = drawn_location("sales", ROOT / inside)
    workspace = Workspace(
        root=ROOT,
        configuration=Configuration(),
        locations=(location,),
        uses=(Use(location="sales", module="shared", source=source, project=location.path, requirement="shared"),),
        projects=(project(SHARED), project(location.path)),
        repositories=(Repository(root=ROOT, git_dir=ROOT / ".git"),) if is_in_git else (),
    )
    upgrade = LocationUpgrade(
        location="sales", module="shared", source="path", in_use=in_use, target=None, plan=plan, stay=stay
    )
    return ways_to(workspace, (upgrade,), {ROOT: TAGS}, version).get("sales")


def test_a_plan_is_the_way() -> None:
    plan = Plan(title="upgrade", steps=())
    assert way("0.1.0", IndexSource(), stay=None, plan=plan) == plan


def test_a_directory_is_what_it_was_at_the_tag_of_its_own_module() -> None:
    content = way("0.1.0")
    assert isinstance(content, PastContent)
    assert (content.repository, content.directory, content.tag) == (ROOT, SHARED, TAGS[0])
    assert content.kept == (SHARED / "uv.lock",)
    assert isinstance(way("0.3.0"), Stay), "that tag is another module's"


def test_a_code_location_inside_the_module_is_kept() -> None:
    content = way("0.1.0", inside="shared/examples/sales")
    assert isinstance(content, PastContent)
    location = SHARED / "examples/sales"
    assert content.kept == (location, location / "pyproject.toml", SHARED / "uv.lock")


@pytest.mark.parametrize(
    ("version", "source", "stay", "in_use"),
    [
        ("0.2.0", BY_PATH, FOLLOWS, "0.2.0"),
        ("0.2", BY_PATH, FOLLOWS, "0.2.0"),
        ("0.2.0", IndexSource(), Stay(kind="current", reason="at 0.2.0 already"), "0.2.0"),
        ("0.2.0", IndexSource(), Stay(kind="fixed", reason="comes along with tools"), "0.2.0"),
    ],
)
def test_what_has_the_version_stays(version: str, source: Source, stay: Stay, in_use: str) -> None:
    assert way(version, source, stay=stay, in_use=in_use) is None


@pytest.mark.parametrize(
    "stay",
    [
        Stay(kind="fixed", reason="comes along with tools"),
        Stay(kind="refused", reason="tools 1.0 requires shared>=0.2"),
    ],
)
def test_what_cannot_be_moved_says_why(stay: Stay) -> None:
    assert way("0.1.0", IndexSource(), stay=stay) == stay


def test_a_refused_directory_is_not_taken_from_a_tag_all_the_same() -> None:
    refused = Stay(kind="refused", reason="sales has a list of sources for shared")
    assert way("0.1.0", stay=refused) == refused
    assert way("0.2.0", stay=refused) == refused


def test_where_there_is_no_tag_or_no_repository_the_reason_says_so() -> None:
    untagged, outside = way("0.9.0"), way("0.1.0", is_in_git=False)
    assert isinstance(untagged, Stay)
    assert "no tag of shared 0.9.0 (it has: shared-v0.1.0, other-v0.3.0)" in untagged.reason
    assert "git fetch --tags" in untagged.reason
    assert isinstance(outside, Stay)
    assert outside.reason.startswith("shared is in no git repository")
    gone = way("0.1.0", replace(BY_PATH, path=ROOT / "gone"))
    assert gone == Stay(kind="fixed", reason="gone is no project directory")
