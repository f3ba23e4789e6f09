"""The traps of putting shared code into an image: where the usual way fails or is silently wrong, and what a bundle does.

That a password given as a build argument stays in an image's history is not shown: it takes an image.  Ours has none.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import commit, workspace
from bundles import DATA, OWN_PYTHON, bundle, by_path, evaluate, install, local
from dagster_commons.discovery import read_workspace
from dagster_commons.model.bundle import BundleRequest
from dagster_commons.model.states import WorktreeState
from dagster_commons.proof import bundle_installation
from dagster_commons.proof.bundling import make_bundle, planned_bundle
from dagster_commons.proof.materialising import materialised
from dagster_commons.proof.wheel_building import WheelStore
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv
from laid_out import SETUPTOOLS, UV_BUILD
from package_index import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
FROM_TAGS = '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n\n'
TAGGED = '[tool.hatch.version]\nsource = "vcs"\nraw-options = { root = ".." }\n'
FORCED = '[tool.hatch.build.targets.wheel.force-include]\n"pyproject.toml" = "pyproject.toml"\n'
NO_DATA = '[tool.setuptools]\npackage-dir = { "" = "src" }\npackages = ["shared"]\ninclude-package-data = false\n'
INDEX = {"UV_INDEX": f"http://commons:{PASSWORD}@127.0.0.1:9/simple"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """What is drawn, what the usual way comes to there, and what a bundle does."""

    draw: Callable[[Path], Path]
    usual: Callable[[Path, Path], str]
    comes_to: str
    ours: Callable[[Path, Path], None]
    is_slow: bool = False  # left to `make test-matrix`


def rewritten(root: Path, name: str, system: str = UV_BUILD, more: str = "") -> Path:
    file = root / name / "pyproject.toml"
    file.write_text(file.read_text().replace(UV_BUILD, system) + more)
    return root


# What is drawn: by_path has `sales`, which uses `shared`, which uses `base`.


def stale(root: Path) -> Path:
    drawing = workspace(root).module("base").module("shared").location("sales", uses={"shared": local("../shared")})
    uv(root / "sales", "lock")
    return drawing.module("shared", uses={"base": local("../base")}).repository().root


def reading_data(root: Path) -> Path:
    by_path(root)
    file = root / "shared/src/shared/__init__.py"
    file.write_text(file.read_text() + DATA)
    return commit(root, "read the data")


def without_data(root: Path) -> Path:
    return rewritten(reading_data(root), "shared", SETUPTOOLS, NO_DATA)


def ignored_data(root: Path) -> Path:
    (reading_data(root) / ".gitignore").write_text("data/\n")
    return rewritten(root, "shared", HATCHLING)


def left_over(root: Path) -> Path:
    rewritten(by_path(root), "shared", SETUPTOOLS)
    shutil.rmtree(root / "shared/src/shared/data")
    workspace(root).file("shared/build/lib/shared/deleted.py", "").file(".gitignore", "build/\n")
    return commit(root, "a module was deleted")


def colliding(root: Path) -> Path:
    by_path(root)
    for name in ("shared", "sales"):
        rewritten(root, name, HATCHLING, FORCED)
    return root


def tagged(root: Path) -> Path:
    rewritten(by_path(root), "shared", FROM_TAGS, TAGGED)
    file = root / "shared/pyproject.toml"
    file.write_text(file.read_text().replace('version = "0.2.0"\n', 'dynamic = ["version"]\n'))
    uv(root / "sales", "lock")
    git(commit(root, "versions by tags"), "tag", "v1.2.3")
    return root


def shallow(root: Path) -> Path:
    seed = commit(tagged(root.parent / "seed"), "one more")
    git(root.parent, "clone", "--quiet", "--depth=1", seed.as_uri(), str(root))
    return root


def with_a_program(root: Path) -> Path:
    drawing = workspace(root).location("sales", more='[project.scripts]\nsales-tells = "sales.definitions:tell"\n')
    drawing.file("sales/src/sales/definitions.py", "defs = None\n\n\ndef tell():\n    print('told')\n")
    uv(root / "sales", "lock")
    return drawing.repository().root


# The usual ways; each returns how it ended and what it said.


def frozen_sync(root: Path, at: Path) -> str:
    del at
    uv(root / "sales", "sync", "--frozen")
    return uv(root / "sales", "pip", "check", check=False).error_text


def layer_of_the_lock(root: Path, at: Path) -> str:
    """As Dagster's template for Docker: what is locked is installed before the code is copied."""
    at.mkdir()
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(root / "sales" / name, at)
    return uv(at, "sync", "--frozen", "--no-install-project", check=False).error_text


