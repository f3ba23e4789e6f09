"""The Pythons of this machine, as uv finds them; none is downloaded."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from dagster_commons.tools.uv import uv

FIND = ("python", "find", "--no-python-downloads")


@cache
def interpreter_of(version: str) -> Path | None:
    """The interpreter of that version (`3.12`), if there is one."""
    found = uv(Path(sys.prefix), *FIND, "--no-project", "--system", version, check=False)
    return Path(found.text.strip()) if found.exit_code == 0 else None


def version_for(project: Path) -> str | None:
    """The version (`3.11.7`) of the interpreter that uv takes for `project`, if there is one."""
    found = uv(project, *FIND, "--show-version", check=False)
    return found.text.strip() if found.exit_code == 0 else None
