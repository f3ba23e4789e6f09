"""`lock_state` says what `uv lock --check` says: generated histories of small uv workspaces, asked of both."""

from __future__ import annotations

import copy
import os
import random
import shutil
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from dagster_commons.analysis.lock_state import lock_state, needed_directories
from dagster_commons.tools import lockfile
from dagster_commons.tools.uv import binary
from uv_histories import EDITS, Tree, compute_dependencies, starts

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.workspace import LockState

HISTORIES = range(6)
EDITS_PER_HISTORY = 8


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two static indexes in directories: `main` has everything, `empty` nothing."""
    base = tmp_path_factory.mktemp("indexes")
    for name in ("alpha", "beta", "gamma", "delta"):
        for version in ("1.0", "1.5", "2.0"):
            _add_wheel(base / "main", name, version)
    (base / "empty").mkdir()
    shutil.copytree(base / "main", base / "twin")
    return base


def _add_wheel(directory: Path, name: str, version: str) -> None:
    project = directory / name
    project.mkdir(parents=True, exist_ok=True)
    wheel = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(project / wheel, "w") as archive:
        info = f"{name}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.3\nName: {name}\nVersion: {version}\nProvides-Extra: more\n"
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    links = "".join(f'<a href="{each.name}">{each.name}</a>\n' for each in sorted(project.glob("*.whl")))
    (project / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")


def uv(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    cache = directory.parent.parent / "uv-cache"
    return subprocess.run(
        [str(binary()), "lock", "--cache-dir", str(cache), "--python", sys.executable, *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def ask_uv(base: Path) -> str:
    """What uv says: "current" or "stale", or "refused" with its message where it judges nothing.

    Without a cache it cannot remember what a project's build said before.  `--refresh-package` would do too much: it
    resolves anew, and a second resolution may choose other forks than the first without any edit.
    """
    answer = uv(base / "app", "--check", "--no-cache")
    if answer.returncode == 0:
        return "current"
    is_stale = "needs to be updated" in answer.stderr or "No solution found" in answer.stderr
    return "stale" if is_stale else f"refused: {answer.stderr}"


def ask_commons(base: Path) -> LockState:
    root = base / "app"
    lock = lockfile.read(root / "uv.lock")
    below = [file.parent for file in root.rglob("pyproject.toml")]
    wanted = {*needed_directories(lock, root), *below}
    documents = {
        each: tomllib.loads(file.read_text()) for each in wanted if (file := each / "pyproject.toml").is_file()
    }
    return lock_state(lock, root, documents)


@pytest.mark.parametrize("seed", HISTORIES)
@pytest.mark.parametrize("start", starts())
def test_generated_histories_agree_with_uv(start: str, seed: int, index: Path) -> None:
    chance = random.Random(f"{start} {seed}")  # noqa: S311 - a reproducible history, no secret
    base = index / f"{start} {seed}".replace(" ", "-")
    tree = starts()[start]
    lock(tree, base)
    history, refused = [], 0
    for edit in chance.sample(EDITS, EDITS_PER_HISTORY):
        before = copy.deepcopy(tree)
        edit(tree, chance)
        history.append(edit.__name__)
        replace(tree, base)
        said = ask_uv(base)
        if said.startswith("refused"):
            refused += 1
        else:
            state = ask_commons(base)
            assert (state.kind, state.reason, history) == (said, state.reason, history)
        if said != "current" and uv(base / "app").returncode != 0:
            tree = before
            replace(tree, base)
            assert uv(base / "app").returncode == 0
        assert ask_commons(base).kind == "current", (ask_commons(base), history)
    assert refused <= 1, history


def test_computed_dependencies_are_never_guessed(index: Path) -> None:
    base = index / "computed"
    tree = starts()["one project"]
    compute_dependencies(tree)
    lock(tree, base)
    assert (ask_uv(base), ask_commons(base).kind) == ("current", "unknown")
    tree.files["mod/requirements.txt"] = "alpha\nbeta\n"
    replace(tree, base)
    assert (ask_uv(base), ask_commons(base).kind) == ("stale", "unknown")
    tree.projects["app"]["project"]["dependencies"].append("delta")
    replace(tree, base)
    assert (ask_uv(base), ask_commons(base).kind) == ("stale", "stale")


GIT_SOURCES = {
    "as locked": ({"tag": "v1"}, "current"),
    "another tag": ({"tag": "v2"}, "stale"),
    "the tag as a revision": ({"rev": "v1"}, "stale"),
    "a branch": ({"branch": "main"}, "stale"),
    "the default branch": ({}, "stale"),
    "a directory in it": ({"tag": "v1", "subdirectory": "inner"}, "stale"),
}


@pytest.mark.parametrize(("source", "expected"), GIT_SOURCES.values(), ids=GIT_SOURCES)
def test_git_sources_agree_with_uv(source: dict[str, str], expected: str, index: Path, tmp_path: Path) -> None:
    repository = tmp_path / "mod"
    tree = starts()["one project"]
    tree.write(tmp_path)
    shutil.copytree(repository, repository / "inner")
    for command in (("init", "-b", "main"), ("add", "."), ("commit", "-m", "one"), ("tag", "v1"), ("tag", "v2")):
        subprocess.run(["git", *command], cwd=repository, check=True, capture_output=True)
    base = index / tmp_path.name
    sources = tree.projects["app"]["tool"]["uv"]["sources"]
    sources["mod"] = {"git": repository.as_uri(), "tag": "v1"}
    lock(tree, base)
    sources["mod"] = {"git": repository.as_uri(), **source}
    replace(tree, base)
    assert (ask_uv(base), ask_commons(base).kind) == (expected, expected)


def lock(tree: Tree, base: Path) -> None:
    tree.write(base)
    locked = uv(base / "app")
    assert locked.returncode == 0, locked.stderr


def replace(tree: Tree, base: Path) -> None:
    """Write `tree` anew, keeping only the lock."""
    kept = (base / "app" / "uv.lock").read_bytes()
    shutil.rmtree(base)
    tree.write(base)
    (base / "app" / "uv.lock").write_bytes(kept)
