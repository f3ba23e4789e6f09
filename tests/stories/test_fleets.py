"""One root, other repositories named in commons.toml: changed from here, undone from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import make_bare_remote, workspace
from dagster_commons.tools.git import git
from git_fixtures import digests
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stories.conftest import Said

    Commons = Callable[..., Said]


@pytest.fixture
def platform(tmp_path: Path, local_remotes: None) -> Path:
    """The repository of `shared` and `sales`, whose fleet has `marketing` and `finance` beside it."""
    del local_remotes
    root = workspace(tmp_path / "platform").module("shared").location("sales").repository().root
    make_bare_remote(root, tmp_path / "platform.git")
    for name in ("marketing", "finance"):
        workspace(tmp_path / name).location(name, at=".").repository()
    (root / "commons.toml").write_text('[fleet]\nrepositories = ["../marketing", "../finance"]\n')
    return root


def test_no_way_is_guessed_into_another_repository(commons: Commons, platform: Path) -> None:
    said = commons("add", "shared", "-l", "marketing", at="platform")

    assert said.exit_code == 2
    assert "say how marketing shall get shared: --via path|submodule|index|git" in said.err
    assert platform.exists()


def test_by_path_with_a_warning_and_undone(commons: Commons, platform: Path, tmp_path: Path) -> None:
    before = files_below(tmp_path)

    said = commons("add", "shared", "--via", "path", "-l", "marketing", at="platform")

    assert said.exit_code == 0, said.err
    assert "warning: shared lies in another repository than marketing: a lone clone of it cannot sync" in said.out
    assert 'path = "../platform/shared"' in (tmp_path / "marketing/pyproject.toml").read_text()
    assert "git -C ../marketing add" in said.out

    assert commons("undo", at="platform").exit_code == 0
    assert files_below(tmp_path) == before
    assert git(platform, "status", "--porcelain").text == "?? commons.toml\n"


def test_a_submodule_in_two_other_repositories_and_back(commons: Commons, platform: Path, tmp_path: Path) -> None:
    before = {name: digests(tmp_path / name / ".git") for name in ("marketing", "finance")}
    configuration = {name: (tmp_path / name / ".git/config").read_text() for name in before}
    files = files_below(tmp_path)

    words = ("add", "shared", "--via", "submodule", "-l", "marketing", "-l", "finance")
    said = commons(*words, at="platform")

    assert said.exit_code == 0, said.err
    for name in ("marketing", "finance"):
        assert 'path = "./shared/shared"' in (tmp_path / name / "pyproject.toml").read_text()
        staged = git(tmp_path / name, "diff", "--cached", "--name-only").text.split()
        assert staged == [".gitmodules", "shared"]
        assert f"imports shared 0.1.0 from ../{name}/shared/shared/src/shared" in said.out

    assert commons("undo", at="platform").exit_code == 0
    assert files_below(tmp_path) == files
    for name, known in before.items():
        assert git(tmp_path / name, "status", "--porcelain").text == ""
        after = digests(tmp_path / name / ".git")
        changed = {each for each in known.keys() | after.keys() if known.get(each) != after.get(each)}
        touched = {each for each in changed if not each.startswith(("dagster-commons", "objects/"))}
        assert touched <= {"index", "config"}
        assert (tmp_path / name / ".git/config").read_text() == configuration[name]
    assert platform.exists()


def test_a_change_in_one_repository_is_undone_from_the_root_that_made_it(
    commons: Commons, platform: Path, tmp_path: Path
) -> None:
    assert commons("add", "shared", "--via", "path", "-l", "finance", at="platform").exit_code == 0

    said = commons("undo", at="finance")
    assert said.exit_code == 1
    assert "there is no change to take back" in said.err

    assert commons("undo", at="platform").exit_code == 0
    assert git(tmp_path / "finance", "status", "--porcelain").text == ""
    assert platform.exists()


def test_files_edited_in_the_other_repository_since(commons: Commons, platform: Path, tmp_path: Path) -> None:
    assert commons("add", "shared", "--via", "path", "-l", "finance", at="platform").exit_code == 0
    file = tmp_path / "finance/pyproject.toml"
    file.write_text(file.read_text() + "# mine\n")
    before = files_below(tmp_path)

    said = commons("undo", at="platform")

    assert said.exit_code == 6
    assert "changed since `add shared`" in said.err
    assert "finance/pyproject.toml" in said.err
    assert files_below(tmp_path) == before
    assert platform.exists()


def test_a_cached_clone_is_read_and_not_written(commons: Commons, platform: Path, tmp_path: Path) -> None:
    workspace(tmp_path / "far").location("orders").repository()
    make_bare_remote(tmp_path / "far", tmp_path / "far.git")
    (platform / "commons.toml").write_text(f'[fleet]\nrepositories = ["file://{tmp_path}/far.git"]\n')

    said = commons("add", "shared", "--via", "path", "-l", "orders", at="platform")
    assert said.exit_code == 1
    assert "orders was read from a remote repository; its clone in our cache is not yours to change" in said.err

    said = commons("sync", "-l", "orders", at="platform")
    assert said.exit_code == 2
    assert "orders is a clone in the cache, not synced" in said.err
