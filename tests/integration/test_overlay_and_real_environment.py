"""Code laid over a shared environment gives the very bytes that a real environment of its own gives, however it is laid out."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import add_submodule, make_repository
from dagster_commons.discovery import read_workspace
from dagster_commons.model.definitions import LoadInputs, Snapshot
from dagster_commons.model.states import WorktreeState
from dagster_commons.model.verdicts import LoadFailure
from dagster_commons.probe.snapshot_file import to_json
from dagster_commons.proof.loading import Loaded, LoadOptions, load
from dagster_commons.proof.materialising import Tree, materialised
from dagster_commons.proof.probing import Probing, probing
from dagster_commons.proof.snapshot_cache import SnapshotCache
from dagster_commons.tools.templates import LEFT_BY_TOOLS
from dagster_commons.tools.uv import uv
from laid_out import make_laid_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dagster_commons.model.verdicts import LoadResult

pytestmark = [pytest.mark.network, pytest.mark.matrix]

# Each with an asset that it must have.
LAID_OVER = {
    "forms": "custom",
    "knobbed": "facts",
    "module": "one/asset_1",
    "file": "other/asset_1",
    "package": "one/asset_1",
    "autoload": "auto/found",
    "by_path": "by_path/asset_2",
    "by_index": "released",
    "copied": "copied/asset_2",
    "transitive": "transitive/asset_2",
    "of_flat": "of_flat/asset_2",
    "of_single": "of_single/asset_2",
    "of_versioned": "of_versioned/asset_2",
    "metadata": "said",
    "data": "from_data_2",
    "components": "family/two",
    "virtual": "virtual/asset_2",
}
ONLY_IN_A_REAL_ENVIRONMENT = {
    "of_namespace": "of_namespace/asset_2",
    "of_computed": "of_computed/asset_2",
    "of_setup": "of_setup/asset_2",
    "of_poetry": "of_poetry/asset_2",
    "copied_parts": "copied_parts/asset_2",
    "copied_data": "from_data_2",
}
NOT_INSTALLED = {"virtual_src": "ModuleNotFoundError", "copied_without": "FileNotFoundError"}


COMMONS = Path(sys.executable).with_name("commons")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The tree of a workspace whose locations are loaded both ways; nothing that was loaded is kept."""

    tree: Tree
    probes: Probing
    scratch: Path

    def load(self, name: str, *, isolated: bool) -> Loaded:
        location = self.tree.workspace.location(name)
        assert location is not None, [each.name for each in self.tree.workspace.locations]
        options = LoadOptions(cache=SnapshotCache(directory=self.scratch), is_isolated=isolated)
        return load(self.tree, location, options, self.probes, again=True)


@contextlib.contextmanager
def ways(root: Path, scratch: Path) -> Iterator[Ways]:
    with materialised(read_workspace(root, offline=True), WorktreeState()) as tree, probing(most=1) as probes:
        yield Ways(tree=tree, probes=probes, scratch=scratch)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laid")


@pytest.fixture(autouse=True)
def _common_cache(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(base / "cache"))


@pytest.fixture(scope="module")
def laid_out(base: Path) -> Iterator[Ways]:
    make_laid_out(base / "root")
    with ways(base / "root", base / "kept") as found:
        yield found


def said(result: LoadResult) -> str:
    assert isinstance(result, Snapshot), result
    return to_json(replace(result, inputs=LoadInputs()))


def assets(snapshot: Snapshot) -> set[str]:
    return {each.name for each in snapshot.objects if each.kind == "asset"}


def assert_same(both: Ways, name: str, asset: str, how: str) -> None:
    overlaid, isolated = both.load(name, isolated=False), both.load(name, isolated=True)
    assert isolated.how == "isolated"
    assert said(overlaid.result) == said(isolated.result)
    assert isinstance(overlaid.result, Snapshot)
    assert asset in assets(overlaid.result)
    assert overlaid.how == how


@pytest.mark.parametrize("name", LAID_OVER)
def test_what_is_laid_over_says_the_same(laid_out: Ways, name: str) -> None:
    assert_same(laid_out, name, LAID_OVER[name], "fork")


@pytest.mark.parametrize("name", ONLY_IN_A_REAL_ENVIRONMENT)
def test_what_cannot_be_laid_over_is_loaded_in_a_real_environment(laid_out: Ways, name: str) -> None:
    loaded = laid_out.load(name, isolated=False)
    assert isinstance(loaded.result, Snapshot), loaded.result
    assert ONLY_IN_A_REAL_ENVIRONMENT[name] in assets(loaded.result)
    assert loaded.how == "isolated"
    if name == "copied_parts":
        assert {each.file for each in loaded.result.code} == {"acme_tools/src/acme/tools/__init__.py"}


@pytest.mark.parametrize("name", NOT_INSTALLED)
def test_what_is_not_installed_is_not_found_either_way(laid_out: Ways, name: str) -> None:
    for isolated in (False, True):
        result = laid_out.load(name, isolated=isolated).result
        assert isinstance(result, LoadFailure), result
        assert result.type == NOT_INSTALLED[name]


def make_path(root: Path) -> None:
    uv(root / "sales", "lock", "--quiet")
    make_repository(root)


def make_submodule(root: Path) -> None:
    make_repository(root / "shared")
    make_repository(root / "marketing")
    add_submodule(root / "marketing", root / "shared", "shared")
    uv(root / "marketing", "lock", "--quiet")


def make_index(root: Path) -> None:
    for words in (
        ("registry", "init", "acme", "--path", "finance/registry"),
        ("release", "shared", "--version", "0.1.3"),
    ):
        ended = subprocess.run([COMMONS, *words], cwd=root, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
    uv(root / "finance", "lock", "--quiet")


@pytest.mark.parametrize(
    ("example", "location", "make"),
    [("path", "sales", make_path), ("submodule", "marketing", make_submodule), ("index", "finance", make_index)],
    ids=["path", "submodule", "index"],
)
def test_an_example_says_the_same(example: str, location: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLES / example, tmp_path / example, ignore=shutil.ignore_patterns(*LEFT_BY_TOOLS)))
    make(root)
    with ways(root, tmp_path / "kept") as both:
        assert_same(both, location, f"{location}/asset_3", "fork")
