"""Moving a submodule to another commit with real git: fetched, checked out, staged, or refused with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import add_submodule, commit, draw, make_repository
from dagster_commons.errors import CommonsError, RefusedError, ToolError, UsageError
from dagster_commons.model.plan import MoveSubmodule
from dagster_commons.tools.git import git, head_commit
from dagster_commons.tools.submodules import move_submodule, submodules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_remotes")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_repository(draw(tmp_path / "remote", {"shared.py": "old\n"}))


@pytest.fixture
def repository(tmp_path: Path, remote: Path) -> Path:
    """A superproject with `remote` at vendor/shared, made before `remote` got its tag v2."""
    root = make_repository(tmp_path / "root")
    add_submodule(root, remote, "vendor/shared")
    commit(root, "the submodule")
    draw(remote, {"shared.py": "new\n", "added.py": "new\n"})
    commit(remote, "new")
    git(remote, "tag", "-a", "v2", "-m", "two")
    return root


def step(repository: Path, remote: Path, *, tag: str | None = "v2", wanted: str = "v2") -> MoveSubmodule:
    new = git(remote, "rev-parse", f"{wanted}^{{commit}}").text.strip()
    return MoveSubmodule(repository=repository, path=repository / "vendor/shared", commit=new, tag=tag)


@pytest.mark.parametrize("tag", ["v2", None])
def test_it_is_fetched_checked_out_and_staged(repository: Path, remote: Path, tag: str | None) -> None:
    moved = step(repository, remote, tag=tag)
    move_submodule(moved)
    assert (moved.path / "shared.py").read_text("utf-8") == "new\n"
    assert [each.commit for each in submodules(repository)] == [moved.commit] == [head_commit(moved.path)]
    assert git(repository, "status", "--porcelain").text == "M  vendor/shared\n"


def test_what_is_here_needs_no_remote(repository: Path, remote: Path) -> None:
    git(repository / "vendor/shared", "fetch", "--quiet", "--tags", "origin")
    moved = step(repository, remote)
    git(moved.path, "config", "remote.origin.url", str(remote / "gone"))
    move_submodule(moved)
    assert head_commit(moved.path) == moved.commit


def test_its_own_submodules_come_along(repository: Path, remote: Path, tmp_path: Path) -> None:
    inner = make_repository(draw(tmp_path / "inner", {"inner.py": "here\n"}))
    add_submodule(remote, inner, "inner")
    commit(remote, "with a submodule")
    git(remote, "tag", "v3")
    move_submodule(step(repository, remote, tag="v3", wanted="v3"))
    assert (repository / "vendor/shared/inner/inner.py").read_text("utf-8") == "here\n"


def dirty(repository: Path, _: Path) -> None:
    draw(repository, {"vendor/shared/shared.py": "mine\n"})


def in_the_way(repository: Path, _: Path) -> None:
    draw(repository, {"vendor/shared/added.py": "mine\n"})


def not_checked_out(repository: Path, _: Path) -> None:
    git(repository, "submodule", "--quiet", "deinit", "--force", "vendor/shared")


def unreachable(repository: Path, remote: Path) -> None:
    git(repository / "vendor/shared", "config", "remote.origin.url", str(remote / "gone"))


def without_the_commit(_: Path, remote: Path) -> None:
    git(remote, "tag", "-d", "v2")
    git(remote, "reset", "--quiet", "--hard", "HEAD~1")
    git(remote, "reflog", "expire", "--expire=now", "--all")
    git(remote, "gc", "--quiet", "--prune=now")


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (dirty, RefusedError, "the submodule vendor/shared has changed files: shared.py"),
        (in_the_way, RefusedError, "v2 cannot be checked out in the submodule vendor/shared"),
        (not_checked_out, UsageError, "the submodule vendor/shared is not checked out"),
        (unreachable, ToolError, "cannot fetch tag v2"),
        (without_the_commit, ToolError, "has no tag v2"),
    ],
)
def test_what_prevents_it_is_said_and_nothing_moves(
    repository: Path, remote: Path, spoil: Callable[[Path, Path], None], error: type[CommonsError], said: str
) -> None:
    moved, before = step(repository, remote), [each.commit for each in submodules(repository)]
    spoil(repository, remote)
    with pytest.raises(error) as caught:
        move_submodule(moved)
    assert said in caught.value.message
    assert [each.commit for each in submodules(repository)] == before
    if spoil in (dirty, in_the_way):
        assert "mine\n" in {file.read_text("utf-8") for file in moved.path.glob("*.py")}


def test_a_path_that_is_no_submodule_is_refused(repository: Path) -> None:
    with pytest.raises(UsageError, match="is not a submodule"):
        move_submodule(MoveSubmodule(repository=repository, path=repository / "elsewhere", commit="0" * 40))
