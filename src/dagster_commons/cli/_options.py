"""Options that verbs share, and what they mean: the root, the workspace, the chosen locations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from dagster_commons.errors import NothingDiscoveredError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.workspace import CodeLocation, Workspace

UNREADABLE = "FILE001"  # discovery's finding for a file that cannot be read or parsed

Function = TypeVar("Function", bound="Callable[..., object]")

root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the workspace starts (default: found upward from here).",
)
location_option = click.option(
    "-l",
    "--location",
    "names",
    multiple=True,
    metavar="NAME",
    help="A code location; repeatable (default: the one that contains this directory, else all).",
)
offline_option = click.option(
    "--offline", is_flag=True, help="Fetch no repository of the fleet, ask no registry; use the cached clones."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Stage and prove, print the diff, write nothing.")
format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["terminal", "json", "markdown"]),
    default="terminal",
    show_default=True,
    help="How to report.",
)


def changing_options(function: Function) -> Function:
    """What every verb that changes uses takes: -l, --root, --offline, --dry-run, --format, and how it is judged."""
    from dagster_commons.cli._loading import judging_options  # noqa: PLC0415 - verbs that only look do not pay for it

    function = judging_options(function)
    for option in (format_option, dry_run_option, offline_option, root_option, location_option):
        function = option(function)
    return function


def open_workspace(root: Path | None, *, offline: bool, may_be_empty: bool = False) -> Workspace:
    """Discover the workspace around the current directory, or under `root`.

    Raises:
        NothingDiscoveredError: there is neither a code location nor a shared module, and it must not be empty.

    """
    from dagster_commons.discovery import read_workspace  # noqa: PLC0415 - `--help` stays fast

    workspace = read_workspace(_directory(root), offline=offline)
    if not may_be_empty:
        _require_something(workspace)
    _let_uv_in(workspace)
    return workspace


def open_evidence(root: Path | None, *, offline: bool) -> Evidence:
    """The same with all that rules look at.

    Raises:
        NothingDiscoveredError: there is neither a code location nor a shared module.

    """
    from dagster_commons.discovery.evidence import read_evidence  # noqa: PLC0415 - `--help` stays fast

    evidence = read_evidence(_directory(root), offline=offline)
    _require_something(evidence.workspace)
    _let_uv_in(evidence.workspace)
    return evidence


def _let_uv_in(workspace: Workspace) -> None:
    """Until the command ends, uv has the credentials of the workspace's registries when it reads an index.

    Projects may call the same index otherwise, and uv's variables go by that name.
    """
    from dagster_commons.model.configuration import RemoteRegistry  # noqa: PLC0415 - as above

    registries = tuple(each for each in workspace.configuration.registries if isinstance(each, RemoteRegistry))
    if registries:
        from dagster_commons.tools.indexes.authentication import variables_of  # noqa: PLC0415 - few have one
        from dagster_commons.tools.uv import authenticated  # noqa: PLC0415 - likewise

        indexes = tuple(index for project in workspace.projects for index in project.indexes)
        click.get_current_context().with_resource(authenticated(lambda text: variables_of(registries, indexes, text)))


def _directory(root: Path | None) -> Path:
    from dagster_commons.discovery import find_root  # noqa: PLC0415 - `--help` stays fast

    return root.resolve() if root is not None else find_root(Path.cwd())


def _require_something(workspace: Workspace) -> None:
    if not (workspace.locations or workspace.modules or workspace.projects or workspace.findings):
        raise NothingDiscoveredError(
            f"no code location and no shared module below {workspace.root}",
            hint="run it in a repository with Dagster code locations, or give --root; `commons demo` makes one",
        )


def chosen_locations(workspace: Workspace, names: tuple[str, ...]) -> tuple[CodeLocation, ...]:
    """The locations that `-l` names; without it the one that contains the current directory, else all.

    Raises:
        UsageError: a name that no location has.

    """
    if names:
        return tuple(_location_named(workspace, name) for name in names)
    here = Path.cwd().resolve()
    containing = [each for each in workspace.locations if here.is_relative_to(each.path.resolve())]
    innermost = max((len(each.path.parts) for each in containing), default=0)
    return tuple(each for each in containing if len(each.path.parts) == innermost) or workspace.locations


def _location_named(workspace: Workspace, name: str) -> CodeLocation:
    found = workspace.location(name)
    if found is not None:
        return found
    from difflib import get_close_matches  # noqa: PLC0415 - only a typo pays for it

    known = [each.name for each in workspace.locations]
    close = get_close_matches(name, known, n=1)
    suggestion = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known) or 'none'}"
    unread = next((each for each in workspace.findings if each.rule == UNREADABLE), None)
    if unread is None:
        raise UsageError(f"there is no code location `{name}`", hint=suggestion)
    raise UsageError(
        f"there is no code location `{name}`, unless in a file that could not be read: {unread.message}",
        hint=suggestion,
        file=unread.file,
        line=unread.line,
    )
