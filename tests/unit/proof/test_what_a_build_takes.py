"""A backend's environment is kept only where `[build-system]` says all that a build takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.proof.wheel_building import _takes_more_to_build

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"repo/shared/pyproject.toml": PLAIN}, False),
        ({"repo/shared/pyproject.toml": PLAIN + '[tool.uv.extra-build-dependencies]\nshared = ["x"]\n'}, True),
        ({"repo/pyproject.toml": "[tool.uv]\nextra-build-variables = {}\n", "repo/shared/pyproject.toml": PLAIN}, True),
        ({"repo/shared/pyproject.toml": PLAIN, "repo/shared/setup.py": ""}, True),
    ],
)
def test_what_a_build_takes(tmp_path: Path, files: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    draw(tmp_path, files)
    assert _takes_more_to_build(tmp_path / "repo/shared") is expected
