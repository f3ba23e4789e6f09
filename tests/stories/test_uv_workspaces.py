"""Members of a uv workspace: one lock and one index table at its root, the requirement in the member."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.tools.uv import uv
from package_index import serving
from released import release
from stories.conftest import files_below
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builders import Drawing
    from stories.conftest import Said

    Commons = Callable[..., Said]

ROOT = """
    # the uv workspace
    [tool.uv.workspace]
    members = ["locations/*"]  # every one
"""
INDEX = '[[tool.uv.index]]\nname = "local"\nurl = "./registry"\n'


@pytest.fixture
def drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """`sales` and `ops` in one uv workspace, the modules `shared` and `base` (which shared needs) outside it."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    return (
        workspace(tmp_path)
        .module("base")
        .module("shared", uses={"base": '{ path = "../base", editable = true }'})
        .location("sales", at="locations/sales")
        .location("ops", at="locations/ops")
        .file("pyproject.toml", ROOT)
        .repository()
    )


@pytest.fixture
def released(drawing: Drawing) -> Drawing:
    """The same, with both modules released into the registry `local`."""
    release(drawing.root, "base", "0.1.0")
    release(drawing.root, "shared", "0.1.0", "base")
    return drawing


def test_a_link_is_judged_for_every_member_that_has_the_environment(
    commons: Commons, drawing: Drawing, tmp_path: Path
) -> None:
    assert commons("add", "shared", "-l", "sales", "-l", "ops").exit_code == 0
    uv(drawing.root, "sync", "--locked", "--all-packages")
    shutil.copytree(tmp_path / "shared", tmp_path / "other")

    said = commons("link", "shared", "other", "-l", "sales")

    assert said.exit_code == 0, said.err
    assert {line.split()[0] for line in said.out.splitlines() if "not compared" in line} == {"sales", "ops"}
    assert said.out.count("linked in .venv") == 1


@pytest.mark.usefixtures("drawing")
def test_by_path_into_one_member(commons: Commons, tmp_path: Path) -> None:
    said = commons("add", "shared", "-l", "sales")

    assert said.exit_code == 0, said.err
    assert 'path = "../../shared"' in (tmp_path / "locations/sales/pyproject.toml").read_text()
    assert [name for name in files_below(tmp_path) if name.endswith("uv.lock")] == ["uv.lock"]
    assert "imports shared 0.1.0 from shared/src/shared" in said.out


def test_by_index_the_table_and_the_pins_that_come_along_stand_at_the_root(
    commons: Commons, released: Drawing, tmp_path: Path
) -> None:
    before = files_below(released.root)

    said = commons("add", "shared==0.1.0", "--via", "index", "-l", "sales", "-l", "ops")

    assert said.exit_code == 0, said.err
    root = (tmp_path / "pyproject.toml").read_text()
    assert INDEX in root
    assert 'constraint-dependencies = ["base==0.1.0"]' in root
    for name in ("sales", "ops"):
        member = (tmp_path / f"locations/{name}/pyproject.toml").read_text()
        assert '"shared==0.1.0"' in member
        assert "tool.uv" not in member
    assert (tmp_path / "uv.lock").exists()

    assert commons("remove", "shared", "-l", "sales").exit_code == 0
    assert (tmp_path / "pyproject.toml").read_text() == root

    assert commons("remove", "shared", "-l", "ops").exit_code == 0
    after = files_below(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"uv.lock"}


@pytest.mark.usefixtures("released")
def test_there_and_back_restores_the_root_too(commons: Commons, tmp_path: Path) -> None:
    assert commons("add", "shared==0.1.0", "--via", "index", "-l", "sales", "-l", "ops").exit_code == 0
    root = tmp_path / "pyproject.toml"
    root.write_text(root.read_text().replace(INDEX, INDEX.replace("\n", "  # ours\n", 1)))
    commons("lock")
    before = files_below(tmp_path)

    assert commons("convert", "shared", "--via", "path").exit_code == 0
    assert "base==" not in root.read_text()
    said = commons("convert", "shared", "--via", "index")

    assert said.exit_code == 0, said.err
    assert files_below(tmp_path) == before


@pytest.mark.usefixtures("released")
def test_members_that_would_need_different_versions(commons: Commons, tmp_path: Path) -> None:
    assert commons("add", "shared==0.1.0", "--via", "index", "-l", "sales").exit_code == 0
    release(tmp_path, "shared", "0.2.0", "base")
    before = files_below(tmp_path)

    said = commons("add", "shared==0.2.0", "--via", "index", "-l", "ops")

    assert said.exit_code == 1
    assert "ops and sales are members of one uv workspace, which locks one shared for both" in said.err
    assert "sales uses `shared==0.1.0` by index" in said.err
    assert "locations/sales/pyproject.toml:" in said.err
    assert files_below(tmp_path) == before


