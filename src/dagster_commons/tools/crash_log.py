"""The log that a bug of ours leaves behind instead of a traceback on the screen."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from pathlib import Path

from dagster_commons import __version__
from dagster_commons.tools.redaction import without_credentials


def write_crash_log(error: BaseException, *, argv: tuple[str, ...]) -> Path:
    """Write what is needed to understand `error` into a fresh file and return its path; no environment values,
    no credentials.
    """
    handle, name = tempfile.mkstemp(prefix="commons-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        log.write(f"commons {__version__}, Python {sys.version}, {platform.platform()}\n")
        log.write(without_credentials(f"arguments: {' '.join(argv)}\n\n"))
        log.write(without_credentials("".join(traceback.format_exception(error))))
    return Path(name)
