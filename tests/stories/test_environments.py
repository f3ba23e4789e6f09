"""The user's own environments: synced last and only where there is one, made ready in a clone, overridden by a link."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from builders import commit, make_bare_remote, workspace
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv
from git_fixtures import digests
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builders import Drawing
    from stories.conftest import Said

    Commons = Callable[..., Said]

BY_PATH = '{ path = "../shared", editable = true }'


@pytest.fixture
def drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """`sales` uses `shared` and is locked; `ops` does not use it; environments are ignored by git."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    drawn = workspace(tmp_path / "root").module("shared").location("sales", uses={"shared": BY_PATH}).location("ops")
    for name in ("sales", "ops"):
        uv(drawn.root / name, "lock")
    return drawn.file(".gitignore", ".venv\n").repository()


def installed(project: Path) -> dict[str, str]:
    """Distribution and version in the project's `.venv`."""
    names = (each.name.removesuffix(".dist-info") for each in project.glob(".venv/lib/*/site-packages/*.dist-info"))
    return dict(name.split("-", 1) for name in names)


def test_no_environment_is_made(commons: Commons, drawing: Drawing) -> None:
    said = commons("add", "shared", "-l", "ops", at="root")

    assert said.exit_code == 0, said.err
    assert "synced" not in said.out
    assert not (drawing.root / "ops/.venv").exists()


def test_the_one_that_is_there_is_synced(commons: Commons, drawing: Drawing) -> None:
    ops = drawing.root / "ops"
    uv(ops, "sync", "--locked")
    workspace(drawing.root / "mine").module("mine", at=".")
    uv(ops, "pip", "install", "--python", str(ops / ".venv/bin/python"), str(drawing.root / "mine"))

    said = commons("add", "shared", "-l", "ops", at="root")
    assert said.exit_code == 0, said.err
    assert "synced ops/.venv" in said.out
    assert installed(ops) == {"ops": "0.1.0", "shared": "0.1.0", "mine": "0.1.0"}

    said = commons("remove", "shared", "-l", "ops", at="root")
    assert said.exit_code == 0, said.err
    assert installed(ops) == {"ops": "0.1.0", "mine": "0.1.0"}, "what the user installed stays"


def test_a_dry_run_and_a_refusal_sync_nothing(commons: Commons, drawing: Drawing) -> None:
    ops = drawing.root / "ops"
    uv(ops, "sync", "--locked")

    assert commons("add", "shared", "-l", "ops", "--dry-run", at="root").exit_code == 0
    (drawing.root / "shared/src/shared/__init__.py").write_text("raise RuntimeError\n")
    assert commons("add", "shared", "-l", "ops", at="root").exit_code == 1

    assert installed(ops) == {"ops": "0.1.0"}