@pytest.mark.usefixtures("released")
def test_members_that_would_need_different_sources(commons: Commons, tmp_path: Path) -> None:
    assert commons("add", "shared==0.1.0", "--via", "index", "-l", "sales", "-l", "ops").exit_code == 0
    before = files_below(tmp_path)

    said = commons("convert", "shared", "--via", "path", "-l", "sales")

    assert said.exit_code == 1
    assert "members of one uv workspace" in said.err
    assert files_below(tmp_path) == before


@pytest.mark.usefixtures("released")
def test_both_members_move_to_another_version_at_once(commons: Commons, tmp_path: Path) -> None:
    assert commons("add", "shared==0.1.0", "--via", "index", "-l", "sales", "-l", "ops").exit_code == 0
    release(tmp_path, "shared", "0.2.0", "base")

    said = commons("convert", "shared==0.2.0", "--via", "index")

    assert said.exit_code == 0, said.err
    for name in ("sales", "ops"):
        assert '"shared==0.2.0"' in (tmp_path / f"locations/{name}/pyproject.toml").read_text()


def test_a_module_that_is_a_member_is_read_and_not_written(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared", at="members/shared").location("sales", at="members/sales").location(
        "ops", at="members/ops", uses={"shared": "{ workspace = true }"}
    ).file("pyproject.toml", '[tool.uv.workspace]\nmembers = ["members/*"]\n').repository()
    before = files_below(tmp_path)

    said = commons("add", "shared", "-l", "sales")
    assert said.exit_code == 1
    assert "shared and sales are members of one uv workspace; such uses are read, not written" in said.err
    assert "uv add --package sales shared" in said.err

    for words in (("remove", "shared"), ("convert", "shared", "--via", "git", "--tag", "v1")):
        said = commons(*words, "-l", "ops")
        assert said.exit_code == 1
        assert "ops uses shared as a member of its uv workspace; such uses are read, not written" in said.err
    assert files_below(tmp_path) == before

    said = commons("lock")
    assert said.exit_code == 0, said.err
    assert "ops  imports shared 0.1.0 from members/shared/src/shared" in said.out


@pytest.mark.usefixtures("released")
def test_sync_gives_all_members_one_environment(commons: Commons, tmp_path: Path) -> None:
    assert commons("add", "shared==0.1.0", "--via", "index", "-l", "sales").exit_code == 0

    said = commons("sync")

    assert said.exit_code == 0, said.err
    assert said.out.count("synced .venv") == 1
    installed = {path.name.partition("-")[0] for path in tmp_path.glob(".venv/lib/*/site-packages/*.dist-info")}
    assert {"sales", "ops", "shared", "base"} <= installed

    said = commons("remove", "shared", "-l", "sales")

    assert said.exit_code == 0, said.err
    installed = {path.name.partition("-")[0] for path in tmp_path.glob(".venv/lib/*/site-packages/*.dist-info")}
    assert "shared" not in installed
    assert {"sales", "ops"} <= installed


def test_by_a_registry_on_the_web_sources_of_what_comes_along_stand_at_the_root_too(
    commons: Commons, drawing: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_OFFLINE")
    strangers = tmp_path.parent / f"{tmp_path.name}-strangers"
    wheel = write_wheel(strangers / "wheels", "base", "9.0")
    (strangers / "base").mkdir()
    (strangers / "base/index.html").write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>')
    monkeypatch.setenv("UV_DEFAULT_INDEX", strangers.as_uri())
    with serving(tmp_path.parent / f"{tmp_path.name}-packages") as index:
        write_wheel(index.directory, "base", "0.1.0")
        write_wheel(index.directory, "shared", "0.1.0", requires=("base",))
        drawing.file("commons.toml", f'[registries.corp]\nkind = "simple"\nurl = "{index.url}"\n')
        credentials = index.credentials("corp")
        before = files_below(drawing.root)

        said = commons("add", "shared", "--via", "index", "-l", "sales", environment=credentials)

        assert said.exit_code == 0, said.err
        root = (tmp_path / "pyproject.toml").read_text()
        assert 'constraint-dependencies = ["base==0.1.0"]' in root
        assert 'base = { index = "corp" }' in root
        assert "strangers" not in (tmp_path / "uv.lock").read_text()

        said = commons("remove", "shared", "-l", "sales", environment=credentials)

        assert said.exit_code == 0, said.err
        after = files_below(tmp_path)
        assert {name for name in after if after[name] != before.get(name)} == {"uv.lock"}
