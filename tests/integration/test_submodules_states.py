"""The states of submodules, each made for real."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.submodules import submodule_states, submodules
from git_fixtures import add_submodule, clone, commit, git, head, init, push_to, remote, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_remotes")


def states(repository: Path) -> dict[str, tuple[str, ...]]:
    found = submodule_states(repository, submodules(repository))
    return {path.relative_to(repository).as_posix(): each for path, each in found.items()}


def other_commit(app: Path) -> None:
    git(app / "shared", "checkout", "--quiet", "HEAD~1")


def dirty(app: Path) -> None:
    write(app / "shared/README.md", "changed\n")


def staged(app: Path) -> None:
    dirty(app)
    git(app / "shared", "add", "README.md")


def untracked(app: Path) -> None:
    write(app / "shared/new.txt", "new\n")


def hidden_by_configuration(app: Path) -> None:
    git(app, "config", "submodule.shared.ignore", "all")
    dirty(app)


def local_commit(app: Path) -> None:
    commit(app / "shared", {"local.txt": "x"})
    git(app, "add", "shared")


def behind(app: Path) -> None:
    push_to(app.parent / "shared.git", {"newer.txt": "x"})
    git(app / "shared", "fetch", "--quiet")


def not_fetched(app: Path) -> None:
    push_to(app.parent / "shared.git", {"newer.txt": "x"})


def diverged(app: Path) -> None:
    local_commit(app)
    behind(app)


def url_of_entry(app: Path) -> None:
    git(app, "config", "-f", ".gitmodules", "submodule.shared.url", "https://example.com/elsewhere.git")


def url_of_checkout(app: Path) -> None:
    git(app / "shared", "remote", "set-url", "origin", "https://example.com/elsewhere.git")


def url_with_other_ending(app: Path) -> None:
    git(app / "shared", "remote", "set-url", "origin", f"{app.parent / 'shared'}/")


def no_gitlink(app: Path) -> None:
    git(app, "rm", "--cached", "--quiet", "shared")


def no_entry(app: Path) -> None:
    (app / ".gitmodules").unlink()


def not_initialised(app: Path) -> None:
    git(app, "submodule", "--quiet", "deinit", "--force", "shared")


def no_folder(app: Path) -> None:
    shutil.rmtree(app / "shared")


def unfetched_commit(app: Path) -> None:
    newer = push_to(app.parent / "shared.git", {"newer.txt": "x"})
    git(app, "update-index", "--cacheinfo", f"160000,{newer},shared")


def follows_a_branch(app: Path) -> None:
    git(app, "config", "-f", ".gitmodules", "submodule.shared.branch", "stable")
    push_to(app.parent / "shared.git", {"newer.txt": "x"})
    git(app.parent / "shared.git", "branch", "stable", "main")
    git(app / "shared", "fetch", "--quiet")


def nothing(app: Path) -> None:
    assert head(app / "shared")


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        (nothing, ("ok",)),
        (other_commit, ("other-commit", "behind")),
        (dirty, ("dirty",)),
        (staged, ("dirty",)),
        (untracked, ("untracked",)),
        (hidden_by_configuration, ("dirty",)),
        (local_commit, ("not-on-remote", "ahead")),
        (behind, ("behind",)),
        (not_fetched, ("ok",)),
        (diverged, ("not-on-remote", "behind", "ahead")),
        (url_of_entry, ("url-mismatch",)),
        (url_of_checkout, ("url-mismatch",)),
        (url_with_other_ending, ("ok",)),
        (no_gitlink, ("missing",)),
        (no_entry, ("orphan",)),
        (not_initialised, ("not-initialised",)),
        (no_folder, ("not-initialised",)),
        (unfetched_commit, ("other-commit",)),
        (follows_a_branch, ("behind",)),
    ],
)
def test_states(tmp_path: Path, happens: Callable[[Path], None], expected: tuple[str, ...]) -> None:
    shared = remote(tmp_path / "shared.git")
    push_to(shared, {"second.txt": "x"})
    app = init(tmp_path / "app")
    add_submodule(app, shared, "shared")
    happens(app)
    assert states(app) == {"shared": expected}


def test_a_shallow_submodule_says_nothing_that_needs_history(tmp_path: Path) -> None:
    shared = remote(tmp_path / "shared.git")
    app = init(tmp_path / "app")
    add_submodule(app, f"file://{shared}", "shared")
    push_to(shared, {"newer.txt": "x"})
    copy = clone(app, tmp_path / "copy")
    git(copy, "submodule", "--quiet", "update", "--init", "--depth", "1")
    assert states(copy) == {"shared": ("shallow",)}


def test_several_at_once_and_odd_names(tmp_path: Path) -> None:
    shared = remote(tmp_path / "shared.git")
    app = init(tmp_path / "app")
    for path in ("(x)", "a b", "lib.v1/ü"):
        add_submodule(app, shared, path)
    dirty_one = write(app / "a b/README.md", "changed\n")
    assert dirty_one.exists()
    assert states(app) == {"a b": ("dirty",), "(x)": ("ok",), "lib.v1/ü": ("ok",)}


def test_nothing_is_written(tmp_path: Path) -> None:
    app = init(tmp_path / "app")
    add_submodule(app, remote(tmp_path / "shared.git"), "shared")
    (app / "README.md").touch()
    before = (app / ".git/index").read_bytes(), (app / ".git/modules/shared/index").read_bytes()
    states(app)
    assert before == ((app / ".git/index").read_bytes(), (app / ".git/modules/shared/index").read_bytes())
