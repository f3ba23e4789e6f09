"""Where a workspace begins, outside git; inside git see the integration tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.discovery import find_root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("files", "root"),
    [
        ({"a/commons.toml": "", "a/b/pyproject.toml": ""}, "a"),
        ({"commons.toml": "", "a/b/commons.toml": ""}, "a/b"),
        ({"a/pyproject.toml": '[tool.uv.workspace]\nmembers = ["*"]\n', "a/b/pyproject.toml": ""}, "a"),
        ({"a/pyproject.toml": "[tool.dg.workspace]\n", "a/b/pyproject.toml": ""}, "a"),
        ({"a/dg.toml": "[workspace]\n", "a/b/dg.toml": "[project]\n"}, "a"),
        ({"a/workspace.yaml": "", "a/b/pyproject.toml": ""}, "a"),
        ({"a/pyproject.toml": "", "a/b/pyproject.toml": ""}, "a/b"),
        ({"a/b/dg.toml": "[project]\n"}, "a/b"),
        ({"a/pyproject.toml": "broken ["}, "a"),
        ({}, "a/b/c"),
    ],
)
def test_the_root_is_found_upward(tmp_path: Path, files: dict[str, str], root: str) -> None:
    draw(tmp_path, files)
    here = tmp_path / "a/b/c"
    here.mkdir(parents=True, exist_ok=True)
    assert find_root(here) == tmp_path / root
