"""Which version a release gets: by what changed, what a person asks for, and what is accepted for one release."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from dagster_commons.proof.api_states import API_FILE
from environments import once_per_run
from git_fixtures import commit, git
from releasing import PROJECT, commons, releasable

if TYPE_CHECKING:
    from pathlib import Path

CODE = "shared/src/shared/__init__.py"
OLD = "VERSION = '1.0.0'\n\n\ndef load(name: str, tbl: str = 't') -> str:\n    return name\n"
ACCEPT = '[[accept]]\nrule = "parameter-renamed"\nobject = "shared.load"\nbecause = "nobody gives it by name"\n'


@pytest.fixture
def released(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """`shared` 1.0.0 is released, and its registry committed."""

    def make(place: Path) -> None:
        root = releasable(place)
        commit(root, {CODE: OLD, "shared/pyproject.toml": PROJECT.replace("0.1.2", "1.0.0")})
        commons(root, "release", "shared==1.0.0")
        git(root, "add", "registry")
        git(root, "commit", "--quiet", "-m", "registry")

    shutil.copytree(once_per_run(tmp_path_factory, "released", make), tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path / "repository"


def published(root: Path, *words: str) -> str:
    document = json.loads(commons(root, "release", "shared", *words, "--format", "json"))
    git(root, "add", "registry")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "registry")
    (upload,) = document["published"]
    return upload["version"]


@pytest.mark.parametrize(
    ("new", "least", "too_little"),
    [
        (OLD.replace("tbl", "table"), "2.0.0", "1.1.0"),
        (OLD + "def more() -> None: ...\n", "1.1.0", "1.0.1"),
        (OLD.replace("return name", "return name + tbl"), "1.0.1", None),
    ],
)
def test_the_least_that_is_true(released: Path, new: str, least: str, too_little: str | None) -> None:
    commit(released, {CODE: new})
    if too_little is not None:
        said = commons(released, "release", f"shared=={too_little}", code=7)
        assert f"shared {too_little} is not enough: what changed since 1.0.0 asks for {least}" in said
        assert git(released, "status", "--porcelain").strip() == ""

    assert published(released) == least
    assert "is the last release, and nothing changed since" in commons(released, "release", "shared")


def test_what_cannot_be_read_is_a_persons_to_decide(released: Path) -> None:
    part = "shared/src/shared/part.py"
    commit(released, {part: "def f(:\n"})

    said = commons(released, "release", "shared", code=7)
    assert "what changed in shared since 1.0.0 cannot be told\n    not read: src/shared/part.py: line 1: " in said
    assert "commons release shared --bump" in said
    assert published(released, "--bump", "minor") == "1.1.0"


BASED = """\
from xml.sax import ContentHandler


