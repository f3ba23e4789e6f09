"""Where a root's journal is kept, and which repositories count as touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.journal import Journal, create, journal_around, journal_of

if TYPE_CHECKING:
    from pathlib import Path


def make_working_tree(directory: Path) -> Path:
    """What makes `directory` a working tree for those who do not ask git."""
    (directory / ".git").mkdir(parents=True)
    (directory / ".git/HEAD").write_text("ref: refs/heads/main\n")
    return directory


def test_in_a_working_tree_it_is_in_the_git_directory(tmp_path: Path) -> None:
    tree = make_working_tree(tmp_path / "tree")
    (tree / "below").mkdir()
    assert journal_of(tree / "below") == Journal(directory=tree / ".git/dagster-commons", anchor=tree)


def test_outside_git_it_is_in_the_root(tmp_path: Path) -> None:
    assert journal_of(tmp_path) == Journal(directory=tmp_path / ".commons", anchor=tmp_path)


@pytest.mark.parametrize("tree", [".", "root"], ids=["around the root", "the root itself"])
def test_a_root_keeps_the_journal_that_it_has_when_it_comes_into_a_repository(tmp_path: Path, tree: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    before = journal_of(root)
    create(before)
    make_working_tree(tmp_path / tree)
    assert journal_of(root) == before


def test_a_directory_of_that_name_alone_is_no_journal(tmp_path: Path) -> None:
    make_working_tree(tmp_path)
    (tmp_path / ".commons").mkdir()
    assert journal_of(tmp_path).directory == tmp_path / ".git/dagster-commons"


@pytest.mark.parametrize(
    ("path", "repository"),
    [
        ("outer/root/file", None),
        ("outer/root/inner/file", "outer/root/inner"),
        ("outer/elsewhere/file", "outer"),
        ("nowhere/file", None),
    ],
)
def test_for_what_lies_in_the_root_nothing_above_it_counts(tmp_path: Path, path: str, repository: str | None) -> None:
    for each in ("outer", "outer/root/inner"):
        make_working_tree(tmp_path / each)
    found = journal_around(tmp_path / path, within=tmp_path / "outer/root")
    assert (found.anchor if found else None) == (tmp_path / repository if repository else None)
