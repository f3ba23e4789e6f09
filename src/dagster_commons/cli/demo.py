"""`commons demo`: the whole story, built for real."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import click

from dagster_commons.errors import RefusedError
from dagster_commons.report import console

EXAMPLES = """\b
Examples:
  commons demo                     # in ./commons-demo
  commons demo --open commons-demo # the Dagster UI on what has been built there
"""


@click.command("demo", short_help="Build the whole story, for real, in a directory.", epilog=EXAMPLES)
@click.argument("directory", metavar="[DIR]", default="commons-demo", type=click.Path(path_type=Path))
@click.option("--open", "is_to_be_opened", is_flag=True, help="Then open it in the Dagster UI; a finished one at once.")
@click.option("--port", default=3000, show_default=True, help="Where the Dagster UI listens, on loopback.")
def command(directory: Path, port: int, *, is_to_be_opened: bool) -> None:
    """Build one shared module and three code locations that use it in three ways, in DIR.

    Every command is printed and run: real git, real uv, real Dagster. Nothing outside DIR is touched, apart from uv's
    own cache.
    """
    from dagster_commons.cli._story import opening  # noqa: PLC0415 - `--help` stays fast

    place = Path(os.path.abspath(directory))  # noqa: PTH100 - resolve() would leave the path that the user named
    if not (is_to_be_opened and opening.is_finished(place)):
        _build(place)
    if is_to_be_opened:
        opening.open_in_dagster(place, port)
    program = "commons" if shutil.which("commons") else sys.argv[0]
    console.write(f"Open all three in the Dagster UI: {shlex.join((program, 'demo', '--open', str(directory)))}\n")


def _build(place: Path) -> None:
    from dagster_commons.cli._story.script import story  # noqa: PLC0415 - `--help` stays fast
    from dagster_commons.cli._story.telling import tell  # noqa: PLC0415

    _require_new(place)
    began = time.monotonic()
    tell(story(place), place)
    console.write(f"Built in {time.monotonic() - began:.0f} seconds.\n")


def _require_new(place: Path) -> None:
    if place.is_dir() and any(place.iterdir()):
        raise RefusedError(
            f"{place} is not empty, and the demo writes into an empty directory only",
            hint="name another one, or remove it; `commons demo --open DIR` opens a demo that is finished",
            file=place,
        )
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise RefusedError(f"{place} is no directory", hint="name another one", file=place)
