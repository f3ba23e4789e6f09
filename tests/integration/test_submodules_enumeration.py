"""Which submodules there are: every form that `.gitmodules` and the index can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.tools.submodules import nested, submodules
from git_fixtures import add_submodule, clone, commit, git, head, init, remote, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_remotes")


def test_a_submodule_with_everything_recorded(tmp_path: Path) -> None:
    shared = remote(tmp_path / "shared.git")
    app = init(tmp_path / "app")
    add_submodule(app, shared, "libs/shared", "-b", "main", "--name", "the shared one")
    (found,) = submodules(app)
    assert found.name == "the shared one"
    assert found.path == app / "libs/shared"
    assert found.relative_path == "libs/shared"
    assert found.url == found.resolved_url == str(shared)
    assert found.commit == head(app / "libs/shared")
    assert found.branch == "main"
    assert found.git_dir == (app / ".git/modules/the shared one").resolve()
    assert found.is_initialised
    assert found.has_entry


def test_a_repository_without_submodules(tmp_path: Path) -> None:
    assert submodules(init(tmp_path / "app")) == ()


def test_a_plain_clone_has_its_submodules_not_initialised(tmp_path: Path) -> None:
    app = init(tmp_path / "app")
    add_submodule(app, remote(tmp_path / "shared.git"), "shared")
    (found,) = submodules(clone(app, tmp_path / "clone"))
    assert not found.is_initialised
    assert found.git_dir == tmp_path / "clone/.git/modules/shared"


def test_names_and_paths_with_dots_spaces_and_other_letters(tmp_path: Path) -> None:
    app = init(tmp_path / "app")
    add_submodule(app, remote(tmp_path / "shared.git"), "lib.v1/gemeinsam für alle")
    (found,) = submodules(app)
    assert found.relative_path == found.name == "lib.v1/gemeinsam für alle"


def test_an_orphan_gitlink_and_an_entry_without_gitlink(tmp_path: Path) -> None:
    app = init(tmp_path / "app")
    orphan = head(init(app / "embedded"))
    git(app, "update-index", "--add", "--cacheinfo", f"160000,{orphan},embedded")
    write(app / ".gitmodules", '[submodule "gone"]\n\tpath = gone\n\turl = https://example.com/gone.git\n')
    embedded, gone = submodules(app)
    assert (embedded.name, embedded.has_entry, embedded.commit, embedded.url) == ("embedded", False, orphan, None)
    assert embedded.is_initialised
    assert embedded.git_dir == app / "embedded/.git"
    assert (gone.name, gone.has_entry, gone.commit) == ("gone", True, None)
    assert not gone.is_initialised


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[submodule "a"]\n\tpath = "a\n\turl = b\n', 2),
        ('[submodule "a"]\n\tpath = a\n<<<<<<< HEAD\n', 3),
        ("[submodule\n", 1),
    ],
)
def test_a_broken_gitmodules_names_file_and_line(tmp_path: Path, content: str, line: int) -> None:
    app = init(tmp_path / "app")
    write(app / ".gitmodules", content)
    with pytest.raises(UsageError) as caught:
        submodules(app)
    assert caught.value.file == app / ".gitmodules"
    assert caught.value.line == line
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "path"), [("../../hooks", "a"), ("a", "../outside"), ("a", "/absolute"), ("a", "-option"), ("a", "")]
)
def test_entries_that_git_ignores_are_left_out(tmp_path: Path, name: str, path: str) -> None:
    app = init(tmp_path / "app")
    write(app / ".gitmodules", f'[submodule "{name}"]\n\tpath = {path}\n\turl = https://example.com/a.git\n')
    assert submodules(app) == ()


def test_a_conflicted_gitlink_counts_with_our_side(tmp_path: Path) -> None:
    app = init(tmp_path / "app")
    shared = add_submodule(app, remote(tmp_path / "shared.git"), "shared")
    base = head(shared)
    for branch in ("theirs", "ours"):
        git(app, "checkout", "--quiet", "-b", branch, "main")
        git(shared, "checkout", "--quiet", "-B", branch, base)
        commit(shared, {branch: branch})
        git(app, "commit", "--quiet", "--all", "--message", branch)
    with pytest.raises(AssertionError, match="merge"):
        git(app, "merge", "--quiet", "theirs")
    (found,) = submodules(app)
    assert found.commit == git(app, "rev-parse", "ours:shared").strip()


def test_a_linked_worktree_keeps_its_submodules_apart(tmp_path: Path) -> None:
    app = init(tmp_path / "app")
    add_submodule(app, remote(tmp_path / "shared.git"), "shared")
    git(app, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    (found,) = submodules(tmp_path / "side")
    assert not found.is_initialised
    assert found.git_dir == app / ".git/worktrees/side/modules/shared"
    git(tmp_path / "side", "submodule", "--quiet", "update", "--init")
    assert submodules(tmp_path / "side")[0].git_dir == found.git_dir


def test_a_checkout_whose_git_directory_is_gone_is_not_initialised(tmp_path: Path) -> None:
    app = init(tmp_path / "app")
    add_submodule(app, remote(tmp_path / "shared.git"), "shared")
    (app / ".git/modules/shared/HEAD").unlink()
    assert not submodules(app)[0].is_initialised


def test_nested_follows_what_is_checked_out(tmp_path: Path) -> None:
    inner = remote(tmp_path / "inner.git")
    middle = init(tmp_path / "middle")
    add_submodule(middle, inner, "inner")
    app = init(tmp_path / "app")
    add_submodule(app, middle, "middle")
    git(app, "submodule", "--quiet", "update", "--init", "--recursive")
    assert [each.path.relative_to(app).as_posix() for each in nested(app)] == ["middle", "middle/inner"]
    assert nested(app)[1].git_dir == (app / ".git/modules/middle/modules/inner").resolve()


def test_a_relative_url_is_seen_from_the_remote(tmp_path: Path) -> None:
    remote(tmp_path / "remotes/shared.git")
    app = clone(remote(tmp_path / "remotes/app.git"), tmp_path / "app")
    add_submodule(app, "../shared.git", "shared")
    (found,) = submodules(app)
    assert found.url == "../shared.git"
    assert found.resolved_url == str(tmp_path / "remotes/shared.git")
    assert found.resolved_url == git(app, "config", "submodule.shared.url").strip()


def test_a_relative_url_without_remote_is_seen_from_here(tmp_path: Path) -> None:
    remote(tmp_path / "shared.git")
    app = init(tmp_path / "app")
    add_submodule(app, "../shared.git", "shared")
    assert submodules(app)[0].resolved_url == git(app, "config", "submodule.shared.url").strip()
