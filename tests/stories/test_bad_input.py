"""Bad input: a message that says what, where and what next, the right exit code, and untouched files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from builders import add_submodule, commit, make_bare_remote, workspace
from dagster_commons.tools.git import git
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builders import Drawing
    from stories.conftest import Said

    Commons = Callable[..., Said]

BY_PATH = '{ path = "../shared", editable = true }'


def refused(commons: Commons, root: Path, *words: str, **options: object) -> Said:
    """What the command said when it refused; nothing below `root` changed."""
    before = files_below(root)
    said = commons(*words, **options)
    assert files_below(root) == before
    return said


@pytest.fixture
def drawing(tmp_path: Path) -> Drawing:
    """One repository with the module `shared` and the location `sales`, which does not use it yet."""
    return workspace(tmp_path).module("shared").location("sales").repository()


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that is no part of the workspace."""
    return tmp_path_factory.mktemp("outside")


def test_no_dagster_anywhere(commons: Commons, tmp_path: Path) -> None:
    said = refused(commons, tmp_path, "status")

    assert said.exit_code == 3
    assert "no code location and no shared module below …" in said.err
    assert "hint: run it in a repository with Dagster code locations" in said.err


@pytest.mark.usefixtures("drawing")
def test_an_unknown_module(commons: Commons, tmp_path: Path) -> None:
    said = refused(commons, tmp_path, "add", "shraed", "-l", "sales")

    assert said.exit_code == 2
    assert "there is no shared module `shraed` here" in said.err
    assert "did you mean `shared`?" in said.err


@pytest.mark.usefixtures("drawing")
def test_an_unknown_location(commons: Commons, tmp_path: Path) -> None:
    said = refused(commons, tmp_path, "add", "shared", "-l", "sails")

    assert said.exit_code == 2
    assert "there is no code location `sails`" in said.err
    assert "did you mean `sales`?" in said.err


@pytest.mark.usefixtures("drawing")
def test_an_unknown_verb(commons: Commons, tmp_path: Path) -> None:
    said = refused(commons, tmp_path, "stauts")

    assert said.exit_code == 2
    assert "did you mean `status`?" in said.err


@pytest.mark.usefixtures("drawing")
def test_a_version_that_is_none(commons: Commons, tmp_path: Path) -> None:
    said = refused(commons, tmp_path, "add", "shared==latest", "-l", "sales")

    assert said.exit_code == 2
    assert "`latest` is no version" in said.err


def test_malformed_toml(commons: Commons, drawing: Drawing, tmp_path: Path) -> None:
    drawing.file("sales/pyproject.toml", '[project]\nname = "sales"\ndependencies = [\n')

    said = refused(commons, tmp_path, "add", "shared", "-l", "sales")

    assert said.exit_code == 2
    assert "sales/pyproject.toml" in said.err
    assert "could not be read" in said.err


def test_malformed_configuration(commons: Commons, drawing: Drawing, tmp_path: Path) -> None:
    drawing.file("commons.toml", 'modules = ["shared"]\nregisteries = 1\n')

    said = refused(commons, tmp_path, "status")

    assert said.exit_code == 2
    assert "commons.toml:2" in said.err
    assert "did you mean `registries`?" in said.err


def test_malformed_workspace_yaml_never_stops_the_rest(commons: Commons, drawing: Drawing) -> None:
    drawing.file("workspace.yaml", "load_from:\n  - python_module: [unclosed\n")

    said = commons("check")

    assert said.exit_code == 1
    assert "FILE001" in said.out
    assert "workspace.yaml:" in said.out


