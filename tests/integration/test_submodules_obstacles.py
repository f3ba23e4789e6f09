"""What removing a submodule would lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.submodules import obstacles_to_removal, submodules
from git_fixtures import add_submodule, clone, commit, git, head, init, push_to, remote, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_remotes")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    repository = init(tmp_path / "app")
    add_submodule(repository, remote(tmp_path / "shared.git"), "shared")
    return repository


def obstacles(repository: Path) -> tuple[str, ...]:
    (found,) = submodules(repository)
    return obstacles_to_removal(found)


def commit_on_the_branch(app: Path) -> None:
    commit(app / "shared", {"local.txt": "x"})


def commit_on_another_branch(app: Path) -> None:
    git(app / "shared", "checkout", "--quiet", "-b", "side")
    commit(app / "shared", {"local.txt": "x"})
    git(app / "shared", "checkout", "--quiet", "main")


def commit_at_a_detached_head(app: Path) -> None:
    git(app / "shared", "checkout", "--quiet", "--detach")
    commit(app / "shared", {"local.txt": "x"})


def commit_at_a_tag(app: Path) -> None:
    commit_at_a_detached_head(app)
    git(app / "shared", "tag", "kept")
    git(app / "shared", "checkout", "--quiet", "main")


def stash(app: Path) -> None:
    write(app / "shared/README.md", "changed\n")
    git(app / "shared", "stash", "--quiet")


def changed_file(app: Path) -> None:
    write(app / "shared/README.md", "changed\n")


def staged_file(app: Path) -> None:
    write(app / "shared/staged.txt", "new\n")
    git(app / "shared", "add", "staged.txt")


def untracked_files(app: Path) -> None:
    for name in "abcd":
        write(app / f"shared/new/{name}.txt", "new\n")


def commit_without_checkout(app: Path) -> None:
    commit(app / "shared", {"local.txt": "x"})
    git(app, "submodule", "--quiet", "deinit", "--force", "shared")


def stray_file(app: Path) -> None:
    git(app, "submodule", "--quiet", "deinit", "--force", "shared")
    write(app / "shared/stray.txt", "x\n")


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        (commit_on_the_branch, "commits on no remote branch or tag (1: "),
        (commit_on_another_branch, "commits on no remote branch or tag (1: "),
        (commit_at_a_detached_head, "commits on no remote branch or tag (1: "),
        (commit_at_a_tag, "commits on no remote branch or tag (1: "),
        (stash, "stashed changes"),
        (changed_file, "changed or untracked files (1: README.md)"),
        (staged_file, "changed or untracked files (1: staged.txt)"),
        (untracked_files, "changed or untracked files (4: new/a.txt, new/b.txt, new/c.txt, …)"),
        (commit_without_checkout, "commits on no remote branch or tag (1: "),
        (stray_file, "files that are not of the submodule (1: stray.txt)"),
    ],
)
def test_each_obstacle_alone(app: Path, happens: Callable[[Path], None], expected: str) -> None:
    assert obstacles(app) == ()
    happens(app)
    (said,) = obstacles(app)
    assert said.startswith(f"shared: {expected}")


def test_ignored_files_are_no_obstacle(app: Path) -> None:
    write(app / ".git/modules/shared/info/exclude", "*.pyc\n")
    write(app / "shared/a.pyc", "x")
    assert obstacles(app) == ()


def test_a_submodule_inside_counts_too(tmp_path: Path) -> None:
    middle = init(tmp_path / "middle")
    add_submodule(middle, remote(tmp_path / "inner.git"), "inner")
    app = init(tmp_path / "app")
    add_submodule(app, middle, "middle")
    git(app, "submodule", "--quiet", "update", "--init", "--recursive")
    assert obstacles(app) == ()
    write(app / "middle/inner/README.md", "changed\n")
    assert obstacles(app) == (
        "middle: inner: changed or untracked files (1: README.md): commit, stash or discard first",
    )


def test_the_remote_is_asked_where_the_tracking_refs_do_not_know(app: Path, tmp_path: Path) -> None:
    git(tmp_path / "shared.git-seed", "checkout", "--quiet", "-b", "release")
    released = commit(tmp_path / "shared.git-seed", {"release.txt": "x"})
    git(tmp_path / "shared.git-seed", "tag", "v1")
    git(tmp_path / "shared.git-seed", "push", "--quiet", "origin", "v1")
    git(app / "shared", "fetch", "--quiet", "origin", "tag", "v1")
    git(app / "shared", "checkout", "--quiet", "v1")
    assert head(app / "shared") == released
    assert obstacles(app) == ()
    git(app / "shared", "remote", "set-url", "origin", str(tmp_path / "nowhere.git"))
    assert len(obstacles(app)) == 1


def test_a_shallow_checkout_of_a_commit_behind_the_branch_is_no_obstacle(app: Path, tmp_path: Path) -> None:
    git(app, "config", "-f", ".gitmodules", "submodule.shared.url", f"file://{tmp_path / 'shared.git'}")
    git(app, "commit", "--quiet", "--all", "--message", "url")
    push_to(tmp_path / "shared.git", {"newer.txt": "x"})
    copy = clone(app, tmp_path / "copy")
    git(copy, "submodule", "--quiet", "update", "--init", "--depth", "1")
    assert obstacles(copy) == ()
    commit(copy / "shared", {"local.txt": "x"})
    assert len(obstacles(copy)) == 1
