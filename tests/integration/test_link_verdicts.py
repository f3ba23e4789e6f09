"""`commons link` on real uv and Dagster: the definitions are compared before an environment is changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from builders import commit, draw, make_repository, project_text, workspace
from compared_fleet import DEFINITIONS, FACTORY, Fleet, make_fleet
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv
from environments import DAGSTER_VERSION
from laid_out import SETUPTOOLS, UV_BUILD

pytestmark = pytest.mark.network

NEEDS_MORE = "from needed.nowhere import something\n"
GIT_SOURCE = '{{ git = "file://{remote}", tag = "v0.1.0" }}'


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, locked, and beside it the cache in which environments and snapshots are kept between tests."""
    base = tmp_path_factory.mktemp("linked")
    make_fleet(base)
    return base


@pytest.fixture
def fleet(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A copy in which `sales` has an environment; `other` beside the root is another working tree of the module."""
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(prepared / "cache"))
    monkeypatch.delenv("COMMONS_FAIL_ON")
    root = Path(shutil.copytree(prepared / "root", tmp_path / "root"))
    shutil.copytree(root / "shared", tmp_path / "other")
    uv(root / "sales", "sync", "--locked", "--quiet")
    return Fleet(root)


def link(fleet: Fleet, *words: str, code: int, at: str = "../other") -> dict[str, Any]:
    """The report as JSON, with what it says of `sales`."""
    ended = fleet.run("link", "shared", at, "-l", "sales", "--format", "json", *words)
    assert ended.returncode == code, ended.stdout + ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout)
    (report["sales"],) = report["verdicts"]
    return report


def replace_in_other(fleet: Fleet, old: str, new: str) -> None:
    Fleet(fleet.root.parent / "other").replace("src/shared/factory.py", old, new)


def of_setuptools(version: str) -> str:
    """The module's pyproject.toml for another build backend."""
    text = project_text("shared", version="0.1.0", uses={"dagster": ""}).replace('version = "0.1.0"', version)
    return text.replace(UV_BUILD, SETUPTOOLS)


def installed(fleet: Fleet) -> str:
    """What the environment of `sales` has of the module: where from, and which files with which times."""
    environment = fleet.root / "sales/.venv"
    found = {
        str(each.relative_to(environment)): (each.stat().st_mtime_ns, each.read_bytes())
        for each in sorted(environment.glob("lib/python*/site-packages/*shared*"))
        + sorted(environment.glob("lib/python*/site-packages/*shared*/*"))
        if each.is_file()
    }
    assert found
    return repr(found)


def test_the_same_code_is_the_same_definitions(fleet: Fleet) -> None:
    before = installed(fleet)

    planned = link(fleet, "--dry-run", code=0)
    assert (planned["outcome"], planned["sales"]["verdict"], planned["sales"]["code"]) == ("planned", "unchanged", [])
    assert planned["commands"] == ["uv pip install --python sales/.venv --no-deps --editable ../other"]
    assert installed(fleet) == before

    ended = fleet.run("link", "shared", "../other", "-l", "sales")
    assert ended.returncode == 0, ended.stderr
    assert "same definitions" in ended.stdout
    assert "imports shared 0.1.0 from ../other/src/shared" in ended.stdout
    assert installed(fleet) != before
    assert git(fleet.root, "status", "--porcelain").text == ""


def test_a_checkout_that_drops_an_asset_is_refused_unless_it_may(fleet: Fleet) -> None:
    replace_in_other(fleet, "name=name,", 'name=name.replace("_2", "_two"),')
    before = installed(fleet)

    for words in (("--dry-run",), ()):
        refused = link(fleet, *words, code=1)
        assert (refused["outcome"], refused["sales"]["severity"]) == ("refused", "breaking")
        assert "the definitions of sales" in refused["reason"]
        assert {(each["kind"], each["name"]) for each in refused["sales"]["changes"]} == {("renamed", "sales/asset_2")}
        assert installed(fleet) == before
    said = fleet.run("link", "shared", "../other", "-l", "sales", "--format", "markdown")
    assert (said.returncode, "| `sales` | **breaking** | 1 change |" in said.stdout) == (1, True), said.stdout

    applied = link(fleet, "--fail-on", "broken", code=0)
    assert (applied["outcome"], applied["sales"]["severity"]) == ("applied", "breaking")
    assert installed(fleet) != before


def test_a_changed_body_is_named_under_the_same_definitions(fleet: Fleet) -> None:
    replace_in_other(fleet, "return 1", "return 2")
    planned = link(fleet, "--dry-run", code=0)
    assert planned["sales"]["verdict"] == "unchanged"
    assert {each["file"] for each in planned["sales"]["code"]} == {"../other/src/shared/factory.py"}
    assert link(fleet, "--dry-run", code=0)["sales"]["cached"] is True
    replace_in_other(fleet, "return 2", "return 1")
    assert link(fleet, "--dry-run", code=0)["sales"]["code"] == []


def test_what_needs_a_distribution_that_is_not_installed_is_broken(fleet: Fleet) -> None:
    replace_in_other(fleet, "import dagster as dg\n", f"import dagster as dg\n{NEEDS_MORE}")
    before = installed(fleet)

    refused = link(fleet, code=1)

    assert (refused["outcome"], refused["sales"]["verdict"]) == ("refused", "broken")
    assert refused["sales"]["error"]["type"] == "ModuleNotFoundError"
    assert refused["sales"]["error"]["file"].endswith("../other/src/shared/factory.py")
    assert installed(fleet) == before


def test_an_acceptance_lets_it_through(fleet: Fleet) -> None:
    replace_in_other(fleet, "name=name,", 'name=name.replace("_2", "_two"),')
    fleet.write(
        "commons.toml", '[[accept]]\nlocation = "sales"\nobject = "asset sales/asset_2"\nbecause = "on trial"\n'
    )
    assert link(fleet, "--dry-run", code=0)["outcome"] == "planned"


@pytest.mark.parametrize("words", [(), ("--isolated",)], ids=["overlay", "isolated"])
def test_the_module_of_a_git_tag_is_replaced_whole(fleet: Fleet, words: tuple[str, ...]) -> None:
    """What the release has and the linked project has not is gone, as after the install."""
    base = fleet.root.parent
    remote = Path(shutil.copytree(fleet.root / "shared", base / "remote"))
    draw(remote, {"src/shared/more.py": "MORE = 2\n"})
    make_repository(remote)
    git(remote, "tag", "v0.1.0")
    drawing = workspace(base / "released").location(
        "sales", uses={f"dagster=={DAGSTER_VERSION}": "", "shared": GIT_SOURCE.format(remote=remote)}
    )
    drawing.file("sales/src/sales/definitions.py", DEFINITIONS.format(name="sales"))
    drawing.file(".gitignore", ".venv\n")
    uv(base / "released/sales", "lock", "--quiet")
    uv(base / "released/sales", "sync", "--locked", "--quiet")
    make_repository(base / "released")
    released = Fleet(base / "released")

    same = link(released, "--dry-run", *words, code=0)
    assert same["sales"]["verdict"] == "unchanged"
    assert same["sales"]["how"] == ("isolated" if words else "fork")

    released.replace(
        "sales/src/sales/definitions.py", "import dagster as dg\n", "import dagster as dg\nimport shared.more\n"
    )
    commit(released.root, "needs more")
    gone = link(released, "--dry-run", *words, code=1)
    assert (gone["sales"]["verdict"], gone["sales"]["error"]["type"]) == ("broken", "ModuleNotFoundError")


def test_a_link_to_the_place_of_the_lock_has_the_data_that_a_copy_need_not_have(fleet: Fleet) -> None:
    reads = 'from pathlib import Path\n\nPREFIX = Path(__file__).with_name("prefix.txt").read_text()\n'
    fleet.write(
        "shared/pyproject.toml",
        of_setuptools('version = "0.1.0"') + "[tool.setuptools]\ninclude-package-data = false\n",
    )
    fleet.write("shared/src/shared/factory.py", reads + FACTORY)
    fleet.write("shared/src/shared/prefix.txt", "p")
    fleet.replace("sales/pyproject.toml", ", editable = true", "")
    uv(fleet.root / "sales", "lock", "--quiet")

    report = link(fleet, "--dry-run", at="shared", code=0)["sales"]

    assert report["verdict"] == "changed"
    assert "FileNotFoundError" in repr(report["changes"]), "it did not load before"


def test_a_project_whose_version_only_its_build_knows_is_compared_in_a_real_environment(fleet: Fleet) -> None:
    other = fleet.root.parent / "other"
    text = of_setuptools('dynamic = ["version"]')
    text += '[tool.setuptools.dynamic]\nversion = { attr = "shared.told.VERSION" }\n'
    draw(other, {"pyproject.toml": text, "src/shared/told.py": 'VERSION = ".".join(("0", "4"))\n'})
    planned = link(fleet, "--dry-run", code=0)
    assert (planned["sales"]["verdict"], planned["sales"]["how"]) == ("unchanged", "isolated")
    assert not list(other.glob("src/*.egg-info"))
