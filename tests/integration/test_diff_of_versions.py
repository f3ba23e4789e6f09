"""`commons diff` between versions of a module, on real git, uv and Dagster: each use moved by its own source."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest

from builders import add_submodule, commit, draw, make_bare_remote, make_repository, project_text, workspace
from compared_fleet import Fleet
from dagster_commons.tools.git import git
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.uv import uv
from environments import DAGSTER_VERSION
from released import CONFIGURATION
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

DAGSTER = f"dagster=={DAGSTER_VERSION}"
FACTORY = """
import dagster as dg


def asset_factory(name, prefix):
    @dg.asset(name=name, key_prefix={prefix})
    def build():
        return 1

    return build
"""
PREFIX_IN = {"0.1.3": "prefix", "0.2.0": "None"}
DEFINITIONS = """\
import dagster as dg

from shared import asset_factory

defs = dg.Definitions(assets=[asset_factory("asset", "{name}")])
"""
INDEX = '[[tool.uv.index]]\nname = "local"\nurl = "../registry"\n'
LOCATIONS = ("billing", "finance", "marketing", "sales")


def put_module(directory: Path, version: str) -> Path:
    """The project `shared` at `version`."""
    source = FACTORY.format(prefix=PREFIX_IN[version])
    pyproject = project_text("shared", version=version, uses={"dagster": ""})
    return draw(directory, {"pyproject.toml": pyproject, "src/shared/__init__.py": source})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One location by path, submodule, index and git branch each; the path's module was released and has gone on."""
    base = tmp_path_factory.mktemp("versions")
    module = base / "module"
    for version in PREFIX_IN:
        make_repository(put_module(module, version), message=version)
        git(module, "tag", f"shared-v{version}")
    remote = make_bare_remote(module, base / "shared.git")
    root = make_repository(base / "root")
    drawing = workspace(root).file("commons.toml", CONFIGURATION)
    embedded.initialise(root / "registry", names=())
    for version, prefix in PREFIX_IN.items():
        wheel = write_wheel(
            base / "wheels", "shared", version, requires=("dagster",), source=FACTORY.format(prefix=prefix)
        )
        embedded.publish(root / "registry", (wheel,))
    sources = {
        "billing": ("shared", f'{{ git = "file://{remote}", branch = "main" }}', ""),
        "finance": ("shared==0.1.3", "", INDEX),
        "marketing": ("shared", '{ path = "../vendor/shared", editable = true }', ""),
        "sales": ("shared", '{ path = "../shared", editable = true }', ""),
    }
    put_module(root / "shared", "0.1.3")
    git(add_submodule(root, remote, "vendor/shared"), "checkout", "--quiet", "shared-v0.1.3")
    for name, (requirement, source, more) in sources.items():
        drawing.location(name, uses={requirement: source, DAGSTER: ""}, more=more)
        drawing.file(f"{name}/src/{name}/definitions.py", DEFINITIONS.format(name=name))
        uv(root / name, "lock", "--quiet")
    commit(root, "released")
    git(root, "tag", "shared-v0.1.3")
    put_module(root / "shared", "0.2.0")
    uv(root / "sales", "lock", "--quiet")
    commit(root, "goes on")
    return base


@pytest.fixture
def fleet(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local_remotes: None) -> Fleet:
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(prepared / "cache"))
    monkeypatch.delenv("COMMONS_FAIL_ON")
    return Fleet(shutil.copytree(prepared / "root", tmp_path / "root", symlinks=True))


def said(report: dict[str, object]) -> dict[str, tuple[str, str | None]]:
    by_name = report["by_name"]
    assert isinstance(by_name, dict)
    return {name: (each["verdict"], each["severity"]) for name, each in by_name.items()}


def bytes_below(root: Path) -> dict[str, str]:
    """Everything but git's own caches of what it has looked at."""
    files = (each for each in root.rglob("*") if each.is_file() and not each.is_symlink())
    return {str(each.relative_to(root)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


BREAKING = ("changed", "breaking")
SAME = ("unchanged", None)


def test_from_one_version_to_another_every_use_is_moved_and_nothing_is_written(fleet: Fleet) -> None:
    before, status = bytes_below(fleet.root), git(fleet.root, "status", "--porcelain=v2").text

    report = fleet.diff("--from", "shared==0.1.3", "--to", "shared==0.2.0", code=1)

    found = report["by_name"]
    for name in ("finance", "marketing", "sales"):
        assert said(report)[name] == BREAKING
        assert ("renamed", f"{name}/asset") in {(each["kind"], each["name"]) for each in found[name]["changes"]}
    assert bytes_below(fleet.root) == before
    assert git(fleet.root, "status", "--porcelain=v2").text == status


def test_a_path_use_is_what_the_tag_of_its_repository_holds(fleet: Fleet) -> None:
    (fleet.root / "shared/src/shared/later.py").write_text("")  # untracked, and not in the version

    report = fleet.diff("--from", "shared==0.1.3", code=1)

    assert (report["from"], report["to"]) == ("shared 0.1.3", "worktree")
    assert said(report)["sales"] == BREAKING
    assert said(report)["finance"] == said(report)["marketing"] == SAME


def test_a_use_that_cannot_be_moved_is_not_compared_and_the_others_are(fleet: Fleet) -> None:
    report = fleet.diff("--from", "shared==0.1.3", code=1)

    assert said(report)["billing"] == ("unverifiable", None)
    assert "follows branch main" in report["by_name"]["billing"]["reason"]
    assert "billing" in fleet.run("diff", "--from", "shared==0.1.3", "-l", "billing").stdout


def test_a_version_that_is_nowhere_is_compared_nowhere(fleet: Fleet) -> None:
    report = fleet.diff("--from", "worktree", "--to", "shared==0.9.0", "--offline", code=1)

    assert said(report) == dict.fromkeys(LOCATIONS, ("unverifiable", None))
    reasons = {name: each["reason"] for name, each in report["by_name"].items()}
    assert "its repository has no tag of shared 0.9.0" in reasons["sales"]
    assert "its remote was not asked (--offline)" in reasons["marketing"]
    assert "0.9.0" in reasons["finance"]


def test_without_a_tag_the_working_tree_counts_as_the_version_that_it_has(fleet: Fleet) -> None:
    report = fleet.diff("--from", "worktree", "--to", "shared==0.2.0", code=1)

    assert said(report) == {"billing": SAME, "finance": BREAKING, "marketing": BREAKING, "sales": SAME}


def test_a_tag_that_holds_another_version_is_not_taken_for_it(fleet: Fleet) -> None:
    git(fleet.root, "tag", "shared-v0.1.5")

    report = fleet.diff("--from", "shared==0.1.5", "-l", "sales", code=1)

    assert said(report) == {"sales": ("unverifiable", None)}
    assert "says that it is 0.2.0" in report["by_name"]["sales"]["reason"]


def test_a_revision_is_compared_with_a_version(fleet: Fleet) -> None:
    report = fleet.diff("--from", "HEAD~1", "--to", "shared==0.1.3", "-l", "sales", "-l", "finance", code=0)

    assert said(report) == {"finance": SAME, "sales": SAME}


@pytest.mark.parametrize(
    ("state", "message", "hint"),
    [
        ("shared==two", "`two` is no version", "PEP 440"),
        ("shraed==0.2.0", "no code location here uses shraed", "did you mean `shared`?"),
    ],
)
def test_what_names_no_version_of_a_module_is_refused(fleet: Fleet, state: str, message: str, hint: str) -> None:
    ended = fleet.run("diff", "--to", state)

    assert ended.returncode == 2
    assert message in ended.stderr
    assert hint in ended.stderr
