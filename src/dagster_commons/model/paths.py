"""How a path is shown: relative to the workspace root, with forward slashes."""

from __future__ import annotations

import os.path
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def relative(path: Path, root: Path) -> str:
    """`path` as seen from `root`, in POSIX form; `..` where it lies outside, `.` for the root itself."""
    return PurePath(os.path.relpath(path, root)).as_posix()