def editable_without_its_source(root: Path, at: Path) -> str:
    uv(root / "sales", "sync", "--frozen")
    (root / "shared").rename(at)
    return imported(root / "sales/.venv", "shared", root)


def wheels_of_the_tree(root: Path, at: Path) -> str:
    """Wheels built in place, installed, checked by pip, imported: what each of the two says."""
    names = ("base", "shared", "sales")
    for name in names:
        uv(root / name, "build", "--quiet", "--wheel", "--out-dir", str(at / "wheels"))
    uv(at, "venv", "--quiet", "--python", sys.executable, "environment")
    wheels = [str(each) for each in (at / "wheels").glob("*.whl")]
    into = ("--python", str(at / "environment/bin/python"))
    uv(at, "pip", "install", "--quiet", "--no-deps", *into, *wheels)
    checked = uv(at, "pip", "check", *into)  # it says nothing of what is wrong
    assert "compatible" in checked.error_text
    return "\n".join((imported(at / "environment", "shared", at), *owners(at / "environment", at)))


def moved_environment(root: Path, at: Path) -> str:
    uv(root / "sales", "sync", "--frozen", "--no-editable")
    (root / "sales/.venv").rename(at)
    try:
        return subprocess.run([at / "bin/sales-tells"], capture_output=True, check=True, text=True).stdout
    except OSError as error:
        return str(error)


def exported_tree(root: Path, at: Path) -> str:
    """As `git archive` and `COPY` with a .dockerignore do it: without .git."""
    shutil.copytree(root, at, ignore=shutil.ignore_patterns(".git"))
    return uv(at / "shared", "build", "--wheel", "--out-dir", "out", check=False).error_text


def built_there(root: Path, at: Path) -> str:
    uv(root / "shared", "build", "--quiet", "--wheel", "--out-dir", str(at))
    return next(at.glob("*.whl")).name


def exported_index(root: Path, at: Path) -> str:
    del at
    return uv(root / "sales", "export", "--frozen", "--emit-index-url", environment=INDEX).text


def imported(environment: Path, module: str, at: Path) -> str:
    argv = [environment / "bin/python", "-I", "-c", f"import {module}"]
    return subprocess.run(argv, cwd=at, capture_output=True, check=False, text=True).stderr


def owners(environment: Path, at: Path) -> list[str]:
    """Files of the environment that are remarkable: each with how many distributions own it."""
    files = "[str(f) for d in i.import_module('importlib.metadata').distributions() for f in d.files]"
    found = evaluate(environment, files, at)
    names = ("'pyproject.toml'", "'shared/deleted.py'")
    return [f"{found.count(name)} × {name}" for name in names]  # noqa: RUF001 - a multiplication sign


# What a bundle does.


def refuses(message: str) -> Callable[[Path, Path], None]:
    def ours(root: Path, at: Path) -> None:
        said = bundle(root, "-l", "sales", "-o", str(at))
        assert said.exit_code == 1, said.out + said.err
        assert message in said.err
        assert not at.exists()

    return ours


def installs(expression: str, expected: str) -> Callable[[Path, Path], None]:
    def ours(root: Path, at: Path) -> None:
        said = bundle(root, "-l", "sales", "-o", str(at))
        assert said.exit_code == 0, said.err
        root.rename(root.with_name("gone"))
        install(at, at.with_name("environment"))
        assert evaluate(at.with_name("environment"), expression, at.parent) == expected

    return ours


def keeps_the_password(root: Path, at: Path) -> None:
    said = bundle(root, "-l", "sales", "-o", str(at), environment=INDEX)
    assert said.exit_code == 0, said.err
    everything = [each.read_bytes() for each in at.rglob("*") if each.is_file()]
    assert not [each for each in everything if PASSWORD.encode() in each]
    assert "ARG " not in (at / "Dockerfile").read_text()
    assert "--index" not in (at / "requirements.txt").read_text()


