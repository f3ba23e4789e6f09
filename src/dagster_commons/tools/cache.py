"""Where the tool keeps what it can compute again: environments, clones of the fleet, parsed facts."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_directory() -> Path:
    """Our cache: `$DAGSTER_COMMONS_CACHE`, else the platform's cache directory for the user (XDG on Linux)."""
    override = os.environ.get("DAGSTER_COMMONS_CACHE")
    if override:
        return Path(override)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "dagster-commons"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "dagster-commons"
