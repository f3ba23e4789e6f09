"""A repository with a shared module that is released into an embedded registry, without any package index."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from builders import workspace
from git_fixtures import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# uv builds this itself; it requires nothing.
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


def releasable(place: Path) -> Path:
    """The repository, in `place/repository`, with a registry `corp` in it, pushed to `place/remote.git`."""
    root = place / "repository"
    drawing = workspace(root)
    for name, text in (
        ("commons.toml", '[registries.corp]\nkind = "embedded"\npath = "registry"\n'),
        ("shared/pyproject.toml", PROJECT),
        ("shared/src/shared/__init__.py", FACTORY),
        ("shared/CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n"),
        ("registry/shared/index.html", ""),
    ):
        drawing.file(name, text)
    drawing.repository()
    git(place, "init", "--quiet", "--bare", "remote.git")
    git(root, "remote", "add", "origin", "../remote.git")
    git(root, "push", "--quiet", "--set-upstream", "origin", "HEAD")
    return root


def commons(at: Path, *words: str, code: int = 0, environment: Mapping[str, str] | None = None) -> str:
    """What the command printed; it has to end with `code`."""
    ended = subprocess.run(
        [sys.executable, "-m", "dagster_commons", *words],
        cwd=at,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, f"{ended.returncode}\n{ended.stdout}{ended.stderr}"
    return ended.stdout + ended.stderr
