"""Options of the verbs that load definitions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from dagster_commons.proof.loading import LoadOptions
from dagster_commons.proof.snapshot_cache import SnapshotCache
from dagster_commons.tools.cache import cache_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Function = TypeVar("Function", bound="Callable[..., object]")


def loading_options(function: Function) -> Function:
    """--env-file, --cache-dir, --timeout and --isolated."""
    options = (
        click.option(
            "--env-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Variables for loading, beside dg's own `.env` files.",
        ),
        click.option(
            "--cache-dir", type=click.Path(file_okay=False, path_type=Path), help="Where snapshots are kept (for CI)."
        ),
        click.option("--timeout", type=float, default=300.0, show_default=True, help="Seconds for one load."),
        click.option("--isolated", is_flag=True, help="A real environment for each code location, no sharing."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def load_options(given: Mapping[str, object]) -> LoadOptions:
    """What the options say."""
    directory, env_file, timeout = given["cache_dir"], given["env_file"], given["timeout"]
    return LoadOptions(
        cache=SnapshotCache(directory=directory if isinstance(directory, Path) else cache_directory() / "snapshots"),
        env_file=env_file.absolute() if isinstance(env_file, Path) else None,
        timeout_seconds=timeout if isinstance(timeout, float) else 300.0,
        is_isolated=given["isolated"] is True,
    )
