"""`commons api` as a user types it: what it takes, what it says, and what it does with what it cannot read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from git_fixtures import commit, git
from released import release
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

FACTORY = "def load(name: str, tbl: str = 't') -> str:\n    return name\n"
PROJECT = '[project]\nname = "shared"\nversion = "0.1.0"\n\n[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'


def commons(at: Path, *words: str, code: int = 0) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "dagster_commons", "api", *words], cwd=at, capture_output=True, text=True, check=False
    )
    assert ended.returncode == code, f"{ended.returncode}\n{ended.stdout}{ended.stderr}"
    assert "Traceback" not in ended.stderr
    return ended.stdout + ended.stderr


def package(place: Path, **files: str) -> Path:
    """The import package `shared` in `place`; `__` in a name is a slash, and every file is Python."""
    directory = place / "shared"
    directory.mkdir(parents=True)
    (directory / "__init__.py").write_text(files.pop("init", ""))
    for name, text in files.items():
        (directory / f"{name}.py").write_text(text)
    return directory


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with `shared`, tagged 0.1.0, and a parameter renamed since; a component's YAML names an attribute."""
    root = tmp_path / "repository"
    drawing = workspace(root).location("sales", uses={"shared": '{ path = "../shared", editable = true }'})
    for name, text in (
        ("shared/pyproject.toml", PROJECT),
        ("shared/src/shared/__init__.py", FACTORY),
        (
            "shared/src/shared/components.py",
            "import dagster as dg\n\nclass Family(dg.Component, dg.Model):\n    owner: str\n",
        ),
        ("sales/src/sales/defs/defs.yaml", "type: shared.components.Family\nattributes:\n  owner: data\n"),
    ):
        drawing.file(name, text)
    drawing.repository()
    git(root, "tag", "shared-v0.1.0")
    commit(
        root,
        {
            "shared/src/shared/__init__.py": FACTORY.replace("tbl", "table"),
            "shared/src/shared/components.py": (
                "import dagster as dg\n\nclass Family(dg.Component, dg.Model):\n    owners: str\n"
            ),
        },
    )
    return root


@pytest.mark.parametrize("code", ["shared/src/shared", "copy/shared"])
def test_code_alone_says_nothing_of_what_an_installer_is_told(root: Path, code: str) -> None:
    project = PROJECT + '[project.entry-points."some.group"]\nshared = "shared"\n'
    commit(root, {"shared/pyproject.toml": project})
    git(root, "tag", "--force", "shared-v0.1.0")
    shutil.copytree(root / "shared/src/shared", root / "copy/shared")

    for words in ((code, "shared"), ("shared==0.1.0", code)):
        assert json.loads(commons(root, *words, "--format", "json"))["changes"] == []


@pytest.mark.parametrize("old", ["shared==0.1.0", "shared@shared-v0.1.0", "shared@HEAD~1"])
def test_versions_and_revisions(root: Path, old: str) -> None:
    document = json.loads(commons(root, old, "shared", "--format", "json"))

    assert document["required_bump"] == "major"
    (renamed,) = (each for each in document["changes"] if each["rule"] == "parameter-renamed")
    assert (renamed["object"], renamed["file"], renamed["line"]) == ("shared.load", "src/shared/__init__.py", 1)
    assert renamed["message"] == "tbl became table: a call that gives it by name fails"
    (place,) = document["yaml"]
    assert (place["file"], place["line"]) == ("sales/src/sales/defs/defs.yaml", 3)
    assert place["advice"] == "write `owners:` instead of `owner:`"


def test_from_a_registry_before_a_tag(root: Path) -> None:
    release(root, "shared", "0.1.0")  # drawn: without the function

    document = json.loads(commons(root, "shared==0.1.0", "shared", "--format", "json"))

    assert "added" in {each["rule"] for each in document["changes"]}
    assert "parameter-renamed" not in {each["rule"] for each in document["changes"]}


