"""Options of the verbs that load definitions."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from dagster_commons.analysis.judging import fail_on_from
from dagster_commons.model.verdicts import FAIL_ON_DEFAULT
from dagster_commons.proof.loading import LoadOptions
from dagster_commons.proof.planned_verdicts import Judging
from dagster_commons.proof.snapshot_cache import SnapshotCache
from dagster_commons.tools.cache import cache_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagster_commons.model.verdicts import FailOn

Function = TypeVar("Function", bound="Callable[..., object]")


def loading_options(function: Function) -> Function:
    """--env-file, --cache-dir, --timeout and --isolated; `current_load_options` tells what they say."""
    options = (
        click.option(
            "--env-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            expose_value=False,
            callback=_remember,
            help="Variables for loading definitions, beside dg's own `.env` files.",
        ),
        click.option(
            "--cache-dir",
            type=click.Path(file_okay=False, path_type=Path),
            expose_value=False,
            callback=_remember,
            help="Where snapshots are kept, for a CI cache.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=300.0,
            show_default=True,
            expose_value=False,
            callback=_remember,
            help="Seconds for loading one code location.",
        ),
        click.option(
            "--isolated",
            is_flag=True,
            expose_value=False,
            callback=_remember,
            help="A real environment for each code location, none shared.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def judging_options(function: Function) -> Function:
    """--fail-on, and how definitions are loaded."""
    fail_on = click.option(
        "--fail-on",
        default=",".join(FAIL_ON_DEFAULT),
        show_default=True,
        envvar="COMMONS_FAIL_ON",
        metavar="WORDS",
        expose_value=False,
        callback=_remember,
        help="Verdicts that refuse (exit code 1); also `notable`, `any`.",
    )
    return fail_on(loading_options(function))


def current_load_options() -> LoadOptions:
    """What the options of the running verb say of loading."""
    given = click.get_current_context().meta
    env_file, directory = given.get(_key("env_file")), given.get(_key("cache_dir"))
    return LoadOptions(
        cache=SnapshotCache(directory=directory or cache_directory() / "snapshots"),
        env_file=env_file.absolute() if env_file is not None else None,
        timeout_seconds=given.get(_key("timeout"), 300.0),
        is_isolated=given.get(_key("isolated"), False),
    )


def current_fail_on() -> tuple[FailOn, ...]:
    """The verdicts that the running verb refuses.

    Raises:
        UsageError: `--fail-on` has an unknown word.

    """
    return fail_on_from(click.get_current_context().meta.get(_key("fail_on"), ",".join(FAIL_ON_DEFAULT)))


def current_judging() -> Judging | None:
    """How the running verb judges definitions; None for one that has no `--fail-on`."""
    if _key("fail_on") not in click.get_current_context().meta:
        return None
    return Judging(options=current_load_options(), today=today())


def judge_by_default() -> None:
    """Let `current_judging` judge although the running verb has none of these options, as their defaults say."""
    given = click.get_current_context().meta
    given[_key("fail_on")] = os.environ.get("COMMONS_FAIL_ON", ",".join(FAIL_ON_DEFAULT))


def today() -> datetime.date:
    """The day that acceptances are measured by (UTC)."""
    return datetime.datetime.now(tz=datetime.UTC).date()


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> object:
    context.meta[_key(str(parameter.name))] = value
    return value


def _key(name: str) -> str:
    return f"dagster_commons.{name}"