def is_proven_after_a_move(root: Path, at: Path) -> None:
    """The environment of the proof, which has been moved when it is handed over."""
    at.mkdir()
    with materialised(read_workspace(root, offline=True), WorktreeState()) as tree:
        (location,) = tree.workspace.locations
        plan = planned_bundle(tree, location, BundleRequest(python_version=OWN_PYTHON))
        made = make_bundle(tree, plan, at / "bundle", WheelStore(at / "wheels"))
        python = bundle_installation.install(made, Path(sys.executable), at, compiled=None)
    assert json.loads((at / "bundle/bundle.json").read_text())["location"]["name"] == "sales"
    assert subprocess.run([python.with_name("sales-tells")], capture_output=True, check=True).stdout == b"told\n"


VERSION = "i.import_module('importlib.metadata').version('shared')"
MODULES = "i.import_module('sales.definitions').defs"
DELETED = "i.import_module('importlib.util').find_spec('shared.deleted')"
TRAPS = {
    "a stale lock": Trap(
        draw=stale,
        usual=frozen_sync,
        comes_to="The package `shared` requires `base`, but it's not installed",
        ours=refuses("sales cannot be bundled: its lock is stale: commons lock -l sales"),
    ),
    "the lock without the code": Trap(
        draw=by_path,
        usual=layer_of_the_lock,
        comes_to="Distribution not found at",
        ours=installs(MODULES, "('0.2.0', '0.3.0')"),
        is_slow=True,
    ),
    "an editable environment whose source is gone": Trap(
        draw=by_path,
        usual=editable_without_its_source,
        comes_to="ModuleNotFoundError: No module named 'shared'",
        ours=installs(MODULES, "('0.2.0', '0.3.0')"),
        is_slow=True,
    ),
    "package data that a backend leaves out": Trap(
        draw=without_data,
        usual=wheels_of_the_tree,
        comes_to="FileNotFoundError",
        ours=refuses("the wheel of shared lacks files of its import package: shared/data/greeting.txt"),
    ),
    "an ignore file above that drops the data": Trap(
        draw=ignored_data,
        usual=wheels_of_the_tree,
        comes_to="FileNotFoundError",
        ours=refuses("the wheel of shared lacks files of its import package: shared/data/greeting.txt"),
    ),
    "a deleted module in build/": Trap(
        draw=left_over,
        usual=wheels_of_the_tree,
        comes_to="1 × 'shared/deleted.py'",  # noqa: RUF001 - a multiplication sign
        ours=installs(DELETED, "None"),
        is_slow=True,
    ),
    "two wheels with the same file": Trap(
        draw=colliding,
        usual=wheels_of_the_tree,
        comes_to="2 × 'pyproject.toml'",  # noqa: RUF001 - a multiplication sign
        ours=refuses("sales and shared both install pyproject.toml"),
    ),
    "a version by tags where there is no .git": Trap(
        draw=tagged,
        usual=exported_tree,
        comes_to="unable to detect version",
        ours=installs(VERSION, "1.2.3"),
        is_slow=True,
    ),
    "a version by tags in a shallow clone": Trap(
        draw=shallow,
        usual=built_there,
        comes_to="shared-0.1.dev1",
        ours=refuses("the version of shared is computed from git's history, and this clone is shallow"),
    ),
    "a password in an index's URL": Trap(
        draw=by_path,
        usual=exported_index,
        comes_to=f"--extra-index-url http://commons:{PASSWORD}@",
        ours=keeps_the_password,
    ),
    "an environment that was moved": Trap(
        draw=with_a_program,
        usual=moved_environment,
        comes_to="No such file or directory",
        ours=is_proven_after_a_move,
    ),
}


@pytest.mark.network
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.matrix] if each.is_slow else []) for name, each in TRAPS.items()]
)
def test_the_usual_way_falls_in_and_a_bundle_does_not(tmp_path: Path, name: str) -> None:
    trap = TRAPS[name]

    assert trap.comes_to in trap.usual(trap.draw(tmp_path / "usual/root"), tmp_path / "usual/other")

    trap.ours(trap.draw(tmp_path / "ours/root"), tmp_path / "ours/other")
