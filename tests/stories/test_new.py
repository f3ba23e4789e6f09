"""`commons new`, wherever a reader may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import make_repository, workspace
from dagster_commons.tools.git import git
from stories.conftest import files_below

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = {
    ".gitignore",
    "CHANGELOG.md",
    "README.md",
    "contracts/factories.py",
    "pyproject.toml",
    "src/shared/__init__.py",
    "src/shared/components.py",
    "src/shared/factory.py",
    "src/shared/py.typed",
    "tests/test_components.py",
    "tests/test_factory.py",
}


def test_in_an_empty_directory(tmp_path: Path, commons) -> None:
    (tmp_path / "here").mkdir()
    said = commons("new", "shared", at="here")
    assert (said.exit_code, said.err) == (0, "")
    assert said.out.splitlines()[:2] == ["applied: new shared module shared", "  created  shared/.gitignore"]
    assert set(files_below(tmp_path / "here/shared")) == WRITTEN


def test_in_an_empty_repository_and_back(tmp_path: Path, commons) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet")
    assert commons("new", "shared", at="repository").exit_code == 0
    assert set(files_below(repository / "shared")) == WRITTEN
    assert commons("undo", at="repository").exit_code == 0
    assert git(repository, "status", "--porcelain", "--ignored").text == ""


def test_beside_the_modules_that_are_there_for_the_pythons_that_are_admitted(tmp_path: Path, commons) -> None:
    drawing = workspace(tmp_path / "repository").location("sales", at="locations/sales")
    pyproject = drawing.root / "locations/sales/pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('">=3.10"', '">=3.12,<3.14"'))
    make_repository(drawing.file("packages/README.md", "Shared modules.\n").root)
    assert commons("new", "acme-base", at="repository/locations/sales").exit_code == 0
    written = (drawing.root / "packages/acme-base/pyproject.toml").read_text()
    assert 'requires-python = ">=3.12"\n' in written


def test_at_another_place_seen_from_here(tmp_path: Path, commons) -> None:
    (tmp_path / "repository/below").mkdir(parents=True)
    make_repository(tmp_path / "repository")
    said = commons("new", "shared", "--at", "../libs/base", at="repository/below")
    assert said.exit_code == 0
    assert set(files_below(tmp_path / "repository/libs/base")) == WRITTEN


def test_a_dry_run_shows_the_files_and_writes_none(tmp_path: Path, commons) -> None:
    (tmp_path / "here").mkdir()
    said = commons("new", "shared", "--dry-run", at="here")
    assert said.exit_code == 0
    assert said.out.startswith("planned, nothing written: new shared module shared\n")
    assert "+++ b/shared/src/shared/factory.py" in said.out
    assert list((tmp_path / "here").iterdir()) == []


def test_what_is_there_is_left_alone(tmp_path: Path, commons) -> None:
    (tmp_path / "shared").mkdir()
    said = commons("new", "shared")
    assert said.exit_code == 1
    assert said.err == ("error: shared exists\n  --> shared\n  hint: name another directory, or remove this one\n")
    assert list((tmp_path / "shared").iterdir()) == []


@pytest.mark.parametrize("name", ["json", "dagster", "my module", "2fast"])
def test_a_name_that_cannot_be_is_a_usage_error(tmp_path: Path, commons, name: str) -> None:
    said = commons("new", name)
    assert said.exit_code == 2
    assert "hint: " in said.err
    assert files_below(tmp_path) == {}
