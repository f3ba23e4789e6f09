"""What rules say beforehand is what uv and hatchling do."""

from __future__ import annotations

import datetime
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from builders import draw, make_repository, project_text, workspace
from dagster_commons.discovery.evidence import read_evidence
from dagster_commons.rules.checking import check
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 6, 1)
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
DATA = "src/shared/data/codes.csv"


def rules(root: Path, select: str) -> list[str]:
    return [each.rule for each in check(read_evidence(root), select=(select,), today=TODAY).findings]


@pytest.mark.parametrize(
    "flags",
    [
        "--frozen",
        "--locked",
        "--frozen --no-install-project",
        "--frozen --no-install-workspace",
        "--frozen --no-install-local",
        "--locked --no-install-local",
        "--frozen --no-install-package shared --no-install-project",
        "--frozen --no-editable",
    ],
)
def test_an_install_before_the_sources_are_there_fails_where_check_says_so(tmp_path: Path, flags: str) -> None:
    drawing = workspace(tmp_path / "root").module("shared")
    drawing.location("sales", uses={"shared": '{ path = "../shared", editable = true }'})
    uv(drawing.root / "sales", "lock")
    image = (
        f"FROM python:3.12\nCOPY sales /app/sales\nWORKDIR /app/sales\nRUN uv sync {flags}\nCOPY shared /app/shared\n"
    )
    drawing.file("Dockerfile", image).repository()
    is_found = rules(drawing.root, "IMG003") == ["IMG003"]

    (drawing.root / "shared").rename(tmp_path / "not-yet")
    environment = {"UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv")}
    ended = uv(drawing.root / "sales", "sync", *flags.split(), environment=environment, check=False)

    assert (ended.exit_code != 0) == is_found, ended.error_text


@pytest.mark.parametrize(
    ("flags", "is_found"),
    [("--frozen", True), ("--frozen --no-install-workspace", False), ("--locked --no-install-workspace", True)],
)
def test_members_of_a_uv_workspace_can_be_left_out_while_frozen(tmp_path: Path, flags: str, *, is_found: bool) -> None:
    members = '[tool.uv.workspace]\nmembers = ["sales", "shared"]\n'
    drawing = workspace(tmp_path / "root").module("shared")
    drawing.location("sales", uses={"shared": "{ workspace = true }"}).file("pyproject.toml", members)
    uv(drawing.root, "lock")
    image = (
        f"FROM python:3.12\nCOPY pyproject.toml uv.lock /app/\nCOPY sales /app/sales\nRUN cd /app && uv sync {flags}\n"
    )
    drawing.file("Dockerfile", image).repository()
    assert (rules(drawing.root, "IMG003") == ["IMG003"]) == is_found

    (drawing.root / "shared").rename(tmp_path / "not-yet")
    environment = {"UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv")}
    ended = uv(drawing.root, "sync", "--package", "sales", *flags.split(), environment=environment, check=False)
    assert (ended.exit_code != 0) == is_found, ended.error_text


@pytest.mark.parametrize(
    "ignored",
    ["data/", "/data/", "data", "*.csv", "src/shared/data", "shared/data/", "*.csv\n!codes.csv", "**/data/**", "dat"],
)
@pytest.mark.parametrize(
    "settings", ["", '\n[tool.hatch.build]\nartifacts = ["*.csv"]\n', "\n[tool.hatch.build]\nignore-vcs = true\n"]
)
def test_data_is_missing_in_the_wheel_where_check_says_so(tmp_path: Path, ignored: str, settings: str) -> None:
    text = project_text("shared", version="0.1.0", uses={}).partition("[build-system]")[0]
    drawing = workspace(tmp_path / "root").location("sales", uses={"shared": '{ path = "../shared", editable = true }'})
    draw(drawing.root / "shared", {"src/shared/__init__.py": "", DATA: "x\n"})
    (drawing.root / "shared/pyproject.toml").write_text(text + HATCHLING + settings)
    make_repository(drawing.root)  # what is ignored later stays tracked, as in a submodule
    (drawing.root / "shared/.gitignore").write_text(f"{ignored}\n")
    is_found = rules(drawing.root, "IMG007") == ["IMG007"]

    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=drawing.root / "shared", check=True, capture_output=True)

    [wheel] = (tmp_path / "dist").glob("*.whl")
    assert ("shared/data/codes.csv" not in zipfile.ZipFile(wheel).namelist()) == is_found
