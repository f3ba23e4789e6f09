"""What .gitignore and .dockerignore patterns leave out."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.analysis.ignoring import dropped_by_dockerignore, dropped_by_gitignore
from dagster_commons.model.build_files import BuildFile


@pytest.mark.parametrize(
    ("patterns", "path", "line"),
    [
        ("shared", "shared", 1),
        ("shared/", "shared/src", 1),
        ("# shared\n/shared", "shared", 2),
        ("*", "packages/shared", 1),
        ("*\n!packages/shared", "packages/shared", None),
        ("*\n!packages\n**/shared", "packages/shared", 3),
        ("shared", "packages/shared", None),
        ("pack*/sh?red", "packages/shared", 1),
        ("**/*.pyc", "packages/shared", None),
        ("packages/*", "packages/shared/src", 1),
        ("", "shared", None),
    ],
)
def test_dockerignore(patterns: str, path: str, line: int | None) -> None:
    found = dropped_by_dockerignore(
        BuildFile(path=Path("/repo/.dockerignore"), kind="dockerignore", text=patterns), path
    )
    assert (found.number if found is not None else None) == line


@pytest.mark.parametrize(
    ("patterns", "path", "line"),
    [
        ("data/", "src/shared/data/x.csv", 1),
        ("data/", "src/shared/data", None),
        ("/data/", "src/shared/data/x.csv", None),
        ("src/*/data", "src/shared/data/x.csv", 1),
        ("*.csv\n!x.csv", "src/shared/data/x.csv", None),
        ("*.csv", "src/shared/data/x.csv", 1),
        ("**/data/**", "src/shared/data/x.csv", 1),
        ("dat", "src/shared/data/x.csv", None),
        ("[!d]ata", "src/shared/data/x.csv", None),
    ],
)
def test_gitignore(patterns: str, path: str, line: int | None) -> None:
    found = dropped_by_gitignore(BuildFile(path=Path("/repo/.gitignore"), kind="gitignore", text=patterns), path)
    assert (found.number if found is not None else None) == line
