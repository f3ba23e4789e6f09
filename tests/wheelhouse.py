"""Wheels and sdists drawn in one line, without a build backend."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_wheel(
    directory: Path,
    name: str,
    version: str,
    *,
    requires: tuple[str, ...] = (),
    requires_python: str | None = ">=3.9",
    source: str = "",
    build: str = "",
) -> Path:
    """A wheel whose import package is `name`, its module being `__version__` and `source`."""
    package = name.replace("-", "_")
    info = f"{package}-{version}.dist-info"
    files = {
        f"{package}/__init__.py": f"__version__ = {version!r}\n{source}",
        f"{info}/METADATA": metadata_text(name, version, requires=requires, requires_python=requires_python),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: drawn\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(text)},{len(text.encode())}\n" for path, text in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    directory.mkdir(parents=True, exist_ok=True)
    wheel = directory / f"{package}-{version}{f'-{build}' if build else ''}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return wheel


def write_sdist(directory: Path, name: str, version: str, *, source: str = "") -> Path:
    """A source distribution with PKG-INFO and one module; it is read by tests, never built."""
    package = name.replace("-", "_")
    directory.mkdir(parents=True, exist_ok=True)
    sdist = directory / f"{package}-{version}.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        for path, text in (("PKG-INFO", metadata_text(name, version)), (f"{package}.py", source)):
            member = tarfile.TarInfo(f"{package}-{version}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return sdist


def metadata_text(
    name: str, version: str, *, requires: tuple[str, ...] = (), requires_python: str | None = ">=3.9"
) -> str:
    lines = ["Metadata-Version: 2.3", f"Name: {name}", f"Version: {version}"]
    if requires_python:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Requires-Dist: {each}" for each in requires]
    return "\n".join(lines) + "\n"


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
