"""Locations in all the shapes that repositories give them: several at once, several in one project, nested, renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import draw, workspace
from dagster_commons.tools.git import git
from released import release
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stories.conftest import Said

    Commons = Callable[..., Said]

BY_PATH = '{ path = "../shared", editable = true }'
TWO_IN_ONE = """
    load_from:
      - python_module:
          module_name: pipes.orders.definitions
          location_name: orders
          working_directory: pipes/src
      - python_module:
          module_name: pipes.stock.definitions
          location_name: stock
          working_directory: pipes/src
"""


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")


def test_two_of_three_by_name(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales").location("ops").location("stock").repository()

    said = commons("add", "shared", "-l", "sales", "-l", "ops")

    assert said.exit_code == 0, said.err
    assert "  ops    imports shared 0.1.0 from shared/src/shared\n" in said.out
    assert "  sales  imports shared 0.1.0 from shared/src/shared\n" in said.out
    assert {name for name in files_below(tmp_path) if name.endswith("uv.lock")} == {"ops/uv.lock", "sales/uv.lock"}
    assert "shared" not in (tmp_path / "stock/pyproject.toml").read_text()


def test_the_location_around_the_current_directory(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales").location("ops").repository()

    said = commons("add", "shared", at="sales/src/sales")

    assert said.exit_code == 0, said.err
    assert "written  sales/pyproject.toml" in said.out
    assert "ops" not in said.out


def test_all_of_them_at_the_root_and_out_again(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales").location("ops").repository()
    before = files_below(tmp_path)

    assert commons("add", "shared").exit_code == 0
    said = commons("remove", "shared")

    assert said.exit_code == 0, said.err
    after = files_below(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"ops/uv.lock", "sales/uv.lock"}
    assert b"shared" not in after["sales/uv.lock"]


def test_a_location_named_that_does_not_use_it(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales", uses={"shared": BY_PATH}).location("ops").repository()
    before = files_below(tmp_path)

    said = commons("remove", "shared", "-l", "sales", "-l", "ops")

    assert said.exit_code == 2
    assert "ops does not use shared" in said.err
    assert files_below(tmp_path) == before


def test_nobody_uses_it(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales").location("ops").repository()

    said = commons("remove", "shared")

    assert said.exit_code == 2
    assert "no code location here uses shared" in said.err


@pytest.fixture
def two_in_one(tmp_path: Path) -> Path:
    """The locations `orders` and `stock` in the distribution `pipes`."""
    workspace(tmp_path).module("shared")
    draw(
        tmp_path,
        {
            "workspace.yaml": TWO_IN_ONE,
            "pipes/pyproject.toml": """
                [project]
                name = "pipes"
                version = "0.1.0"
                requires-python = ">=3.10"
                dependencies = []

                [build-system]
                requires = ["uv_build>=0.9,<1"]
                build-backend = "uv_build"
            """,
            "pipes/src/pipes/__init__.py": "",
            "pipes/src/pipes/orders/definitions.py": "",
            "pipes/src/pipes/stock/definitions.py": "",
        },
    )
    git(tmp_path, "init", "--quiet")
    return tmp_path


def test_one_project_with_two_locations(commons: Commons, two_in_one: Path) -> None:
    said = commons("add", "shared")

    assert said.exit_code == 0, said.err
    assert "  orders  imports shared" in said.out
    assert "  stock   imports shared" in said.out
    assert "warning" not in said.out
    assert (two_in_one / "pipes/pyproject.toml").read_text().count("shared") == 3


@pytest.mark.usefixtures("two_in_one")
def test_a_location_changes_with_the_other_of_its_project(commons: Commons) -> None:
    said = commons("add", "shared", "-l", "stock")

    assert said.exit_code == 0, said.err
    assert "warning: orders shares the project of stock and changes with it" in said.out
    assert "orders  imports shared" in said.out

    said = commons("remove", "shared", "-l", "orders")

    assert said.exit_code == 0, said.err
    assert "warning: stock shares the project of orders and changes with it" in said.out
    assert "  stock   no longer has shared" in said.out


@pytest.mark.usefixtures("local_remotes")
def test_the_submodule_goes_with_the_last_location_of_a_project(
    commons: Commons, two_in_one: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = workspace(tmp_path_factory.mktemp("base")).module("base", at=".").repository().root
    assert commons("add", "base", "--via", "submodule", "--url", str(base)).exit_code == 0

    said = commons("remove", "base", "-l", "stock")

    assert said.exit_code == 0, said.err
    assert "submodule removed  base" in said.out
    assert not (two_in_one / "base").exists()
    assert not (two_in_one / ".git/modules/base").exists()


def test_nested_locations(commons: Commons, tmp_path: Path) -> None:
    drawing = workspace(tmp_path).module("shared").location("outer").location("inner", at="outer/inner")
    drawing.repository()

    said = commons("add", "shared", at="outer/inner/src")

    assert said.exit_code == 0, said.err
    assert 'path = "../../shared"' in (tmp_path / "outer/inner/pyproject.toml").read_text()
    assert "shared" not in (tmp_path / "outer/pyproject.toml").read_text()

    assert commons("add", "shared", "-l", "outer").exit_code == 0
    assert 'path = "../shared"' in (tmp_path / "outer/pyproject.toml").read_text()


def test_directory_project_and_location_have_different_names(commons: Commons, tmp_path: Path) -> None:
    drawing = workspace(tmp_path).module("shared", at="libs/common").location("acme-sales", at="code/first")
    drawing.file(
        "dagster_cloud.yaml",
        "locations:\n  - location_name: Sales EU\n    build: { directory: code/first }\n"
        "    code_source: { module_name: acme_sales.definitions }\n",
    ).repository()

    said = commons("add", "shared", "-l", "Sales EU")

    assert said.exit_code == 0, said.err
    assert "imports shared 0.1.0 from libs/common/src/shared" in said.out
    assert 'path = "../../libs/common"' in (tmp_path / "code/first/pyproject.toml").read_text()


def test_a_root_that_is_no_git_repository(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales")
    before = files_below(tmp_path)

    said = commons("add", "shared", "-l", "sales")

    assert said.exit_code == 0, said.err
    assert "commit" not in said.out
    assert commons("undo").exit_code == 0
    assert files_below(tmp_path) == before


def test_a_lock_that_git_ignores_is_kept_and_used(commons: Commons, tmp_path: Path) -> None:
    drawing = workspace(tmp_path).module("shared").location("sales", uses={"shared": BY_PATH})
    drawing.file(".gitignore", "uv.lock\n").repository()
    assert commons("lock").exit_code == 0
    lock = (tmp_path / "sales/uv.lock").read_bytes()

    assert commons("remove", "shared").exit_code == 0
    assert (tmp_path / "sales/uv.lock").read_bytes() != lock
    assert commons("add", "shared").exit_code == 0

    assert (tmp_path / "sales/uv.lock").read_bytes() == lock


def test_uncommitted_changes_of_the_edited_file_are_kept(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales").repository()
    file = tmp_path / "sales/pyproject.toml"
    file.write_text(file.read_text().replace('version = "0.1.0"', 'version = "0.2.0"  # not committed'))
    git(tmp_path, "add", "sales/pyproject.toml")
    file.write_text(file.read_text().replace("not committed", "nor staged"))
    staged = git(tmp_path, "diff", "--cached").text

    assert commons("add", "shared", "-l", "sales").exit_code == 0

    assert "# nor staged" in file.read_text()
    assert git(tmp_path, "diff", "--cached").text == staged


@pytest.mark.parametrize(
    ("requirement", "kept"),
    [
        ("shared[fast]>=0.1 ; python_version < '4'", "shared[fast]==0.1.0 ; python_version < '4'"),
        ("Shared>=0.1", "Shared==0.1.0"),
    ],
)
def test_extras_markers_and_spelling_survive(commons: Commons, tmp_path: Path, requirement: str, kept: str) -> None:
    extra = "[project.optional-dependencies]\nfast = []\n"
    drawing = workspace(tmp_path).module("shared", more=extra).location("sales", uses={requirement: ""})
    file = tmp_path / "sales/pyproject.toml"
    file.write_text(file.read_text() + f"\n[tool.uv.sources]\nshared = {BY_PATH}\n")
    drawing.repository()
    release(tmp_path, "shared", "0.1.0")
    before = file.read_bytes()

    said = commons("convert", "shared", "--via", "index", "-l", "sales")

    assert said.exit_code == 0, said.err
    assert f'"{kept}"' in file.read_text()
    assert f"lost: sales: `{requirement}` becomes `{kept}`" in said.out.replace("\n    ", " ")
    assert commons("convert", "shared", "--via", "path", "-l", "sales").exit_code == 0
    assert file.read_bytes() == before


def test_a_use_in_an_extra_and_a_group(commons: Commons, tmp_path: Path) -> None:
    more = """
        [project.optional-dependencies]
        dev = ["shared>=0.1"]

        [dependency-groups]
        test = ["shared"]

        [tool.uv.sources]
        shared = { path = "../shared", editable = true }
    """
    workspace(tmp_path).module("shared").location("sales", more=more).repository()
    release(tmp_path, "shared", "0.1.0")

    said = commons("convert", "shared", "--via", "index", "-l", "sales")

    assert said.exit_code == 0, said.err
    text = (tmp_path / "sales/pyproject.toml").read_text()
    assert 'dev = ["shared==0.1.0"]' in text
    assert 'test = ["shared==0.1.0"]' in text

    assert commons("remove", "shared", "-l", "sales").exit_code == 0
    text = (tmp_path / "sales/pyproject.toml").read_text()
    assert "dev = []" in text
    assert "shared" not in text


SOURCES = {
    "dotted": 'shared.path = "../shared"\nshared.editable = true\n',
    "a table of its own": '[tool.uv.sources.shared]\npath = "../shared"\neditable = true\n',
}


@pytest.mark.parametrize("form", SOURCES)
def test_sources_spread_over_lines(commons: Commons, tmp_path: Path, form: str) -> None:
    header = "[tool.uv.sources]\n" if form == "dotted" else ""
    workspace(tmp_path).module("shared").location(
        "sales", uses={"shared": ""}, more=header + SOURCES[form]
    ).repository()
    before = files_below(tmp_path)
    release(tmp_path, "shared", "0.1.0")

    assert commons("convert", "shared", "--via", "index", "-l", "sales").exit_code == 0
    assert "path" not in (tmp_path / "sales/pyproject.toml").read_text()
    assert commons("convert", "shared", "--via", "path", "-l", "sales").exit_code == 0

    assert files_below(tmp_path)["sales/pyproject.toml"] == before["sales/pyproject.toml"]


def test_a_list_of_sources_is_refused(commons: Commons, tmp_path: Path) -> None:
    several = (
        '[{ path = "../shared", marker = "sys_platform == \'linux\'" }, '
        '{ path = "../shared", editable = true, marker = "sys_platform != \'linux\'" }]'
    )
    workspace(tmp_path).module("shared").location("sales", uses={"shared": several}).repository()
    before = files_below(tmp_path)

    said = commons("remove", "shared", "-l", "sales")

    assert said.exit_code == 1
    assert "sales has a list of sources for shared; which of them to change cannot be told" in said.err
    assert "sales/pyproject.toml:" in said.err
    assert files_below(tmp_path) == before


def test_a_path_that_is_not_editable(commons: Commons, tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales", uses={"shared": '{ path = "../shared" }'}).repository()

    said = commons("lock", "-l", "sales")

    assert said.exit_code == 0, said.out
    assert "imports shared 0.1.0 from its environment" in said.out
