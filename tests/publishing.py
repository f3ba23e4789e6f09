"""What is released in the tests of registries on the web."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from wheelhouse import write_sdist, write_wheel

if TYPE_CHECKING:
    from pathlib import Path


def drawn(directory: Path, module: str, version: str, source: str = "") -> tuple[Path, Path]:
    """A wheel and an sdist of one version."""
    return (
        write_wheel(directory, module, version, source=source),
        write_sdist(directory, module, version, source=source),
    )


def digests(files: tuple[Path, ...]) -> dict[str, str]:
    """The sha256 of each by its name."""
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in files}
