"""Submodules added and removed for real, and everything that forbids it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import CommonsError, RefusedError, ToolError, UsageError
from dagster_commons.model.plan import AddSubmodule, RemoveSubmodule
from dagster_commons.tools.submodules import add_submodule, record, remove_submodule, submodules
from git_fixtures import add_submodule as add_with_git
from git_fixtures import clone, commit, git, head, init, push_to, remote, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_remotes")


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return remote(tmp_path / "shared.git")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return init(tmp_path / "app")


def add(app: Path, url: Path | str, path: str = "shared", **more: str) -> None:
    add_submodule(AddSubmodule(repository=app, path=app / path, url=str(url), **more))


def test_added_as_git_adds_it(app: Path, shared: Path, tmp_path: Path) -> None:
    by_git = clone(app, tmp_path / "by-git")
    git(by_git, "submodule", "--quiet", "add", "-b", "main", "--", str(shared), "libs/shared")
    add(app, shared, "libs/shared", branch="main")
    for arguments in (("status", "--porcelain=v2"), ("ls-files", "-s"), ("submodule", "status")):
        assert git(app, *arguments) == git(by_git, *arguments)
    assert (app / ".gitmodules").read_bytes() == (by_git / ".gitmodules").read_bytes()


def test_added_at_a_commit(app: Path, shared: Path) -> None:
    old = head(shared)
    push_to(shared, {"newer.txt": "x"})
    add(app, shared, commit=old)
    assert head(app / "shared") == old
    assert git(app, "ls-files", "-s", "shared").split()[1] == old
    found = record(app, app / "shared")
    assert found is not None
    assert (found.name, found.url, found.commit) == ("shared", str(shared), old)


def test_added_at_a_commit_that_is_on_no_branch(app: Path, shared: Path) -> None:
    git(shared, "config", "uploadpack.allowAnySHA1InWant", "true")
    seed = shared.with_name("shared.git-seed")
    git(seed, "checkout", "--quiet", "--detach")
    loose = commit(seed, {"loose.txt": "x"})
    git(seed, "push", "--quiet", "origin", f"{loose}:refs/pull/1/head")
    add(app, shared, commit=loose)
    assert head(app / "shared") == loose


def test_added_with_its_own_submodules(app: Path, shared: Path, tmp_path: Path) -> None:
    middle = init(tmp_path / "middle")
    add_with_git(middle, shared, "inner")
    add(app, middle, "middle")
    assert (app / "middle/inner/README.md").exists()


def test_added_twice_after_the_first_was_moved_away(app: Path, shared: Path) -> None:
    add(app, shared)
    git(app, "commit", "--quiet", "--message", "add")
    git(app, "mv", "shared", "moved")
    git(app, "commit", "--quiet", "--all", "--message", "move")
    add(app, shared)
    assert {each.relative_path: each.name for each in submodules(app)} == {"moved": "shared", "shared": "shared-2"}


def test_staged_gitmodules_is_no_reason_to_refuse(app: Path, shared: Path, tmp_path: Path) -> None:
    add(app, shared, "one")
    add(app, remote(tmp_path / "other.git"), "two")
    assert [each.relative_path for each in submodules(app)] == ["one", "two"]


def existing_folder(app: Path) -> None:
    write(app / "shared/file.txt", "x")


def dangling_link(app: Path) -> None:
    (app / "shared").symlink_to("nowhere")


def tracked_but_deleted(app: Path) -> None:
    commit(app, {"shared/file.txt": "x"})
    (app / "shared/file.txt").unlink()
    (app / "shared").rmdir()


def ignored(app: Path) -> None:
    commit(app, {".gitignore": "\nshared/\nshared\n"})


def unstaged_gitmodules(app: Path) -> None:
    commit(app, {".gitmodules": ""})
    write(app / ".gitmodules", "# mine\n")


def partly_staged_gitmodules(app: Path) -> None:
    unstaged_gitmodules(app)
    git(app, "add", ".gitmodules")
    write(app / ".gitmodules", "# mine\n# and more\n")


def untracked_gitmodules(app: Path) -> None:
    write(app / ".gitmodules", "# mine\n")


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (existing_folder, "shared exists already"),
        (dangling_link, "shared exists already"),
        (tracked_but_deleted, "shared is tracked by git"),
        (ignored, r"git ignores shared \(.gitignore:2:shared/?\)|git ignores shared \(.gitignore:3:shared\)"),
        (unstaged_gitmodules, "not staged"),
        (partly_staged_gitmodules, "not staged"),
        (untracked_gitmodules, "not staged"),
    ],
)
def test_refused_before_anything_happens(app: Path, shared: Path, happens: Callable[[Path], None], said: str) -> None:
    happens(app)
    before = git(app, "status", "--porcelain=v2", "--ignored")
    with pytest.raises(UsageError, match=said):
        add(app, shared)
    assert git(app, "status", "--porcelain=v2", "--ignored") == before


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("shared", "is a submodule already"),
        ("shared/inner", "lies inside the submodule shared"),
        ("embedded/shared", "lies inside another repository, embedded"),
        ("README.md/shared", "README.md is not a directory"),
        ("link/shared", "link is not a directory"),
        (".git/shared", "no place for a submodule"),
        ("", "no place for a submodule"),
        ("../outside", "no place for a submodule"),
    ],
)
def test_places_that_cannot_be(app: Path, shared: Path, tmp_path: Path, path: str, said: str) -> None:
    add(app, shared)
    init(app / "embedded")
    (app / "link").symlink_to("embedded")
    place = tmp_path / "outside" if path.startswith("..") else app / path
    with pytest.raises(UsageError, match=said):
        add_submodule(AddSubmodule(repository=app, path=place, url=str(shared)))


def test_a_repository_is_not_its_own_submodule(app: Path, shared: Path, tmp_path: Path) -> None:
    consumer = clone(shared, tmp_path / "consumer")
    with pytest.raises(UsageError, match="this very repository"):
        add(consumer, shared)
    with pytest.raises(UsageError, match="this very repository"):
        add(app, app)
    with pytest.raises(UsageError, match="this very repository"):
        add(app, "../app")
    twin = clone(app, tmp_path / "twin")
    git(twin, "remote", "remove", "origin")
    with pytest.raises(UsageError, match="this very repository"):
        add(twin, app)


def test_a_repository_that_was_split_off_may_be_a_submodule(app: Path, tmp_path: Path) -> None:
    split = clone(app, tmp_path / "split")
    commit(split, {"only.txt": "x"})
    commit(app, {"other.txt": "x"})
    add(app, split)
    assert (app / "shared/only.txt").exists()


def test_an_unreachable_remote(app: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"nowhere\.git") as caught:
        add(app, tmp_path / "nowhere.git")
    assert "git ls-remote" in str(caught.value.hint)


def test_credentials_in_the_url_are_not_shown(app: Path) -> None:
    with pytest.raises(ToolError) as caught:
        add(app, "http://me:secret@127.0.0.1:1/shared.git")
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


def test_a_remote_without_commits(app: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "empty.git")
    with pytest.raises(ToolError, match="has no commits yet"):
        add(app, tmp_path / "empty.git")


def test_a_branch_or_commit_that_is_not_there(app: Path, shared: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="has no branch nonesuch"):
        add(app, shared, branch="nonesuch")
    with pytest.raises(ToolError, match="has no commit 1234"):
        add(clone(app, tmp_path / "other"), shared, commit="1234567890" * 4)


def test_a_local_remote_on_a_users_machine(app: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GIT_CONFIG_COUNT")
    with pytest.raises(ToolError, match="unless allowed for that one call") as caught:
        add(app, shared)
    assert f"git -c protocol.file.allow=always submodule add -- {shared} shared" in str(caught.value.hint)


def remove(app: Path, path: str = "shared") -> None:
    remove_submodule(RemoveSubmodule(repository=app, path=app / path))


@pytest.mark.parametrize("is_committed", [True, False])
def test_removed_without_leftovers(app: Path, shared: Path, *, is_committed: bool) -> None:
    before = git(app, "config", "--list", "--local"), git(app, "ls-files", "-s")
    add(app, shared, "libs/shared")
    if is_committed:
        git(app, "commit", "--quiet", "--message", "add")
    remove(app, "libs/shared")
    assert (git(app, "config", "--list", "--local"), git(app, "ls-files", "-s")) == before
    assert not (app / "libs").exists()
    assert not (app / ".gitmodules").exists()
    assert list((app / ".git/modules").iterdir()) == []


def test_removing_one_of_two_leaves_the_other(app: Path, shared: Path, tmp_path: Path) -> None:
    add(app, shared, "libs/shared")
    add(app, remote(tmp_path / "other.git"), "libs/other")
    git(app, "commit", "--quiet", "--message", "add")
    remove(app, "libs/shared")
    assert (app / "libs/other/README.md").exists()
    assert "shared" not in (app / ".gitmodules").read_text()
    assert git(app, "submodule", "status").strip().startswith(head(app / "libs/other"))


def test_removed_forms_that_are_not_whole(app: Path, shared: Path) -> None:
    add(app, shared)
    git(app, "commit", "--quiet", "--message", "add")
    git(app, "submodule", "--quiet", "deinit", "shared")
    remove(app)
    assert not (app / ".git/modules/shared").exists()
    write(
        app / ".gitmodules", '[submodule "gone"]\n\tpath = gone\n\turl = u\n[submodule "kept"]\n\tpath = k\n\turl = u\n'
    )
    git(app, "add", ".gitmodules")
    remove(app, "gone")
    assert [each.name for each in submodules(app)] == ["kept"]
    git(app, "update-index", "--add", "--cacheinfo", f"160000,{head(app)},orphan")
    remove(app, "orphan")
    assert [each.name for each in submodules(app)] == ["kept"]


def test_not_removed_when_work_would_be_lost(app: Path, shared: Path) -> None:
    add(app, shared)
    commit(app / "shared", {"local.txt": "x"})
    write(app / "shared/README.md", "changed\n")
    with pytest.raises(RefusedError, match=r"(?s)no remote branch or tag.*changed or untracked files"):
        remove(app)
    assert (app / "shared/local.txt").exists()


def test_not_removed_what_is_not_there_or_with_unstaged_gitmodules(app: Path, shared: Path) -> None:
    with pytest.raises(UsageError, match="shared is not a submodule"):
        remove(app)
    add(app, shared)
    write(app / ".gitmodules", (app / ".gitmodules").read_text() + "# mine\n")
    with pytest.raises(CommonsError, match="not staged"):
        remove(app)
