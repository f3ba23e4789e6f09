"""The command line: parse, call, report.  `main` answers `--version` before anything heavy is imported."""

from __future__ import annotations

import sys

from dagster_commons import __version__


def main() -> None:
    """Entry point of the `commons` command."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"commons {__version__}\n")
        return
    from dagster_commons.cli._app import run  # noqa: PLC0415 - start-up stays lazy

    run()
