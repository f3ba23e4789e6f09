"""Changed files that lie in no project: any location may read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.analysis.reach import files_of_nobody, reached_locations
from dagster_commons.model.configuration import Configuration
from dagster_commons.model.project import Project
from dagster_commons.model.workspace import CodeLocation, Target, Workspace

ROOT = Path("/root")
SALES = CodeLocation(
    name="sales",
    project="sales",
    path=ROOT / "sales",
    target=Target(kind="module", value="sales"),
    build_directory=ROOT / "sales",
    declared_in=ROOT / "workspace.yaml",
)
PROJECT = Project(
    directory=ROOT / "sales", file=ROOT / "sales/pyproject.toml", name="sales", manager="uv", uv_root=ROOT
)
WORKSPACE = Workspace(root=ROOT, configuration=Configuration(), locations=(SALES,), projects=(PROJECT,))


@pytest.mark.parametrize("name", ["data.json", "sql/orders.sql", ".env", "gone/pyproject.toml"])
def test_a_file_outside_every_project_is_nobodys(name: str) -> None:
    assert files_of_nobody(WORKSPACE, [ROOT / name]) == (ROOT / name,)
    assert reached_locations(WORKSPACE, [ROOT / name]) == ()


@pytest.mark.parametrize("name", ["sales/data.json", "uv.lock", "workspace.yaml"])
def test_a_file_of_a_location_is_somebodys(name: str) -> None:
    assert files_of_nobody(WORKSPACE, [ROOT / name]) == ()
    assert [each.location.name for each in reached_locations(WORKSPACE, [ROOT / name])] == ["sales"]


@pytest.mark.parametrize("name", ["README.md", "docs/index.rst", ".github/workflows/ci.yaml", "Makefile"])
def test_a_file_that_no_load_reads_is_left_out(name: str) -> None:
    assert files_of_nobody(WORKSPACE, [ROOT / name]) == ()
