"""The wheel that tells Dagster's library registry which modules a bundle holds, written without a build."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NAME, VERSION = "dagster-commons-bundle-versions", "1"
_STEM = f"{NAME.replace('-', '_')}-{VERSION}"
_INFO = f"{_STEM}.dist-info"
_METADATA = f"""\
Metadata-Version: 2.1
Name: {NAME}
Version: {VERSION}
Summary: Written by commons bundle: tells Dagster's library registry which modules are installed.
Requires-Python: >=3.10
"""
_WHEEL = "Wheel-Version: 1.0\nGenerator: commons bundle\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_PTH = "import _dagster_commons_versions; _dagster_commons_versions.listen()\n"


def write_versions_wheel(directory: Path, modules: Iterable[tuple[str, str]]) -> Path:
    """The wheel for `modules` (name and version): the same modules give the same bytes everywhere."""
    listed = "".join(f"    ({name!r}, {version!r}),\n" for name, version in sorted(modules))
    scripts = resources.files("dagster_commons.tools") / "in_bundle"
    files = {
        "_dagster_commons_modules.py": f"MODULES = (\n{listed})\n",
        "_dagster_commons_versions.py": (scripts / "_dagster_commons_versions.py").read_text(encoding="utf-8"),
        f"{NAME.replace('-', '_')}.pth": _PTH,
        f"{_INFO}/METADATA": _METADATA,
        f"{_INFO}/WHEEL": _WHEEL,
    }
    files[f"{_INFO}/RECORD"] = _record(files)
    wheel = directory / f"{_STEM}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:  # stored: zlibs differ in what they make of the same text
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)  # of 1980-01-01
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return wheel


def _record(files: Mapping[str, str]) -> str:
    lines = (f"{path},{_digest(text)},{len(text.encode())}\n" for path, text in files.items())
    return f"{''.join(lines)}{_INFO}/RECORD,,\n"


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
