"""`kill -9` at every step of `commons release`, then the same command again: the same bytes, once."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.journal import journal_directory
from git_fixtures import git

if TYPE_CHECKING:
    from pathlib import Path

# uv builds this itself; it requires nothing, so that no package index is asked.
PROJECT = """\
[project]
name = "shared"
version = "0.1.2"
requires-python = ">=3.11"

[build-system]
requires = ["uv_build>=0.9,<1"]
build-backend = "uv_build"
"""
# Kills itself before the STEP-th change of the file system, or program started, from the moment on at which the build
# is kept: before that nothing is written anywhere but in scratch directories.
RELEASE_AND_DIE = """
import itertools, os, signal, sys
from dagster_commons.execution import releases
from dagster_commons.tools import process

step = int(sys.argv[1])
count = itertools.count()
is_armed = False

def fatal(call):
    def counting(*arguments, **named):
        if is_armed and next(count) == step:
            os.kill(os.getpid(), DEATH)
        return call(*arguments, **named)
    return counting

def arming(call):
    def armed(*arguments, **named):
        global is_armed
        is_armed = True
        return call(*arguments, **named)
    return armed

for name in ("fsync", "replace", "rename", "unlink", "mkdir", "rmdir", "link", "fchmod"):
    setattr(os, name, fatal(getattr(os, name)))
process._started = fatal(process._started)
releases._with_kept_files = arming(releases._with_kept_files)
sys.argv = ["commons", *sys.argv[2:]]
from dagster_commons.cli import main
main()
"""
RELEASE = ("release", "shared==0.1.3", "--format", "json")
MOST_STEPS = 400
EVERY = 23  # of the steps in the normal suite; all of them in `make test-matrix`


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with `shared`, a fragment for the changelog, an embedded registry and a remote."""
    root = tmp_path_factory.mktemp("prepared") / "repository"
    drawing = workspace(root)
    for name, text in (
        ("commons.toml", '[registries.corp]\nkind = "embedded"\npath = "registry"\n'),
        ("shared/pyproject.toml", PROJECT),
        ("shared/src/shared/__init__.py", "def asset_factory(): ...\n"),
        ("shared/CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n"),
        ("shared/changelog.d/1.added.md", "A factory\n"),
        ("registry/shared/index.html", ""),
    ):
        drawing.file(name, text)
    drawing.repository()
    git(root.parent, "init", "--quiet", "--bare", "remote.git")
    git(root, "remote", "add", "origin", "../remote.git")
    git(root, "push", "--quiet", "origin", "HEAD")
    return root.parent


