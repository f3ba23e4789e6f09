from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.tools.builds import build
from dagster_commons.tools.indexes.wheels import read_distribution

if TYPE_CHECKING:
    from pathlib import Path

# uv builds these itself, without an index.
BUILT_BY_UV = """\
[build-system]
requires = ["uv_build>=0.9,<1"]
build-backend = "uv_build"

"""
BUILT_BY_HATCHLING = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

"""
PROJECT = """\
[project]
name = "acme-shared"
version = "0.1.3"
requires-python = ">=3.11"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "project/src/acme_shared"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("def asset_factory(): ...\n")
    (tmp_path / "project/pyproject.toml").write_text(BUILT_BY_UV + PROJECT)
    return tmp_path / "project"


def digests(files: tuple[Path, ...]) -> dict[str, str]:
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


def test_an_sdist_and_a_wheel(project: Path, tmp_path: Path) -> None:
    sdist, wheel = build(project, tmp_path / "out")

    assert (sdist.name, wheel.name) == ("acme_shared-0.1.3.tar.gz", "acme_shared-0.1.3-py3-none-any.whl")
    assert read_distribution(sdist).metadata == read_distribution(wheel).metadata


def test_the_same_source_gives_the_same_bytes(project: Path, tmp_path: Path) -> None:
    first = digests(build(project, tmp_path / "first"))
    a_day_ago = time.time() - 86_400
    os.utime(project / "src/acme_shared/__init__.py", (a_day_ago, a_day_ago))
    (project / "pyproject.toml").write_text(BUILT_BY_UV + PROJECT)

    assert digests(build(project, tmp_path / "second")) == first


@pytest.mark.network
def test_the_same_source_gives_the_same_bytes_with_hatchling(project: Path, tmp_path: Path) -> None:
    (project / "pyproject.toml").write_text(BUILT_BY_HATCHLING + PROJECT)
    first = digests(build(project, tmp_path / "first"))
    os.utime(project / "src/acme_shared/__init__.py", (0, 1_000_000_000))

    assert digests(build(project, tmp_path / "second")) == first


def test_a_project_that_cannot_be_built(project: Path, tmp_path: Path) -> None:
    (project / "src/acme_shared/__init__.py").unlink()

    with pytest.raises(ToolError, match="acme_shared"):
        build(project, tmp_path / "out")


def test_an_output_directory_with_other_distributions(project: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/other-1.tar.gz").touch()

    with pytest.raises(ToolError, match=r"there is acme_shared-0\.1\.3\.tar\.gz, other-1\.tar\.gz, acme_shared-"):
        build(project, tmp_path / "out")
