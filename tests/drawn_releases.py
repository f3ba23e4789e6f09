"""A repository with one module to release, what there is of it, and `commons` as it is typed there."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builders import draw, make_repository
from dagster_commons.tools.journal import journal_directory
from git_fixtures import git
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Mapping
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
FACTORY = "def asset_factory(): ...\n"
EMBEDDED = '[registries.corp]\nkind = "embedded"\npath = "registry"\n'


def remote(url: str) -> str:
    """`commons.toml` for an index that takes uploads one directory above its pages."""
    publish_url = url.removesuffix("simple/")
    return f'modules = ["shared"]\n[registries.corp]\nkind = "simple"\nurl = "{url}"\npublish-url = "{publish_url}"\n'


def draw_release(root: Path, configuration: str = EMBEDDED, files: Mapping[str, str] | None = None) -> Path:
    """A repository with `shared` 0.1.2, pushed to the bare repository `remote.git` beside it; returns `root`."""
    drawn = {
        "commons.toml": configuration,
        "shared/pyproject.toml": PROJECT,
        "shared/src/shared/__init__.py": FACTORY,
        "shared/CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n",
        **({"registry/shared/index.html": ""} if configuration == EMBEDDED else {}),
    }
    draw(root, drawn | dict(files or {}))
    make_repository(root)
    git(root.parent, "init", "--quiet", "--bare", "remote.git")
    git(root, "remote", "add", "origin", "../remote.git")
    git(root, "push", "--quiet", "--set-upstream", "origin", "HEAD")
    return root


def commons(at: Path, *words: str, code: int = 0, environment: Mapping[str, str] | None = None) -> str:
    """What the command printed, stdout first; it ended with `code`, and its lines are no longer than a screen."""
    ended = subprocess.run(
        [sys.executable, "-m", "dagster_commons", *words],
        cwd=at,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, f"{ended.returncode}\n{ended.stdout}{ended.stderr}"
    assert "Traceback" not in ended.stderr
    return ended.stdout + ended.stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that a release may change."""

    head: str
    tags: str
    staged: str
    files: Mapping[str, bytes]
    kept: tuple[str, ...]


def state_of(root: Path) -> State:
    """What is there now; builds that are kept for the next run included."""
    return State(
        head=git(root, "rev-parse", "HEAD"),
        tags=git(root, "for-each-ref", "refs/tags"),
        staged=git(root, "diff", "--cached"),
        files=files_below(root),
        kept=kept_builds(root),
    )


def kept_builds(root: Path) -> tuple[str, ...]:
    """The releases whose build is kept because they are not done."""
    return tuple(sorted(each.name for each in (journal_directory(root) / "releases").glob("*")))


def digests_in(directory: Path) -> dict[str, str]:
    """The sha256 of every wheel and sdist in `directory`, by name."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in directory.iterdir()
        if file.name.endswith((".whl", ".tar.gz"))
    }


def versions_in(directory: Path) -> list[str]:
    """The versions of `shared` that have a wheel in `directory`, sorted as text."""
    return sorted(
        found[1] for each in directory.iterdir() if (found := re.fullmatch(r"shared-(.+)-py3-none-any\.whl", each.name))
    )