def killed_at(prepared: Path, place: Path, step: int, death: str = "signal.SIGKILL") -> tuple[Path, int, str]:
    """A copy of all of it, in which the release died at that step; its exit code and what it said."""
    shutil.copytree(prepared, place, symlinks=True)
    root = place / "repository"
    ended = subprocess.run(
        [sys.executable, "-c", RELEASE_AND_DIE.replace("DEATH", death), str(step), *RELEASE],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return root, ended.returncode, ended.stdout + ended.stderr


def again(root: Path, *words: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "dagster_commons", *(words or RELEASE)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def bytes_in(registry: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (registry / "shared").iterdir()
        if file.name.endswith((".whl", ".tar.gz"))
    }


def assert_finished(root: Path, before: dict[str, str]) -> None:
    registry = root / "registry"
    (released,) = embedded.releases(registry, "shared")
    assert (released.version, len(released.files)) == ("0.1.3", 2)
    assert embedded.verify(registry) == ()
    assert before.items() <= bytes_in(registry).items()  # what had arrived is what stays
    subjects = git(root, "log", "--format=%s").splitlines()
    assert subjects.count("Release shared 0.1.3") == 1
    assert git(root, "tag", "--list").split() == ["shared-v0.1.3"]
    assert git(root, "describe", "--exact-match").strip() == "shared-v0.1.3"
    assert git(root, "status", "--porcelain", "--", "shared").strip() == ""
    assert not (root / "shared/changelog.d/1.added.md").exists()
    assert "- A factory\n" in (root / "shared/CHANGELOG.md").read_text()
    assert not any((journal_directory(root) / "releases").iterdir())


def steps(*, matrix: bool) -> list[int]:
    """Those that the normal suite tries, or the others."""
    return [step for step in range(MOST_STEPS) if (step % EVERY == 0) != matrix]


def try_steps(prepared: Path, tmp_path: Path, numbers: list[int]) -> int:
    """Kill at each of the steps that there are, and finish; how many there were."""
    for tried, step in enumerate(numbers):
        root, code, said = killed_at(prepared, tmp_path / str(step), step)
        if code == 0:
            assert_finished(root, bytes_in(root / "registry"))
            return tried
        assert code == -signal.SIGKILL, said
        arrived = bytes_in(root / "registry") if embedded.releases(root / "registry", "shared") else {}
        again(root)
        assert_finished(root, arrived)
        assert '"outcome": "unchanged"' in again(root)
        shutil.rmtree(tmp_path / str(step))
    raise AssertionError(f"the release has more than {MOST_STEPS} steps")


def test_killed_at_some_steps_it_finishes_with_the_same_bytes(prepared: Path, tmp_path: Path) -> None:
    assert try_steps(prepared, tmp_path, steps(matrix=False)) >= 3


@pytest.mark.matrix
@pytest.mark.timeout(3600)
def test_killed_at_every_step_it_finishes_with_the_same_bytes(prepared: Path, tmp_path: Path) -> None:
    assert try_steps(prepared, tmp_path, steps(matrix=True)) >= 40


@pytest.mark.parametrize("step", [0, 30, 60])
def test_interrupted_it_says_so_and_finishes_when_run_again(prepared: Path, tmp_path: Path, step: int) -> None:
    root, code, said = killed_at(prepared, tmp_path / "place", step, "signal.SIGINT")
    if code == 0:
        pytest.skip("the release has fewer steps")
    assert code == 130, said
    assert "interrupted" in said
    again(root)
    assert_finished(root, {})


def test_pushed_when_asked_for_also_after_everything_else_is_done(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared, tmp_path / "place", symlinks=True)
    root = tmp_path / "place/repository"
    again(root)
    assert git(tmp_path / "place/remote.git", "tag", "--list").strip() == ""

    again(root, *RELEASE, "--push")

    assert git(tmp_path / "place/remote.git", "tag", "--list").strip() == "shared-v0.1.3"
    branch = git(root, "symbolic-ref", "--short", "HEAD").strip()
    assert git(tmp_path / "place/remote.git", "rev-parse", branch) == git(root, "rev-parse", "HEAD")


def test_of_two_releases_from_two_clones_one_wins_and_the_other_leaves_nothing(prepared: Path, tmp_path: Path) -> None:
    registry = tmp_path / "registry"
    embedded.initialise(registry, names=("shared",))
    roots = []
    for name in ("one", "other"):
        root = tmp_path / name / "repository"
        shutil.copytree(prepared, tmp_path / name, symlinks=True)
        (root / "commons.toml").write_text(f'[registries.corp]\nkind = "embedded"\npath = "{registry}"\n')
        (root / "shared/src/shared/__init__.py").write_text(f"def asset_factory(): return {name!r}\n")
        git(root, "commit", "--quiet", "-am", name)
        roots.append(root)

    running = [
        subprocess.Popen(
            [sys.executable, "-m", "dagster_commons", *RELEASE],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for root in roots
    ]
    said = [each.communicate() for each in running]

    codes = [each.returncode for each in running]
    assert sorted(codes) == [0, 7], said
    loser = roots[codes.index(7)]
    assert b"shared 0.1.3 is released already, with other bytes" in b"".join(said[codes.index(7)])
    assert git(loser, "tag", "--list") == ""
    assert git(loser, "status", "--porcelain").strip() == ""
    assert git(loser, "log", "-1", "--format=%s").strip() == loser.parent.name
    assert embedded.verify(registry) == ()
    assert [each.version for each in embedded.releases(registry, "shared")] == ["0.1.3"]