def test_directories_and_wheels(tmp_path: Path) -> None:
    old = package(tmp_path / "old", init=FACTORY)
    new = package(tmp_path / "new", init=FACTORY.replace("tbl", "table"))
    said = commons(tmp_path, str(old), str(new))
    assert "required bump: major  1 change: 1 major\nmajor shared.load\n" in said
    assert max(map(len, said.splitlines()[1:])) <= 80
    assert "required bump: none" in commons(tmp_path, str(old), str(old))

    wheel = write_wheel(tmp_path, "shared", "0.1.0")
    assert "added" in commons(tmp_path, str(wheel), str(new), "--format", "markdown")


def test_what_cannot_be_read_is_told_and_the_rest_compared(tmp_path: Path) -> None:
    old = package(tmp_path / "old", init=FACTORY, broken="def f(:\n", good="def g() -> int: ...\n")
    new = package(tmp_path / "new", init=FACTORY, broken="def f(:\n", good="")
    (new / "fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")

    document = json.loads(commons(tmp_path, str(old), str(new), "--format", "json"))

    assert [each["object"] for each in document["changes"] if each["rule"] == "removed"] == ["shared.good.g"]
    assert document["unread"] == [
        f"shared/broken.py: line 1: invalid syntax for Python {sys.version_info[0]}.{sys.version_info[1]}",
        "shared/fast.cpython-311-x86_64-linux-gnu.so: compiled code",
    ]


def test_names_that_a_module_makes_up_when_asked(tmp_path: Path) -> None:
    old = package(tmp_path / "old", init=FACTORY)
    new = package(tmp_path / "new", init="def __getattr__(name: str) -> object:\n    raise AttributeError(name)\n")

    (change,) = json.loads(commons(tmp_path, str(old), str(new), "--format", "json"))["changes"][:1]

    assert (change["rule"], change["bump"], change["review"]) == ("removed-unproven", "minor", True)


def test_re_exports_in_a_circle_and_stars(tmp_path: Path) -> None:
    circle = {"one": "from shared.two import f as f\n", "two": "from shared.one import f as f\n"}
    old = package(tmp_path / "old", init="from shared._impl import *\n", _impl=FACTORY, **circle)
    new = package(
        tmp_path / "new", init="from shared._impl import *\n", _impl=FACTORY.replace("tbl", "table"), **circle
    )

    (change,) = json.loads(commons(tmp_path, str(old), str(new), "--format", "json"))["changes"]

    assert change["rule"] == "parameter-renamed"
    assert "shared.load" in change["paths"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "name two versions to compare"),
        (("shared==9.9", "shared"), 4, "no registry holds shared 9.9, and no tag here marks it"),
        (("shared@nowhere", "shared"), 2, "git knows no revision `nowhere` in repository\n"),
        (("sharde==0.1.0", "shared"), 2, "did you mean `shared`?"),
        (("what", "shared"), 2, "`what` is nothing whose API could be read"),
        (("sales/src", "shared"), 2, "holds no import package"),
        (("README", "shared"), 2, "is no wheel"),
        (("empty.whl", "shared"), 2, "holds no import package"),
        (("--explain", "parameter-rename"), 2, "did you mean `parameter-renamed`?"),
        (("--explain", "extra"), 2, "hint: extra-removed, extra-added\n"),
    ],
)
def test_bad_input(root: Path, words: tuple[str, ...], code: int, message: str) -> None:
    (root / "README").write_text("not a wheel")
    with zipfile.ZipFile(root / "empty.whl", "w") as archive:
        archive.writestr("shared-0.dist-info/METADATA", "")

    assert message in commons(root, *words, code=code)


def test_a_rule_explained(tmp_path: Path) -> None:
    said = commons(tmp_path, "--explain", "parameter-renamed")

    assert said.startswith("major parameter-renamed\n\na call that gives it by name fails\n\nold\n  def f(")
