"""Bundles for tests: code locations of every source, drawn without Dagster, and bundles installed as a Dockerfile does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from builders import add_submodule, commit, make_bare_remote, workspace
from dagster_commons.plans.bundle_texts import install_commands
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv
from environments import environment_with_pip
from git_fixtures import digests
from released import release

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from builders import Drawing

COMMONS = Path(sys.executable).with_name("commons")
DATA = "from importlib.resources import files\n\nGREETING = (files('shared') / 'data/greeting.txt').read_text()\n"
DEFINITIONS = "import base, shared\n\ndefs = (shared.__version__, base.__version__)\n"
INDEX = '\n[[tool.uv.index]]\nname = "local"\nurl = "../registry"\n'
OWN_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def local(path: str) -> str:
    return f'{{ path = "{path}", editable = true }}'


def by_path(root: Path) -> Path:
    """`sales` uses `shared`, which uses `base`, all in one repository; `shared` has package data and an extra."""
    drawing = workspace(root).module("base", version="0.3.0")
    drawing.module("shared", version="0.2.0", uses={"base": local("../base")})
    drawing.file("shared/src/shared/data/greeting.txt", "hello")
    return _located(drawing, {"shared": local("../shared")}).repository().root


def by_submodule(root: Path) -> Path:
    """The same, `shared` being a submodule in `sales` and `base` a directory of that."""
    drawing = workspace(root.parent / "module").module("base", at="base", version="0.3.0")
    drawing.module("shared", at=".", version="0.2.0", uses={"base": local("base")}).repository()
    make_bare_remote(drawing.root, root.parent / "remote.git")
    drawn = _located(workspace(root), {"shared": local("../vendor/shared")}, is_locked=False).repository()
    add_submodule(root, root.parent / "remote.git", "vendor/shared")
    uv(root / "sales", "lock")
    commit(root, "use it")
    return drawn.root


def by_index(root: Path) -> Path:
    """The same from an embedded registry beside it."""
    drawing = workspace(root)
    release(root, "base", "0.3.0")
    release(root, "shared", "0.2.0", "base")
    return _located(drawing, {"shared==0.2.0": "", "base": ""}, more=INDEX).repository().root


def by_git(root: Path) -> Path:
    """The same from tags of a repository: `shared` in a subdirectory of it."""
    drawing = workspace(root.parent / "module").module("base", version="0.3.0")
    drawing.module("shared", version="0.2.0", uses={"base": local("../base")}).repository()
    git(drawing.root, "tag", "v1")
    url = make_bare_remote(drawing.root, root.parent / "remote.git").as_uri()
    source = f'{{ git = "{url}", tag = "v1", subdirectory = "shared" }}'
    return _located(workspace(root), {"shared": source}).repository().root


def by_member(root: Path) -> Path:
    """The same in one uv workspace."""
    member = "{ workspace = true }"
    drawing = workspace(root).file("pyproject.toml", '[tool.uv.workspace]\nmembers = ["base", "shared", "sales"]\n')
    drawing.module("base", version="0.3.0").module("shared", version="0.2.0", uses={"base": member})
    return _located(drawing, {"shared": member}).repository().root


SOURCES: Mapping[str, Callable[[Path], Path]] = {
    "path": by_path,
    "submodule": by_submodule,
    "index": by_index,
    "git": by_git,
    "member": by_member,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What `commons` printed and how it ended."""

    exit_code: int
    out: str
    err: str


def bundle(root: Path, *words: str, environment: Mapping[str, str] | None = None) -> Said:
    """Run `commons bundle` in `root` without its proof: what is drawn here has no Dagster."""
    python = () if "--python-version" in words else ("--python-version", OWN_PYTHON)
    argv = [COMMONS, "bundle", *words, "--no-proof", *python]
    said = subprocess.run(
        argv, cwd=root, env={**os.environ, **(environment or {})}, capture_output=True, check=False, text=True
    )
    assert "Traceback" not in said.stdout + said.stderr
    return Said(exit_code=said.returncode, out=said.stdout, err=said.stderr)


def install(directory: Path, environment: Path, *, is_vendored: bool = False) -> None:
    """Install the bundle in `directory` into a new virtual environment, by the commands of its Dockerfile.

    Raises:
        subprocess.CalledProcessError: one of them refused.

    """
    environment_with_pip(environment)
    variables = {**os.environ, "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    for each in install_commands(is_vendored=is_vendored):
        subprocess.run(["sh", "-c", each], cwd=directory, env=variables, check=True, capture_output=True, text=True)


def evaluate(environment: Path, expression: str, at: Path) -> str:
    """What `expression` prints in the environment, run in `at` without anything of ours."""
    argv = [environment / "bin/python", "-I", "-c", f"import importlib as i; print({expression})"]
    return subprocess.run(argv, cwd=at, check=True, capture_output=True, text=True).stdout.strip()


def bytes_of(directory: Path) -> dict[str, str]:
    """Every file of a bundle by its content."""
    return {name: each.rpartition(" ")[2] for name, each in digests(directory).items() if each != "directory"}


def _located(drawing: Drawing, uses: Mapping[str, str], *, more: str = "", is_locked: bool = True) -> Drawing:
    drawing.location("sales", uses=uses, more=more).file("sales/src/sales/definitions.py", DEFINITIONS)
    if is_locked:
        uv(drawing.root / "sales", "lock")
    return drawing