def test_added_already_by_another_source(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales", uses={"shared": BY_PATH}).repository()

    said = refused(commons, tmp_path, "add", "shared", "--via", "git", "--tag", "v1", "-l", "sales")

    assert said.exit_code == 2
    assert "sales already uses shared by path" in said.err
    assert "commons convert shared --via git -l sales" in said.err


def test_python_versions_that_do_not_meet(commons: Commons, drawing: Drawing, tmp_path: Path) -> None:
    module = tmp_path / "shared/pyproject.toml"
    module.write_text(module.read_text().replace('requires-python = ">=3.10"', 'requires-python = ">=3.12"'))
    assert drawing.root == tmp_path

    said = refused(commons, tmp_path, "add", "shared", "-l", "sales")

    assert said.exit_code == 1
    assert "sales runs on Python >=3.10, shared on >=3.12: 3.10, 3.11 would have no shared" in said.err
    assert "sales/pyproject.toml" in said.err


def test_an_import_name_of_the_standard_library(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("json").location("sales").repository()

    said = refused(commons, tmp_path, "add", "json", "-l", "sales")

    assert said.exit_code == 1
    assert "imported as `json`, which is a module of Python's standard library" in said.err


def test_an_import_name_that_another_module_has(commons: Commons, tmp_path: Path) -> None:
    drawing = workspace(tmp_path).module("shared").module("shared-two")
    (tmp_path / "shared-two/src/shared_two").rename(tmp_path / "shared-two/src/shared")
    drawing.location("sales", uses={"shared": BY_PATH}).repository()

    said = refused(commons, tmp_path, "add", "shared-two", "-l", "sales")

    assert said.exit_code == 1
    assert "sales already uses shared, which is imported as `shared` too" in said.err


def test_a_cycle(commons: Commons, tmp_path: Path) -> None:
    back = {"sales": '{ path = "../sales", editable = true }'}
    workspace(tmp_path).module("shared", uses=back).location("sales").repository()

    said = refused(commons, tmp_path, "add", "shared", "-l", "sales")

    assert said.exit_code == 1
    assert "sales → shared → sales would be a cycle" in said.err


def test_a_poetry_project_is_read_and_not_written(commons: Commons, drawing: Drawing, tmp_path: Path) -> None:
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

    said = refused(commons, tmp_path, "add", "shared", "-l", "orders.definitions")

    assert said.exit_code == 1
    assert "orders.definitions is managed by poetry: we read such projects but do not write them" in said.err


@pytest.mark.usefixtures("drawing")
def test_an_unreachable_remote(commons: Commons, tmp_path: Path) -> None:
    url = "https://127.0.0.1:9/shared.git"

    said = refused(commons, tmp_path, "add", "other", "--via", "submodule", "--url", url, "-l", "sales")

    assert said.exit_code == 4
    assert url in said.err
    assert "hint:" in said.err


def test_a_registry_without_that_version(commons: Commons, drawing: Drawing, tmp_path: Path) -> None:
    assert commons("registry", "init", "local").exit_code == 0
    assert commons("release", "shared", "--version", "0.1.0").exit_code == 0

    said = refused(commons, tmp_path, "add", "shared==0.9.9", "--via", "index", "-l", "sales")

    assert said.exit_code == 2
    assert "registry local has no shared==0.9.9" in said.err
    assert "it has: 0.1.0" in said.err
    assert drawing.root == tmp_path


@pytest.mark.usefixtures("drawing")
def test_a_dirty_gitmodules(commons: Commons, tmp_path: Path, outside: Path) -> None:
    base = workspace(outside / "base").module("base", at=".").repository().root
    remote = make_bare_remote(base, outside / "base.git")
    (tmp_path / ".gitmodules").write_text("# mine\n")
    commit(tmp_path, "a file of submodules")
    (tmp_path / ".gitmodules").write_text("# mine, changed\n")

    said = refused(commons, tmp_path, "add", "base", "--via", "submodule", "--url", str(remote), "-l", "sales")

    assert said.exit_code == 2
    assert ".gitmodules" in said.err


@pytest.mark.usefixtures("local_remotes")
def test_a_submodule_with_work_that_exists_nowhere_else(commons: Commons, tmp_path: Path) -> None:
    module = workspace(tmp_path / "module").module("shared", at=".").repository().root
    remote = make_bare_remote(module, tmp_path / "shared.git")
    drawing = (
        workspace(tmp_path / "marketing")
        .location("marketing", at=".", uses={"shared": '{ path = "./shared", editable = true }'})
        .repository()
    )
    checkout = add_submodule(drawing.root, remote, "shared")
    commit(drawing.root, "the module")
    (checkout / "src/shared/__init__.py").write_text("changed = True\n")

    said = refused(commons, tmp_path, "remove", "shared", "-l", "marketing", at="marketing")

    assert said.exit_code == 1
    assert "holds work that exists nowhere else" in said.err

    commit(checkout, "unpushed")
    said = refused(commons, tmp_path, "remove", "shared", "-l", "marketing", at="marketing")

    assert said.exit_code == 1
    assert "holds work that exists nowhere else" in said.err


@pytest.mark.usefixtures("drawing")
def test_git_is_missing(commons: Commons, tmp_path: Path) -> None:
    said = refused(commons, tmp_path, "add", "shared", "-l", "sales", environment={"PATH": str(tmp_path / "empty")})

    assert said.exit_code == 4
    assert "cannot start `git`" in said.err
    assert "install git" in said.err


@pytest.mark.usefixtures("drawing")
def test_git_is_too_old(commons: Commons, tmp_path: Path, outside: Path) -> None:
    old = outside / "git"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "git version 1.8.3" && exit\nexit 97\n')
    old.chmod(0o755)

    said = refused(
        commons,
        tmp_path,
        "add",
        "shared",
        "-l",
        "sales",
        environment={"PATH": f"{outside}{os.pathsep}{os.environ['PATH']}"},
    )

    assert said.exit_code == 4
    assert "git 1.8.3 is too old" in said.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; the executor's own test drops its privileges")
@pytest.mark.usefixtures("drawing")
def test_a_read_only_file(commons: Commons, tmp_path: Path) -> None:
    (tmp_path / "sales").chmod(0o555)
    try:
        said = refused(commons, tmp_path, "add", "shared", "-l", "sales")
    finally:
        (tmp_path / "sales").chmod(0o755)

    assert said.exit_code == 4


def test_a_proof_that_fails_is_a_refusal(commons: Commons, drawing: Drawing, tmp_path: Path) -> None:
    drawing.file("shared/src/shared/__init__.py", 'raise RuntimeError("not today")\n')

    said = refused(commons, tmp_path, "add", "shared", "-l", "sales")

    assert said.exit_code == 1
    assert "importing shared fails: RuntimeError: not today" in said.out
    assert "refused, nothing written: add shared" in said.out


def test_uncommitted_changes_are_kept(commons: Commons, drawing: Drawing, tmp_path: Path) -> None:
    drawing.file("sales/src/sales/definitions.py", "defs = 'mine, not committed'\n").file("notes.txt", "mine\n")
    git(tmp_path, "add", "notes.txt")

    said = commons("add", "shared", "-l", "sales", at="sales")

    assert said.exit_code == 0, said.err
    assert (tmp_path / "sales/src/sales/definitions.py").read_text() == "defs = 'mine, not committed'\n"
    assert git(tmp_path, "diff", "--cached", "--name-only").text.split() == ["notes.txt"]
