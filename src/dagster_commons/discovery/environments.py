"""What a location's own `.venv` has installed as editable: how a link, an override of the environment alone, shows."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit


def editable_directory(project: Path, name: str) -> Path | None:
    """The directory that `name` (normalised) is installed from as editable in `project/.venv`, or None.

    Read from `direct_url.json` (PEP 610).
    """
    wanted = name.replace("-", "_")
    for site in sorted((project / ".venv").glob("lib/python*/site-packages")):
        for entry in _distributions(site, site.stat().st_mtime_ns):
            found, separator, _ = entry.partition("-")
            if separator and found.lower().replace("-", "_").replace(".", "_") == wanted:
                return _editable(site / entry / "direct_url.json")
    return None


@lru_cache(maxsize=4096)
def _distributions(site: Path, modified: int) -> tuple[str, ...]:
    """The `.dist-info` directories; `modified` makes the memory of it end when one is added or removed."""
    del modified
    return tuple(sorted(each for each in os.listdir(site) if each.endswith(".dist-info")))  # noqa: PTH208 - faster


def _editable(file: Path) -> Path | None:
    import json  # noqa: PLC0415 - lazy: few distributions have the file

    try:
        said = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None  # installed from an index: there is no such file
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        return None
    directory = said.get("dir_info")
    if not isinstance(directory, dict) or directory.get("editable") is not True:
        return None
    return Path(unquote(urlsplit(said["url"]).path))
