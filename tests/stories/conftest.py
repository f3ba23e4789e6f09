"""The installed command, run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMMONS = Path(sys.executable).with_name("commons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the command printed and how it ended."""

    exit_code: int
    out: str
    err: str


@pytest.fixture
def commons(tmp_path: Path) -> Callable[..., Said]:
    """Run `commons` in `tmp_path / at`; paths of the test's own directory are printed as `…`."""

    def run(*words: str, at: str = ".", environment: Mapping[str, str] | None = None) -> Said:
        ended = subprocess.run(
            [COMMONS, *words],
            cwd=tmp_path / at,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            check=False,
            text=True,
            timeout=240,
        )
        assert "Traceback" not in ended.stderr + ended.stdout
        return Said(
            exit_code=ended.returncode,
            out=ended.stdout.replace(str(tmp_path), "…"),
            err=ended.stderr.replace(str(tmp_path), "…"),
        )

    return run


def files_below(directory: Path) -> dict[str, bytes]:
    """Every file of the user's below `directory` with its bytes; git's own and our journal are left out."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not {".git", ".commons"} & set(path.relative_to(directory).parts)
    }
