"""A release tried on every kind of consumer before it is one, with real Dagster."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from builders import Drawing, draw, make_repository, workspace
from builders import commit as commit_all
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.uv import uv
from drawn_releases import EMBEDDED, commons, state_of
from environments import DAGSTER_VERSION, once_per_run
from git_fixtures import add_submodule, commit, git

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

FACTORY = """\
import dagster as dg


def asset_factory(name, prefix):
    @dg.asset(key=[prefix, name])
    def build():
        return 1

    return build
"""
DEFINITIONS = """\
import dagster as dg
from shared.factory import asset_factory

defs = dg.Definitions(assets=[asset_factory("asset_1", "NAME")])
"""
INDEX = '[[tool.uv.index]]\nname = "corp"\nurl = "{}"\n'
PIN = {f"dagster=={DAGSTER_VERSION}": ""}
COMPARED = ("by_git", "by_index", "by_submodule", "first", "second", "stale", "through")
UV_WORKSPACE = """\
[project]
name = "all"
version = "0"
requires-python = ">=3.10"

[tool.uv]
package = false

[tool.uv.workspace]
members = ["first", "second"]

"""


def location(drawing: Drawing, name: str, uses: dict[str, str], more: str = "", *, is_locked: bool = True) -> None:
    drawing.location(name, uses=PIN | uses, more=more)
    drawing.file(f"{name}/src/{name}/definitions.py", DEFINITIONS.replace("NAME", name))
    if is_locked:
        uv(drawing.root / name, "lock", "--quiet")


def draw_platform(root: Path) -> None:
    """`shared` 0.1.0 and its registry, and five locations: by index, by path, through a module, stale and not loadable."""
    drawing = workspace(root).file("commons.toml", EMBEDDED + '[fleet]\nrepositories = ["../team", "../workspace"]\n')
    drawing.module("shared", uses={"dagster": ""}).file("shared/src/shared/factory.py", FACTORY)
    drawing.file("registry/shared/index.html", "").file(".gitignore", ".venv\n.lock\n").repository()
    git(root.parent, "init", "--quiet", "--bare", "platform.git")
    git(root, "remote", "add", "origin", str(root.parent / "platform.git"))
    commons(root, "release", "shared==0.1.0")
    commit_all(root, "registry")
    git(root, "push", "--quiet", "origin", "main", "shared-v0.1.0")
    by_index, index = {"shared==0.1.0": ""}, INDEX.format("../registry")
    for name in ("by_index", "unloadable", "stale"):
        location(drawing, name, by_index, index)
    drawing.file("unloadable/src/unloadable/definitions.py", "raise RuntimeError('the warehouse does not answer')\n")
    stale = root / "stale/pyproject.toml"
    stale.write_text(stale.read_text().replace('"shared==0.1.0",', '"shared==0.1.0",\n    "packaging",'))
    location(drawing, "follows", {"shared": '{ path = "../shared", editable = true }'})
    drawing.module("base", uses=by_index, more=index)
    drawing.file("base/src/base/__init__.py", "from shared.factory import asset_factory\n")
    location(drawing, "through", {"base": '{ path = "../base", editable = true }'}, index)
    drawing.file(
        "through/src/through/definitions.py", DEFINITIONS.replace("shared.factory", "base").replace("NAME", "through")
    )
    commit_all(root, "code locations")


def draw_team(root: Path, platform: Path) -> None:
    """Another repository of the fleet: by submodule and by git tag."""
    make_repository(root)
    add_submodule(root, platform, "libs/platform")
    drawing = workspace(root).file(".gitignore", ".venv\n")
    location(drawing, "by_submodule", {"shared": '{ path = "../libs/platform/shared", editable = true }'})
    source = f'{{ git = "{platform.as_uri()}", tag = "shared-v0.1.0", subdirectory = "shared" }}'
    location(drawing, "by_git", {"shared": source})
    commit_all(root, "code locations")


def draw_uv_workspace(root: Path) -> None:
    """A third one: two members of a uv workspace, with one lock."""
    drawing = workspace(root).file("pyproject.toml", UV_WORKSPACE + INDEX.format("../platform/registry"))
    for name in ("first", "second"):
        location(drawing, name, {"shared==0.1.0": ""}, is_locked=False)
    uv(root, "lock", "--quiet")
    drawing.file(".gitignore", ".venv\n").repository()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(base: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (("COUNT", "1"), ("KEY_0", "protocol.file.allow"), ("VALUE_0", "always")):
                patch.setenv(f"GIT_CONFIG_{name}", value)
            draw_platform(base / "platform")
            draw_team(base / "team", base / "platform.git")
            draw_uv_workspace(base / "workspace")

    return once_per_run(tmp_path_factory, "consumers", make)


@pytest.fixture
def platform(drawn: Path, tmp_path: Path) -> Path:
    """The fleet anew, as each test changes it."""
    for name in ("platform", "team", "workspace"):
        shutil.copytree(drawn / name, tmp_path / name, symlinks=True)
    return tmp_path / "platform"


def change(platform: Path, old: str, new: str) -> None:
    assert old in FACTORY
    commit(platform, {"shared/src/shared/factory.py": FACTORY.replace(old, new)})


def verdicts(document: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {each["name"]: (each["verdict"], each.get("severity")) for each in document["verdicts"]}


def every(verdict: str, severity: str | None = None) -> dict[str, tuple[str, str | None]]:
    return dict.fromkeys(COMPARED, (verdict, severity)) | {"unloadable": ("unverifiable", None)}


def test_every_known_consumer_has_a_say_and_nothing_is_left(platform: Path) -> None:
    change(platform, "key=[prefix, name]", 'key=["new", prefix, name]')
    before = state_of(platform)

    said = commons(platform, "release", "shared", code=1)

    assert said.startswith("refused, nothing written: release shared==0.1.1 to corp\n")
    assert f"\n  would break 7 of 9 code locations that use it: {', '.join(COMPARED)}\n" in said
    assert "\n  to accept a change: [[accept]] in commons.toml\n  to release it anyway: --fail-on broken\n" in said
    assert "asset  through/asset_1  renamed to new/through/asset_1?\n" in said
    assert "\nunloadable    not compared: it does not load, and did not before\n" in said
    assert "\nfollows" not in said
    assert "\nnot published: shared==0.1.1 to corp" in said
    assert "\nsince 0.1.0: major, no API change\n" in said
    assert state_of(platform) == before
    assert [each.version for each in embedded.releases(platform / "registry", "shared")] == ["0.1.0"]


@pytest.mark.matrix
def test_one_wheel_is_never_taken_for_another_of_its_name(platform: Path) -> None:
    words = ("release", "shared", "--dry-run", "--format", "json")
    change(platform, "return 1", "return 2")
    harmless = json.loads(commons(platform, *words))
    assert verdicts(harmless) == every("unchanged")
    assert {
        each["name"]: len(each["code"]) for each in harmless["verdicts"] if each["name"] in COMPARED
    } == dict.fromkeys(COMPARED, 1)

    change(platform, "key=[prefix, name]", 'key=["new", prefix, name]')
    broken = json.loads(commons(platform, *words, code=1).partition("\n}\n")[0] + "}")
    assert verdicts(broken) == every("changed", "breaking")


@pytest.mark.matrix
def test_what_could_not_be_compared_is_no_consent(platform: Path) -> None:
    change(platform, "return 1", "return 2")
    environment = {key: value for key, value in os.environ.items() if key != "COMMONS_FAIL_ON"}

    said = commons(platform, "release", "shared", code=1, environment=environment)

    assert "\n  could not compare 1 of 9 code locations that use it: unloadable\n" in said
    assert "to release it anyway: --fail-on breaking,broken\n" in said
    assert "published shared" not in said.replace("not published", "")


@pytest.mark.matrix
def test_what_is_accepted_is_released(platform: Path) -> None:
    change(platform, "key=[prefix, name]", 'key=["new", prefix, name]')
    accepted = "".join(
        f'[[accept]]\nlocation = "{name}"\nobject = "asset {name}/asset_1"\nbecause = "nobody has data yet"\n'
        for name in COMPARED
    )
    commit(platform, {"commons.toml": (platform / "commons.toml").read_text() + accepted})

    said = commons(platform, "release", "shared")

    assert "published shared==0.1." in said
    assert "would break" not in said
    assert len(embedded.releases(platform / "registry", "shared")) == 2


@pytest.mark.matrix
def test_changed_definitions_may_be_released_and_ask_for_more(platform: Path) -> None:
    change(platform, "key=[prefix, name]", 'key=["new", prefix, name]')

    assert "shared 0.1.1 is not enough: what changed since 0.1.0 asks for 0.2.0" in commons(
        platform, "release", "shared==0.1.1", "--fail-on", "broken", code=7
    )
    document = json.loads(commons(platform, "release", "shared", "--fail-on", "broken", "--format", "json"))

    assert [each["version"] for each in document["published"]] == ["0.2.0"]
    assert verdicts(document) == every("changed", "breaking")


@pytest.mark.matrix
def test_what_does_not_load_any_more_is_refused_in_any_case(platform: Path) -> None:
    change(platform, "def asset_factory(name, prefix)", "def factory(name, prefix)")

    said = commons(platform, "release", "shared", "--fail-on", "broken", code=1)

    assert f"would break 7 of 9 code locations that use it: {', '.join(COMPARED)}\n" in said
    assert "\nthrough       broken: ImportError: cannot import name 'asset_factory' from " in said
    assert (
        "\n  what does not load cannot be accepted: keep what it uses for one more release, or change it first\n"
        in said
    )
    assert "[[accept]]" not in said
    assert "to release it anyway" not in said  # nothing is left of --fail-on
    assert "release shared==0.2.0" in said


@pytest.mark.matrix
def test_a_release_that_cannot_be_locked_says_whose_lock_and_why(platform: Path) -> None:
    project = platform / "shared/pyproject.toml"
    draw(platform, {"shared/pyproject.toml": project.read_text().replace('"dagster",', '"dagster<1.13",')})
    commit_all(platform, "an older Dagster")

    said = commons(platform, "release", "shared==0.2.0", "--dry-run")

    assert said.count("not compared: ") == 8
    why = "no versions satisfy all requirements: because only shared==0.2.0 is available and shared==0.2.0 depends on "
    assert f"\nnot verified: by_index: by-index cannot be locked: {why}dagster<1.13\n" in said