@pytest.mark.usefixtures("local_remotes")
def test_a_fresh_clone_without_submodules_is_made_ready(
    commons: Commons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    base = workspace(tmp_path / "base").module("base", at=".").repository().root
    module = workspace(tmp_path / "module").module("shared", at=".").repository().root
    git(module, "submodule", "--quiet", "add", str(make_bare_remote(base, tmp_path / "base.git")), "vendor/base")
    commit(module, "nested")
    drawing = workspace(tmp_path / "marketing").location(
        "marketing", at=".", uses={"shared": '{ path = "./shared", editable = true }'}
    )
    drawing.file(".gitignore", ".venv\n").repository()
    git(drawing.root, "submodule", "--quiet", "add", str(make_bare_remote(module, tmp_path / "shared.git")), "shared")
    uv(drawing.root, "lock")
    commit(drawing.root, "by submodule")
    git(tmp_path, "clone", "--quiet", str(drawing.root), "clone")

    said = commons("sync", "--dry-run", at="clone")
    assert said.exit_code == 0, said.err
    assert "$ git submodule update --init --recursive -- shared" in said.out
    assert not (tmp_path / "clone/shared/pyproject.toml").exists()

    said = commons("sync", at="clone")
    assert said.exit_code == 0, said.err
    assert "synced .venv" in said.out
    assert (tmp_path / "clone/shared/vendor/base/pyproject.toml").exists()
    assert installed(tmp_path / "clone") == {"marketing": "0.1.0", "shared": "0.1.0"}
    assert git(tmp_path / "clone", "status", "--porcelain").text == ""

    (tmp_path / "clone/shared/mine.txt").write_text("mine\n")
    mine = commit(tmp_path / "clone/shared", "mine, not pushed")
    said = commons("sync", at="clone")
    assert said.exit_code == 0, said.err
    assert "shared stays: its commit is on no branch and no tag" in said.out
    assert (mine / "mine.txt").exists()

    git(mine, "branch", "mine")
    assert commons("sync", at="clone").exit_code == 0
    assert not (mine / "mine.txt").exists(), "at the recorded commit again; the branch keeps the other"
    assert git(mine, "rev-parse", "HEAD").text == git(drawing.root / "shared", "rev-parse", "HEAD").text


def test_a_clone_that_may_not_fetch(commons: Commons, tmp_path: Path) -> None:
    module = workspace(tmp_path / "module").module("shared", at=".").repository().root
    drawing = workspace(tmp_path / "marketing").location(
        "marketing", at=".", uses={"shared": '{ path = "./shared", editable = true }'}
    )
    drawing.repository()
    git(drawing.root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(module), "shared")
    commit(drawing.root, "by submodule")
    git(tmp_path, "clone", "--quiet", str(drawing.root), "clone")

    said = commons("sync", at="clone")

    assert said.exit_code == 4
    assert "the submodules of . cannot be fetched" in said.err
    assert "GIT_CONFIG_KEY_0=protocol.file.allow" in said.err


@pytest.mark.parametrize("is_missing", [True, False], ids=["missing", "stale"])
def test_a_lock_that_cannot_be_synced_from(
    commons: Commons,
    drawing: Drawing,
    is_missing: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    if is_missing:
        (drawing.root / "sales/uv.lock").unlink()
    else:
        drawing.module("shared", version="0.2.0")

    said = commons("sync", "-l", "sales", at="root")

    assert said.exit_code == 4
    state = "is missing" if is_missing else "says something else than its project"
    assert (
        said.err == f"error: sales/uv.lock {state}, so nothing can be synced from it\n  hint: commons lock -l sales\n"
    )


def test_a_location_that_uv_does_not_manage_is_said(commons: Commons, drawing: Drawing) -> None:
    drawing.file(
        "orders/pyproject.toml",
        """
        [tool.poetry]
        name = "orders"
        version = "0.1.0"

        [tool.poetry.dependencies]
        python = ">=3.11"

        [tool.dagster]
        module_name = "orders.definitions"
        """,
    ).file("orders/orders/definitions.py", "")

    said = commons("sync", at="root")

    assert said.exit_code == 0, said.err
    assert "orders.definitions is managed by poetry, not synced" in said.out
    assert "synced ops/.venv" in said.out


@pytest.fixture
def other(drawing: Drawing, tmp_path: Path) -> Path:
    """Another working tree of `shared`, somewhere else; `sales` has an environment."""
    uv(drawing.root / "sales", "sync", "--locked")
    return shutil.copytree(drawing.root / "shared", tmp_path / "other")


def test_a_link_and_its_end(commons: Commons, drawing: Drawing, other: Path) -> None:
    tracked = files_below_tracked(drawing.root)

    said = commons("link", "shared", "../other", "-l", "sales", at="root")
    assert said.exit_code == 0, said.err
    assert "sales  imports shared 0.1.0 from ../other/src/shared" in said.out
    assert "linked in sales/.venv" in said.out
    assert files_below_tracked(drawing.root) == tracked
    status = commons("status", at="root")
    assert "1 linked" in status.out
    assert "commons unlink shared -l sales" in status.out

    said = commons("unlink", "shared", "-l", "sales", at="root")
    assert said.exit_code == 0, said.err
    assert "sales/.venv has the shared of its lock again" in said.out
    assert "linked" not in commons("status", at="root").out
    assert commons("unlink", "shared", at="root").out == "nothing to do: unlink shared\n"
    assert other.exists()


def files_below_tracked(root: Path) -> dict[str, bytes]:
    """The user's files without those of environments."""
    return {name: content for name, content in files_below(root).items() if ".venv" not in name}


def test_a_change_leaves_a_link_alone(commons: Commons, drawing: Drawing, other: Path) -> None:
    assert commons("link", "shared", str(other), "-l", "sales", at="root").exit_code == 0
    drawing.module("shared", version="0.2.0")

    said = commons("lock", "-l", "sales", at="root")

    assert said.exit_code == 0, said.err
    assert "sales/.venv was not synced: shared is linked there (commons unlink shared)" in said.out
    assert "1 linked" in commons("status", at="root").out


@pytest.mark.usefixtures("other")
def test_a_link_that_cannot_be_imported_is_taken_back(commons: Commons, drawing: Drawing, other: Path) -> None:
    (other / "src/shared/__init__.py").write_text("import nothing_of_the_kind\n")

    said = commons("link", "shared", str(other), "-l", "sales", at="root")

    assert said.exit_code == 1
    assert "rolled back: link shared to ../other" in said.out
    assert "ModuleNotFoundError: No module named 'nothing_of_the_kind'" in said.out
    assert "linked" not in commons("status", at="root").out
    assert drawing.root.exists()


def test_what_cannot_be_linked(commons: Commons, drawing: Drawing, other: Path) -> None:
    before = digests(drawing.root / "sales")
    for words, code, expected in (
        (("shared", str(drawing.root / "ops"), "-l", "sales"), 2, "is ops, not shared"),
        (("shared", str(drawing.root / "registry"), "-l", "sales"), 2, "does not exist"),
        (("shared", str(other), "-l", "ops"), 1, "no code location here uses shared"),
        (("shared", str(other.parent), "-l", "sales"), 2, "is no project: it has no pyproject.toml"),
    ):
        said = commons("link", *words, at="root")
        assert said.exit_code == code
        assert expected in said.err
    assert digests(drawing.root / "sales") == before
    shutil.rmtree(drawing.root / "sales/.venv")
    said = commons("link", "shared", str(other), "-l", "sales", at="root")
    assert said.exit_code == 1
    assert "sales has no environment at sales/.venv" in said.err
    assert "commons sync -l sales" in said.err
