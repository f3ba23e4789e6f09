"""The command line: parse, call, report.  `main` answers `--version` before anything heavy is imported."""

from __future__ import annotations

import os
import sys

from dagster_commons import __version__

READER_GONE = 1


def main() -> None:
    """Entry point of the `commons` command; it ends quietly when the reader of its output goes away (`| head`)."""
    try:
        if sys.argv[1:] == ["--version"]:
            sys.stdout.write(f"commons {__version__}\n")
            sys.stdout.flush()
            return
        from dagster_commons.cli._app import run  # noqa: PLC0415 - start-up stays lazy

        run()
    except BrokenPipeError:
        _write_nowhere()
        sys.exit(READER_GONE)


def _write_nowhere() -> None:
    """What is still buffered would raise once more when the interpreter flushes it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
