"""Whatever is added, removed and converted in between: the way back restores pyproject.toml and uv.lock byte for byte."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from builders import commit, make_bare_remote, make_repository, workspace
from dagster_commons.tools import pyproject
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv
from strategies import pyproject_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMONS = Path(sys.executable).with_name("commons")
BUILD_SYSTEM = ('requires = ["uv_build>=0.9,<1"]', 'build-backend = "uv_build"')
SOURCES = ("path", "submodule", "index", "git")
DG = '\n[tool.dg.project]\nroot_module = "sales"\n'


def commons(root: Path, *words: str) -> None:
    ended = subprocess.run([COMMONS, *words], cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"commons {' '.join(words)}\n{ended.stdout}{ended.stderr}"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The module `shared` 0.1.0 in a directory, in a registry and in a bare repository with a tag."""
    base = tmp_path_factory.mktemp("prepared")
    root = workspace(base / "root").module("shared").location("sales").repository().root
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_COUNT", "1")
        patch.setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
        patch.setenv("GIT_CONFIG_VALUE_0", "always")
        patch.setenv("DAGSTER_COMMONS_CACHE", str(base / "cache"))
        commons(root, "registry", "init", "local")
        commons(root, "release", "shared", "--version", "0.1.0")
        module = make_repository(shutil.copytree(root / "shared", base / "module"))
        git(module, "tag", "shared-v0.1.0")
        make_bare_remote(module, base / "shared.git")
        commit(root, "registry")
        patch.setenv("UV_OFFLINE", "1")
        yield base


def words_for(step: tuple[str, str], remote: Path) -> tuple[str, ...]:
    verb, via = step
    if verb == "remove":
        return ("remove", "shared", "-l", "sales")
    details = {
        "path": (),
        "submodule": ("--url", str(remote), "--at", "vendor/shared"),
        "index": (),
        "git": ("--url", f"file://{remote}", "--tag", "shared-v0.1.0"),
    }[via]
    return (verb, "shared==0.1.0", "--via", via, "-l", "sales", *details)


@st.composite
def journeys(draw: st.DrawFn, *, is_used_at_first: bool) -> tuple[tuple[str, str], ...]:
    """A sequence of steps that ends where it began: `shared` by path, or not used at all."""
    now: str | None = "path" if is_used_at_first else None
    steps: list[tuple[str, str]] = []
    for _ in range(draw(st.integers(1, 4))):
        others = [each for each in SOURCES if each != now]
        if now is None:
            now = draw(st.sampled_from(SOURCES))
            steps.append(("add", now))
        elif draw(st.integers(0, 3)) == 0:
            now = None
            steps.append(("remove", ""))
        else:
            now = draw(st.sampled_from(others))
            steps.append(("convert", now))
    if is_used_at_first and now != "path":
        steps.append(("add" if now is None else "convert", "path"))
    if not is_used_at_first and now is not None:
        steps.append(("remove", ""))
    return tuple(steps)


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.parametrize(
    "is_used_at_first",
    [
        pytest.param(True, id="by path at first"),
        pytest.param(False, id="not used at first", marks=pytest.mark.matrix),
    ],
)
@given(data=st.data())
def test_the_way_back(
    prepared: Path,
    tmp_path_factory: pytest.TempPathFactory,
    is_used_at_first: bool,  # noqa: FBT001 - pytest passes it by name
    data: st.DataObject,
) -> None:
    root = tmp_path_factory.mktemp("way-back") / "root"
    shutil.copytree(prepared / "root", root, symlinks=True)
    shutil.rmtree(root / ".git/dagster-commons", ignore_errors=True)
    text = data.draw(
        pyproject_texts(
            requirements=("shared>=0.1,<1",) if is_used_at_first else (),
            sources=(),
            indexes=(),
            constraints=(),
            build_system=BUILD_SYSTEM,
        ),
        label="pyproject.toml",
    )
    steps = data.draw(journeys(is_used_at_first=is_used_at_first), label="steps")
    before = begin(root, text, is_used=is_used_at_first)
    for step in steps:
        commons(root, *words_for(step, prepared / "shared.git"))
    assert read(root) == before
    assert not (root / "vendor/shared").exists()


def begin(root: Path, text: str, *, is_used: bool) -> dict[str, bytes]:
    """Give the location `text`, lock it, commit, and return the bytes it begins with."""
    if is_used:
        if not pyproject.module_entries(pyproject.read(text, root), "shared"):
            text = pyproject.add_dependency(text, "shared>=0.1,<1")
        text = pyproject.set_source(text, "shared", {"path": "../shared", "editable": True})
    if "tool.dg" not in text:
        text += DG.replace("\n", "\r\n") if "\r\n" in text else DG
    (root / "sales/pyproject.toml").write_bytes(text.encode())
    uv(root / "sales", "lock")
    commit(root, "the beginning")
    return read(root)


def read(root: Path) -> dict[str, bytes]:
    return {name: (root / "sales" / name).read_bytes() for name in ("pyproject.toml", "uv.lock")}
