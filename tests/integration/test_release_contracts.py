"""What a factory produces counts, though its signature stays: `contracts/` in real releases, with real Dagster."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from bench.corpus import Kind, kinds

from builders import workspace
from git_fixtures import commit, git

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

PROJECT = """\
[project]
name = "shared"
dynamic = ["version"]
requires-python = ">=3.10"
dependencies = ["dagster"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.version]
path = "src/shared/__init__.py"
"""
FACTORY = """\
import dagster as dg


def make(name: str) -> dg.AssetsDefinition:
    @dg.asset(key=["raw", name], group_name="all")
    def build() -> int:
        return 1

    return build


def other(name: str) -> dg.JobDefinition:
    return dg.job(name=name)(lambda: None)
"""
CONTRACT = """\
from shared.factory import make


def examples():
    return [make("orders")]
"""


def drawn(root: Path, name: str, code: dict[str, str], contract: str) -> Path:
    """A repository at `root` with the module `name`, its `code`, one example, and an embedded registry."""
    drawing = workspace(root)
    for path, text in (
        ("commons.toml", f'modules = ["{name}"]\n[registries.corp]\nkind = "embedded"\npath = "registry"\n'),
        ("shared/pyproject.toml", PROJECT.replace("shared", name)),
        *((f"shared/src/{name}/{file}", text) for file, text in code.items()),
        ("shared/contracts/orders.py", contract),
        (f"registry/{name}/index.html", ""),
    ):
        drawing.file(path, text)
    drawing.repository()
    return root


SHARED = {"__init__.py": '__version__ = "0.1.0"\n', "factory.py": FACTORY}


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """`shared` 0.1.0, released into an embedded registry, with an example of one of its two factories."""
    root = drawn(tmp_path / "repository", "shared", SHARED, CONTRACT)
    said = commons(root, "release", "shared==0.1.0")
    assert "not verified: what shared.factory.other produces: no example in contracts/" in said
    assert "shared.factory.make produces" not in said
    assert "shared contracts" not in said
    return root


def commons(root: Path, *words: str, code: int = 0) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "dagster_commons", *words], cwd=root, capture_output=True, text=True, check=False
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def behaviour(root: Path) -> list[str]:
    """What a release would say of what the module produces."""
    document = json.loads(commons(root, "release", "shared", "--dry-run", "--format", "json"))
    return document["judgement"]["behaviour"]


def change(root: Path, old: str, new: str) -> None:
    file = root / "shared/src/shared/factory.py"
    text = file.read_text()
    assert old in text
    commit(root, {"shared/src/shared/factory.py": text.replace(old, new)})


def test_another_key_asks_for_more_than_the_signature_does(module: Path) -> None:
    change(module, 'key=["raw", name]', 'key=["bronze", name]')

    refused = commons(module, "release", "shared==0.1.1", code=7)
    assert "shared 0.1.1 is not enough: what changed since 0.1.0 asks for 0.2.0" in refused
    assert "major shared contracts: asset raw/orders" in refused

    document = json.loads(commons(module, "release", "shared", "--format", "json"))
    assert [each["version"] for each in document["published"]] == ["0.2.0"]
    assert document["judgement"]["required_bump"] == "major"
    assert [each["rule"] for each in document["judgement"]["changes"]] == ["body-changed"]
    since = json.loads(commons(module, "api", "shared==0.2.0", "shared", "--format", "json"))
    assert since["changes"] == []  # the wheel tells of the version that it has


@pytest.mark.matrix
@pytest.mark.parametrize("kind", [pytest.param(each, id=each.name) for each in kinds() if each.contract is not None])
def test_what_no_signature_says_is_what_the_contract_says(tmp_path: Path, kind: Kind) -> None:
    assert kind.contract is not None
    version = '__version__ = "1.0.0"\n'
    drawn(tmp_path, kind.name, {"__init__.py": kind.old["__init__.py"] + version}, kind.contract)
    commons(tmp_path, "release", f"{kind.name}==1.0.0")
    commit(tmp_path, {f"shared/src/{kind.name}/__init__.py": kind.new["__init__.py"] + version})

    words = ("release", kind.name, "--dry-run", "--format", "json")
    judgement = json.loads(commons(tmp_path, *words))["judgement"]

    assert {each["rule"] for each in judgement["changes"]} == set(kind.rules)
    assert judgement["required_bump"] == kind.bump_by_contract
    assert [each.split(" ")[:2] for each in judgement["behaviour"]] == [[kind.bump_by_contract, kind.name]]


@pytest.mark.matrix
def test_a_first_release_says_which_example_does_not_load(tmp_path: Path) -> None:
    drawn(tmp_path, "shared", SHARED, CONTRACT.replace('make("orders")', 'make(key="orders")'))

    said = commons(tmp_path, "release", "shared==0.1.0", "--dry-run")

    assert "\nnot verified: shared contracts: its examples do not load: TypeError: make() got an unexpected" in said
    assert "(contracts/orders.py:5)" in said


@pytest.mark.matrix
def test_another_group_asks_for_less_and_what_is_accepted_for_nothing(module: Path) -> None:
    change(module, 'group_name="all"', 'group_name="some"')

    document = json.loads(commons(module, "release", "shared", "--dry-run", "--format", "json"))
    assert [each["version"] for each in document["publishes"]] == ["0.1.1"]

    change(module, 'key=["raw", name]', 'key=["bronze", name]')
    accepted = (
        '[[accept]]\nlocation = "shared contracts"\nobject = "asset raw/orders"\nbecause = "nobody has data yet"\n'
    )
    commit(module, {"commons.toml": (module / "commons.toml").read_text() + accepted})

    document = json.loads(commons(module, "release", "shared", "--dry-run", "--format", "json"))
    assert document["judgement"]["required_bump"] != "major"


@pytest.mark.matrix
def test_an_example_that_does_not_load_any_more(module: Path) -> None:
    change(module, "def make(name: str)", "def make(name: str, team: str)")

    said = commons(module, "release", "shared==0.1.1", code=7)

    assert "team has to be given" in said
    (told,) = behaviour(module)
    assert told.startswith("major shared contracts: its definitions do not load any more: TypeError: make() missing ")

    accepted = '[[accept]]\nrule = "parameter-added-required"\nobject = "shared.factory.make"\nbecause = "nobody yet"\n'
    configuration = (module / "commons.toml").read_text() + accepted
    contract = CONTRACT.replace('"orders"', '"orders", "data"')
    commit(module, {"commons.toml": configuration, "shared/contracts/orders.py": contract})
    assert behaviour(module) == []


@pytest.mark.matrix
def test_examples_of_the_last_release_that_never_loaded_give_way_to_those_of_today(module: Path) -> None:
    commit(module, {"shared/contracts/orders.py": "def examples():\n    return 'orders'\n"})
    git(module, "tag", "--force", "shared-v0.1.0")
    change(module, 'key=["raw", name]', 'key=["bronze", name]')

    document = json.loads(commons(module, "release", "shared", "--dry-run", "--format", "json"))
    (untold,) = (each for each in document["judgement"]["unverified"] if each.startswith("shared contracts: "))
    assert "did not before: TypeError: an example is a value of type str, which is none of assets, " in untold
    assert "commons_contracts" not in untold

    commit(module, {"shared/contracts/orders.py": CONTRACT})
    assert behaviour(module) == ["major shared contracts: asset raw/orders renamed"]
