"""Modules that come along with others: pinned while somebody needs them, gone with the last one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from builders import commit, workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builders import Drawing
    from stories.conftest import Said

    Commons = Callable[..., Said]

BASE = '{ path = "../base", editable = true }'


@pytest.fixture
def drawing(commons: Commons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """`shared` and `other` need `base`; all are released; `sales` uses none of them yet."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    drawn = workspace(tmp_path).module("base").module("shared", uses={"base>=0.1": BASE})
    drawn.module("other", uses={"base>=0.1": BASE}).location("sales").repository()
    assert commons("registry", "init", "local").exit_code == 0
    for name in ("base", "shared", "other"):
        assert commons("release", name, "--version", "0.1.0").exit_code == 0
    commit(tmp_path, "released")
    return drawn


@pytest.fixture
def pyproject(drawing: Drawing) -> Path:
    return drawing.root / "sales/pyproject.toml"


def forget_images(root: Path) -> None:
    """Without them the lines are taken out one by one, not restored."""
    shutil.rmtree(root / ".git/dagster-commons")


def test_pinned_with_the_first_user_and_gone_with_the_last(commons: Commons, tmp_path: Path, pyproject: Path) -> None:
    before = pyproject.read_bytes()

    assert commons("add", "shared", "--via", "index", "-l", "sales").exit_code == 0
    assert 'constraint-dependencies = ["base==0.1.0"]' in pyproject.read_text()
    assert commons("add", "other", "--via", "index", "-l", "sales").exit_code == 0
    forget_images(tmp_path)
    assert commons("remove", "shared", "-l", "sales").exit_code == 0
    assert 'constraint-dependencies = ["base==0.1.0"]' in pyproject.read_text()
    assert "[[tool.uv.index]]" in pyproject.read_text()
    forget_images(tmp_path)
    said = commons("remove", "other", "-l", "sales")

    assert said.exit_code == 0, said.err
    assert "no longer has other" in said.out
    assert pyproject.read_bytes() == before


@pytest.mark.parametrize("are_images_kept", [True, False], ids=["restored", "written anew"])
def test_by_path_nothing_is_pinned(commons: Commons, tmp_path: Path, pyproject: Path, are_images_kept: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    assert commons("add", "shared", "--via", "path", "-l", "sales").exit_code == 0
    by_path = pyproject.read_bytes()
    assert commons("convert", "shared", "--via", "index", "-l", "sales").exit_code == 0
    assert "base==0.1.0" in pyproject.read_text()
    if not are_images_kept:
        forget_images(tmp_path)

    assert commons("convert", "shared", "--via", "path", "-l", "sales").exit_code == 0

    assert pyproject.read_bytes() == by_path


def test_the_pin_moves_where_the_new_version_needs_it(commons: Commons, tmp_path: Path, pyproject: Path) -> None:
    assert commons("add", "shared", "--via", "index", "-l", "sales").exit_code == 0
    assert commons("release", "base", "--version", "0.1.5").exit_code == 0
    assert commons("release", "shared", "--version", "0.1.1").exit_code == 0
    assert commons("convert", "shared==0.1.1", "--via", "index", "-l", "sales").exit_code == 0
    assert "base==0.1.0" in pyproject.read_text(), "nothing asks for a newer one, so it stays"

    assert commons("release", "base", "--version", "0.2.0").exit_code == 0
    file = tmp_path / "shared/pyproject.toml"
    file.write_text(file.read_text().replace("base>=0.1", "base>=0.2"))
    assert commons("release", "shared", "--version", "0.2.0").exit_code == 0
    said = commons("convert", "shared==0.2.0", "--via", "index", "-l", "sales")

    assert said.exit_code == 0, said.err
    assert "base==0.2.0" in pyproject.read_text()
    assert pyproject.read_text().count("base") == 1


def test_what_the_registry_lacks(commons: Commons, tmp_path: Path, pyproject: Path) -> None:
    file = tmp_path / "shared/pyproject.toml"
    file.write_text(file.read_text().replace("base>=0.1", "base>=0.9"))
    base = tmp_path / "base/pyproject.toml"
    base.write_text(base.read_text().replace('version = "0.1.0"', 'version = "0.9.0"'))
    write = tmp_path / "shared/src/shared/__init__.py"
    write.write_text('"""Released without its own dependency."""\n')
    before = pyproject.read_bytes()
    assert commons("release", "base", "--version", "0.9.0").exit_code == 0
    assert commons("release", "shared", "--version", "0.9.0").exit_code == 0
    for each in (tmp_path / "registry/base").glob("*0.9.0*"):
        each.unlink()
    assert commons("registry", "list").out is not None

    said = commons("add", "shared==0.9.0", "--via", "index", "-l", "sales")

    assert said.exit_code in {1, 4}
    assert "base" in said.err
    assert pyproject.read_bytes() == before


@pytest.mark.usefixtures("drawing")
def test_a_module_required_twice_stays_with_the_other_requirement(commons: Commons, pyproject: Path) -> None:
    assert commons("add", "shared", "--via", "index", "-l", "sales").exit_code == 0
    before = pyproject.read_bytes()
    assert commons("add", "base", "--via", "index", "-l", "sales").exit_code == 0

    said = commons("remove", "base", "-l", "sales")

    assert said.exit_code == 0, said.out
    assert "warning: base stays in the environment of sales: another requirement needs it" in said.out
    assert pyproject.read_bytes() == before


@pytest.mark.usefixtures("drawing")
def test_the_same_by_path(commons: Commons, pyproject: Path) -> None:
    assert commons("add", "shared", "--via", "path", "-l", "sales").exit_code == 0
    before = pyproject.read_bytes()
    assert commons("add", "base", "--via", "path", "-l", "sales").exit_code == 0

    said = commons("remove", "base", "-l", "sales")

    assert said.exit_code == 0, said.out
    assert "base stays in the environment of sales" in said.out
    assert pyproject.read_bytes() == before


@pytest.mark.usefixtures("drawing")
def test_a_module_that_only_comes_along_cannot_be_removed(commons: Commons) -> None:
    assert commons("add", "shared", "--via", "path", "-l", "sales").exit_code == 0

    for words in (("remove", "base"), ("remove", "base", "-l", "sales")):
        said = commons(*words)
        assert said.exit_code == 2
        assert "sales uses base only through shared" in said.err
