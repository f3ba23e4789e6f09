"""Bundles of projects that are laid out or built in their own ways."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from builders import commit, draw, make_repository, workspace
from bundles import bundle, bytes_of, evaluate, install, local
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "i.import_module('importlib.metadata').version"
FROM_TAGS = """\
[project]
name = "shared"
dynamic = ["version"]
requires-python = ">=3.10"

[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"

[tool.hatch.version]
source = "vcs"
raw-options = { root = ".." }
"""
BY_SETUP_PY = {
    "pyproject.toml": """\
        [project]
        name = "sales"
        requires-python = ">=3.10"
        dynamic = ["version", "dependencies"]

        [build-system]
        requires = ["setuptools"]
        build-backend = "setuptools.build_meta"
        """,
    "setup.py": """\
        from setuptools import find_packages, setup

        setup(version="0.4.0", packages=find_packages(exclude=["tests"]), package_data={"sales": ["*.txt"]})
        """,
    "sales/__init__.py": "",
    "sales/note.txt": "note",
    "sales/repo.py": "defs = 'repo'\n",
    "tests/__init__.py": "",
    "workspace.yaml": "load_from:\n  - python_file:\n      relative_path: sales/repo.py\n      location_name: sales\n",
}


def first_party(directory: Path) -> dict[str, dict[str, object]]:
    document = json.loads((directory / "bundle.json").read_text())
    return {each["name"]: each for each in document["first_party"]}


@pytest.mark.network
def test_a_version_that_git_tags_say(tmp_path: Path) -> None:
    drawing = workspace(tmp_path / "root").file("shared/pyproject.toml", FROM_TAGS)
    drawing.file("shared/src/shared/__init__.py", "").location("sales", uses={"shared": local("../shared")})
    root = drawing.repository().root
    git(root, "tag", "v1.2.2")
    uv(root / "sales", "lock")
    commit(root, "lock")
    git(root, "tag", "v1.2.3")

    said = bundle(root, "-l", "sales")

    assert said.exit_code == 0, said.err
    shared = first_party(root / "dist/bundles/sales")["shared"]
    assert shared["version"] == "1.2.3"
    assert shared["build_requires"] == ["hatch-vcs==0.5.0", "hatchling==1.33.0"]
    assert shared["generator"] == "hatchling 1.33.0"
    assert "is newest that day" not in said.out

    git(tmp_path, "clone", "--quiet", "--depth=1", root.as_uri(), str(tmp_path / "shallow"))
    said = bundle(tmp_path / "shallow", "-l", "sales")
    assert said.exit_code == 1
    assert "the version of shared is computed from git's history, and this clone is shallow" in said.err


@pytest.mark.network
def test_a_location_with_setup_py_at_the_root_of_its_repository(tmp_path: Path) -> None:
    root = draw(tmp_path / "root", BY_SETUP_PY)
    uv(root, "lock")
    make_repository(root)

    assert bundle(root, "-l", "sales").exit_code == 0
    once = bytes_of(root / "dist/bundles/sales")
    draw(root, {"build/lib/sales/deleted.py": "", ".gitignore": "build/\n"})
    assert bundle(root, "-l", "sales").exit_code == 0

    made = root / "dist/bundles/sales"
    install(made, tmp_path / "environment")
    assert evaluate(tmp_path / "environment", "i.import_module('sales.repo').defs", tmp_path) == "repo"
    assert evaluate(tmp_path / "environment", f"{VERSION}('sales')", tmp_path) == "0.4.0"
    wheel = next(each for each in once if each.startswith("wheels/sales"))
    assert bytes_of(made)[wheel] == once[wheel]


def test_outside_git_there_is_no_commit_and_the_same_bytes(tmp_path: Path) -> None:
    drawing = workspace(tmp_path / "root").module("shared").location("sales", uses={"shared": local("../shared")})
    uv(drawing.root / "sales", "lock")

    said = bundle(drawing.root, "-l", "sales")
    assert said.exit_code == 0, said.err
    once = bytes_of(drawing.root / "dist/bundles/sales")
    assert bundle(drawing.root, "-l", "sales").exit_code == 0

    assert bytes_of(drawing.root / "dist/bundles/sales") == once
    assert {each["commit"] for each in first_party(drawing.root / "dist/bundles/sales").values()} == {None}


def test_a_wheel_on_disk_comes_along(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "root/wheels", "shared", "0.2.0")
    source = f'{{ path = "../wheels/{wheel.name}" }}'
    drawing = workspace(tmp_path / "root").location("sales", uses={"shared": source})
    root = drawing.file("sales/src/sales/definitions.py", "import shared\n\ndefs = shared.__version__\n").root
    uv(root / "sales", "lock")
    make_repository(root)

    said = bundle(root, "-l", "sales")

    assert said.exit_code == 0, said.err
    made = shutil.move(root / "dist/bundles/sales", tmp_path / "made")
    root.rename(tmp_path / "gone")
    install(tmp_path / "made", tmp_path / "environment")
    assert evaluate(tmp_path / "environment", "i.import_module('sales.definitions').defs", tmp_path) == "0.2.0"
    assert (made / "requirements.txt").read_text() == ""


def test_what_is_committed_and_what_is_not(tmp_path: Path) -> None:
    drawing = workspace(tmp_path / "root").location("sales").repository()
    uv(drawing.root / "sales", "lock")
    head = git(commit(drawing.root, "lock"), "rev-parse", "HEAD").text.strip()
    assert bundle(drawing.root, "-l", "sales").exit_code == 0
    sales = first_party(drawing.root / "dist/bundles/sales")["sales"]
    assert (sales["commit"], sales["dirty"]) == (head, False)

    drawing.file("sales/src/sales/more.py", "")
    assert bundle(drawing.root, "-l", "sales").exit_code == 0

    sales = first_party(drawing.root / "dist/bundles/sales")["sales"]
    assert (sales["commit"], sales["dirty"]) == (head, True)
    dockerfile = (drawing.root / "dist/bundles/sales/Dockerfile").read_text()
    assert f'LABEL org.opencontainers.image.revision="{head}-dirty"\n' in dockerfile