class Reader(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.rows = 0

    def startElement(self, name, attrs): ...

    def finish(self) -> int:
        return self.rows
"""


@pytest.mark.parametrize(
    ("gone", "required", "rules"),
    [
        ("    def finish(self) -> int:\n        return self.rows\n", "major", ["removed-unproven"]),
        ("    def startElement(self, name, attrs): ...\n\n", "patch", ["removed-unproven"]),  # its base gives it
        ("        self.rows = 0\n", "minor", ["removed-unproven"]),  # an attribute comes when a class is called
    ],
)
def test_what_a_base_of_another_package_may_still_give_is_imported(
    released: Path, gone: str, required: str, rules: list[str]
) -> None:
    commit(released, {CODE: BASED})
    published(released)
    commit(released, {CODE: BASED.replace(gone, "")})

    judgement = json.loads(commons(released, "release", "shared", "--dry-run", "--format", "json"))["judgement"]

    assert judgement["required_bump"] == required
    assert set(rules) <= {each["rule"] for each in judgement["changes"]} <= {*rules, "body-changed"}


def test_a_bump_that_the_project_raised(released: Path) -> None:
    narrowed = PROJECT.replace("0.1.2", "1.0.0").replace(">=3.11", ">=3.11,<3.14")
    commit(released, {"shared/pyproject.toml": narrowed})
    planned = json.loads(commons(released, "release", "shared", "--dry-run", "--format", "json"))
    assert planned["judgement"]["required_bump"] == "minor"

    configuration = (released / "commons.toml").read_text()
    commit(released, {"commons.toml": configuration + '[bumps]\npython-narrowed = "major"\n'})
    planned = json.loads(commons(released, "release", "shared", "--dry-run", "--format", "json"))
    assert planned["judgement"]["required_bump"] == "major"


def test_a_constant_that_says_the_version_may_follow_it(released: Path) -> None:
    project = PROJECT.replace("0.1.2", "1.0.1")
    commit(released, {CODE: OLD.replace("1.0.0", "1.0.1"), "shared/pyproject.toml": project})

    assert published(released) == "1.0.1"


def test_more_than_that_is_a_persons_to_decide(released: Path) -> None:
    commit(released, {CODE: OLD + "# a comment\n"})

    assert published(released, "--bump", "major") == "2.0.0"


def test_an_acceptance_holds_for_one_release(released: Path) -> None:
    configuration = (released / "commons.toml").read_text()
    commit(released, {CODE: OLD.replace("tbl", "table"), "commons.toml": configuration + ACCEPT})
    assert "ACC" not in commons(released, "check", "--offline", "--format", "json")

    said = commons(released, "release", "shared==1.0.1")
    assert "accepted for this release, remove it from commons.toml now: parameter-renamed shared.load" in said
    git(released, "add", "registry")
    git(released, "commit", "--quiet", "-m", "registry")

    commit(released, {CODE: OLD.replace("tbl", "place")})
    said = commons(released, "release", "shared==1.0.2", code=7)
    assert "shared 1.0.2 is not enough: what changed since 1.0.1 asks for 2.0.0" in said


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("because", "until = 2020-01-31\nbecause", "it ended on 2020-01-31"),
        ("shared.load", "shared.laod", "no such change since 1.0.0 (nothing of that name)"),
    ],
)
def test_an_acceptance_that_accepts_nothing_is_told(released: Path, old: str, new: str, why: str) -> None:
    configuration = (released / "commons.toml").read_text() + ACCEPT.replace(old, new)
    commit(released, {CODE: OLD.replace("tbl", "table"), "commons.toml": configuration})

    said = commons(released, "release", "shared==1.0.1", code=7)
    assert f" accepts nothing: {why}\n" in said
    assert (
        'or accept what is meant in commons.toml: [[accept]] rule = "parameter-renamed", object = "shared.load"' in said
    )

    document = json.loads(commons(released, "release", "shared", "--dry-run", "--format", "json"))
    assert [each["version"] for each in document["publishes"]] == ["2.0.0"]
    assert why in document["judgement"]["idle_acceptances"][0]


def test_a_pre_release_counts_as_what_it_leads_to(released: Path) -> None:
    commit(released, {CODE: OLD.replace("tbl", "table")})

    assert "is not enough" in commons(released, "release", "shared==1.1.0rc1", code=7)
    assert published(released, "--version", "2.0.0rc1") == "2.0.0rc1"


def test_what_only_a_pre_release_had_may_go_again(released: Path) -> None:
    more = OLD + "def more(name: str) -> None: ...\n"
    commit(released, {CODE: more})
    assert published(released, "--version", "1.1.0rc1") == "1.1.0rc1"
    assert "nothing changed since; shared==1.1.0 makes it final" in commons(released, "release", "shared")

    commit(released, {CODE: more.replace("more(name", "more(title")})
    assert published(released) == "1.1.0"


@pytest.mark.parametrize(("version", "what"), [("1.0.0.post1", "a post-release"), ("2026.1", "a calendar version")])
def test_versions_that_say_nothing(released: Path, version: str, what: str) -> None:
    commit(released, {CODE: OLD + "def more() -> None: ...\n"})

    assert f"{version} is {what}, which says nothing about what changed" in commons(
        released, "release", f"shared=={version}", code=7
    )


def test_the_wheel_carries_its_api_and_the_changelog_a_draft(released: Path) -> None:
    commit(released, {CODE: OLD + "def more() -> None: ...\n"})
    version = published(released)

    wheel = released / f"registry/shared/shared-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        api = json.loads(archive.read(f"shared-{version}.dist-info/{API_FILE}"))
    assert {"shared", "shared.load", "shared.more"} <= api["names"].keys()
    changelog = (released / "shared/CHANGELOG.md").read_text()
    assert "### Added\n\n- `shared.more`: the function came.\n" in changelog
