from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 2**22 + 1  # above Linux's largest process id, so that no process has it


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(tmp_path))
    return tmp_path / "twins"


def test_it_goes_with_the_context(cache: Path) -> None:
    with scratch_directory() as directory:
        (directory / "file").write_text("x")
        assert directory.parent == cache.resolve()
    assert not directory.exists()


def test_what_a_killed_run_left_behind_goes_with_the_next_one(cache: Path) -> None:
    abandoned, in_use = cache / f"{NOBODY}-abandoned", cache / f"{os.getppid()}-in-use"
    for each in (abandoned, in_use):
        (each / "repository").mkdir(parents=True)
    with scratch_directory():
        assert not abandoned.exists()
        assert in_use.exists()
