"""Modules that come along with others: pinned while somebody needs them, gone with the last one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from builders import commit, workspace
from dagster_commons.tools.indexes import embedded
from released import release
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builders import Drawing
    from stories.conftest import Said

    Commons = Callable[..., Said]

BASE = '{ path = "../base", editable = true }'


@pytest.fixture
def drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """`shared` and `other` need `base`; all are released; `sales` uses none of them yet."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    drawn = workspace(tmp_path).module("base").module("shared", uses={"base>=0.1": BASE})
    drawn.module("other", uses={"base>=0.1": BASE}).location("sales").repository()
    release(tmp_path, "base", "0.1.0")
    release(tmp_path, "shared", "0.1.0", "base>=0.1")
    release(tmp_path, "other", "0.1.0", "base>=0.1")
    commit(tmp_path, "released")
    return drawn


@pytest.fixture
def pyproject(drawing: Drawing) -> Path:
    return drawing.root / "sales/pyproject.toml"


def forget_images(root: Path) -> None:
    """Without them the lines are taken out one by one, not restored."""
    shutil.rmtree(root / ".git/dagster-commons")


def test_pinned_with_the_first_user_and_gone_with_the_last(commons: Commons, tmp_path: Path, pyproject: Path) -> None:
    before = pyproject.read_text()

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
    assert pyproject.read_text().rstrip() == before.rstrip(), "only the image would know of the last blank line"


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
    release(tmp_path, "base", "0.1.5")
    release(tmp_path, "shared", "0.1.1", "base>=0.1")
    assert commons("convert", "shared==0.1.1", "--via", "index", "-l", "sales").exit_code == 0
    assert "base==0.1.0" in pyproject.read_text(), "nothing asks for a newer one, so it stays"

    release(tmp_path, "base", "0.2.0")
    release(tmp_path, "shared", "0.2.0", "base>=0.2")
    said = commons("convert", "shared==0.2.0", "--via", "index", "-l", "sales")

    assert said.exit_code == 0, said.err
    assert "base==0.2.0" in pyproject.read_text()
    assert pyproject.read_text().count("base") == 1


def test_what_the_registry_lacks(commons: Commons, tmp_path: Path, pyproject: Path) -> None:
    release(tmp_path, "shared", "0.9.0", "base>=0.9")
    before = pyproject.read_bytes()

    said = commons("add", "shared==0.9.0", "--via", "index", "-l", "sales")

    assert said.exit_code == 1
    assert "shared 0.9.0 needs base>=0.9, which registry local lacks" in said.err
    assert "commons release base --version VERSION" in said.err
    assert pyproject.read_bytes() == before


def test_a_stranger_of_the_same_name_is_refused(commons: Commons, tmp_path: Path, pyproject: Path) -> None:
    public = tmp_path / "public"
    embedded.initialise(public, names=())
    embedded.publish(public, (write_wheel(tmp_path / "strangers", "tools", "9.0"),))
    workspace(tmp_path).module("tools").module("toolbox", uses={"tools": ""})
    before = pyproject.read_bytes()

    said = commons("add", "toolbox", "-l", "sales", environment={"UV_DEFAULT_INDEX": public.as_uri()})

    assert said.exit_code == 1
    assert "uv would take tools from" in said.err
    assert "which is no registry of this workspace: another package of that name" in said.err
    assert "commons add tools==VERSION --via index --registry local" in said.err
    assert pyproject.read_bytes() == before


def test_without_a_registry_the_stranger_is_named(commons: Commons, tmp_path: Path) -> None:
    public = tmp_path / "public"
    embedded.initialise(public, names=())
    embedded.publish(public, (write_wheel(tmp_path / "strangers", "tools", "9.0"),))
    workspace(tmp_path).module("tools").module("toolbox", uses={"tools": ""}).location("sales").repository()

    said = commons("add", "toolbox", "-l", "sales", environment={"UV_DEFAULT_INDEX": public.as_uri()})

    assert said.exit_code == 0, said.err
    assert "warning: sales/uv.lock takes tools from" in said.out


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
