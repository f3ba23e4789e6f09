"""Every verb that changes files: a dry run writes nothing anywhere and prints a patch that applies; undo takes all back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import commit, make_bare_remote, workspace
from dagster_commons.tools.git import git
from git_fixtures import digests
from released import release

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMONS = Path(sys.executable).with_name("commons")
BY_PATH = '{ path = "../shared", editable = true }'
TAG = "shared-v0.1.0"
CHANGES: Mapping[str, tuple[str, ...]] = {
    "new": ("new", "tools", "--at", "libs/tools"),
    "add by path": ("add", "shared", "-l", "ops"),
    "add by submodule": (
        "add",
        "shared",
        "--via",
        "submodule",
        "--url",
        "REMOTE",
        "--at",
        "vendor/shared",
        "-l",
        "ops",
    ),
    "add by index": ("add", "shared==0.1.0", "--via", "index", "-l", "ops"),
    "add by git": ("add", "shared", "--via", "git", "--url", "REMOTE", "--tag", TAG, "-l", "ops"),
    "remove": ("remove", "shared", "-l", "sales"),
    "remove a submodule": ("remove", "base", "-l", "stock"),
    "convert to index": ("convert", "shared", "--via", "index", "-l", "sales"),
    "convert a submodule": ("convert", "base", "--via", "git", "--tag", "v1", "--url", "BASE", "-l", "stock"),
    "lock": ("lock", "-l", "sales"),
}
KEYS = {"format", "outcome", "edits", "verdicts", "publishes"}


@pytest.fixture
def root(tmp_path: Path, local_remotes: None) -> Path:
    """`sales` with `shared` by path and a stale lock, `stock` with `base` by submodule, `ops`; uncommitted changes."""
    del local_remotes
    root = tmp_path / "root"
    base = workspace(tmp_path / "base-module").module("base", at=".").repository().root
    git(base, "tag", "v1")
    make_bare_remote(base, tmp_path / "base.git")
    module = workspace(tmp_path / "module").module("shared", at=".").repository().root
    git(module, "tag", TAG)
    make_bare_remote(module, tmp_path / "shared.git")
    drawing = workspace(root).module("shared").location("sales", uses={"shared": BY_PATH}).location("ops")
    drawing.location("stock", uses={"base": '{ path = "../base", editable = true }'}).repository()
    release(root, "shared", "0.1.0")
    git(root, "submodule", "--quiet", "add", str(tmp_path / "base.git"), "base")
    commit(root, "all of it")
    workspace(root).file("notes.txt", "mine\n").file("staged.txt", "mine\n").file("ops/uncommitted.txt", "mine\n")
    git(root, "add", "staged.txt")
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    names = {"REMOTE": str(root.parent / "shared.git"), "BASE": f"file://{root.parent / 'base.git'}"}
    argv = [COMMONS, *(names.get(word, word) for word in words)]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False, env=dict(os.environ))


def everything(directory: Path) -> dict[str, str]:
    """Every file below `directory`, git's own included, with its bytes, permissions and times."""
    return digests(directory)


@pytest.mark.parametrize("change", CHANGES)
def test_a_dry_run_writes_nothing_and_prints_a_patch(root: Path, change: str) -> None:
    before = everything(root.parent)

    said = run(root, *CHANGES[change], "--dry-run")

    assert said.returncode == 0, said.stdout + said.stderr
    assert everything(root.parent) == before
    assert said.stdout.startswith("planned, nothing written: ")
    patch = "".join(f"{line}\n" for line in patch_of(said.stdout))
    checked = subprocess.run(
        ["git", "apply", "--check", "--exclude=vendor/shared", "--exclude=base", "-"],
        cwd=root,
        input=patch,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr + patch


def patch_of(printed: str) -> list[str]:
    """The lines of the diff among what is printed."""
    lines = printed.splitlines()[1:]
    end = next(
        (number for number, line in enumerate(lines) if re.match(r"\$ |  \S+ +(?:imports|no longer)|\S+  not ", line)),
        len(lines),
    )
    return lines[:end]


@pytest.mark.parametrize("change", CHANGES)
def test_undo_restores_every_byte_and_index_entry(root: Path, change: str) -> None:
    before, index = working_files(root), git(root, "ls-files", "--stage").text
    configuration = (root / ".git/config").read_text()
    modules = sorted(each.name for each in (root / ".git/modules").iterdir())

    said = run(root, *CHANGES[change], "--format", "json")
    assert said.returncode == 0, said.stdout + said.stderr
    document = json.loads(said.stdout)
    assert document.keys() >= KEYS
    assert document["outcome"] == "applied"
    changed = working_files(root)
    assert changed != before
    edited = {edit["file"] for edit in document["edits"]}
    assert {name for name, _ in changed.items() ^ before.items()} <= edited | {".gitmodules"} | below(
        edited, changed, before
    )

    undone = run(root, "undo")

    assert undone.returncode == 0, undone.stderr
    assert working_files(root) == before
    assert git(root, "ls-files", "--stage").text == index
    assert (root / ".git/config").read_text() == configuration
    assert sorted(each.name for each in (root / ".git/modules").iterdir()) == modules


def below(edited: set[str], *states: Mapping[str, str]) -> set[str]:
    """The files inside a submodule that is named as one edit."""
    return {name for state in states for name in state if any(name.startswith(f"{each}/") for each in edited)}


def working_files(root: Path) -> dict[str, str]:
    """Type, permissions and content of the user's own files; their times may change."""
    found = everything(root)
    own = {name: said for name, said in found.items() if name.partition("/")[0] != ".git" and said != "directory"}
    return {name: re.sub(r"^(file \d+) \d+", r"\1", said) for name, said in own.items()}


def test_two_changes_two_undos_and_no_third(root: Path) -> None:
    before = working_files(root)
    assert run(root, *CHANGES["remove"]).returncode == 0
    between = working_files(root)
    assert run(root, *CHANGES["add by submodule"]).returncode == 0

    assert run(root, "undo").returncode == 0
    assert working_files(root) == between
    assert run(root, "undo").returncode == 0
    assert working_files(root) == before
    assert run(root, "undo").returncode == 1


@pytest.mark.parametrize("change", ["add by path", "remove a submodule"])
def test_undo_refuses_what_was_edited_since(root: Path, change: str) -> None:
    assert run(root, *CHANGES[change]).returncode == 0
    file = root / ("ops" if change == "add by path" else "stock") / "pyproject.toml"
    file.write_text(file.read_text() + "# mine\n")
    before = working_files(root)

    said = run(root, "undo")

    assert said.returncode == 6
    assert "pyproject.toml" in said.stderr
    assert working_files(root) == before


@pytest.mark.parametrize("change", ["add by submodule", "remove", "lock"])
def test_markdown_names_every_file(root: Path, change: str) -> None:
    said = run(root, *CHANGES[change], "--format", "markdown")

    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("### ")
    assert "| file | change |" in said.stdout
    assert f"{CHANGES[change][-1]}/uv.lock" in said.stdout
