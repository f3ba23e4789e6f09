"""`commons snapshot`: the definitions of one code location as canonical JSON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from dagster_commons.cli._loading import current_load_options, loading_options
from dagster_commons.cli._options import chosen_locations, location_option, offline_option, open_workspace, root_option
from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.definitions import LoadInputs, Snapshot
from dagster_commons.model.states import RevisionState, WorktreeState
from dagster_commons.model.verdicts import Absent, LoadFailure, LoadResult, MissingInput
from dagster_commons.probe.snapshot_file import to_json
from dagster_commons.proof.loading import load
from dagster_commons.proof.materialising import materialised
from dagster_commons.proof.naming_states import state_named
from dagster_commons.proof.probing import probing
from dagster_commons.report import console

EXAMPLES = """\b
Examples:
  commons snapshot -l sales -o sales.json
  commons snapshot -l sales --at v1.4.0
"""


@click.command("snapshot", epilog=EXAMPLES)
@click.option("--at", "state", metavar="X", help="A git revision, or `worktree` (default).")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file (default: stdout).")
@location_option
@root_option
@offline_option
@loading_options
def command(
    state: str | None,
    output: Path | None,
    names: tuple[str, ...],
    root: Path | None,
    *,
    offline: bool,
) -> None:
    """Load one code location and write its definitions as canonical JSON: the same code gives the same bytes."""
    workspace = open_workspace(root, offline=offline)
    chosen = chosen_locations(workspace, names)
    if len(chosen) != 1:
        raise UsageError(f"a snapshot is of one code location, here are {len(chosen)}", hint="name one: -l NAME")
    named = state_named(workspace, state, default="worktree")
    if not isinstance(named, RevisionState | WorktreeState):
        raise UsageError(f"`{state}` is neither a git revision nor `worktree`")
    with console.progress("loading definitions"), materialised(workspace, named) as tree, probing(most=1) as probes:
        location = tree.workspace.location(chosen[0].name)
        if location is None:
            raise UsageError(f"{chosen[0].name} is no code location there", hint="commons status lists them")
        result = load(tree, location, current_load_options(), probes).result
    text = to_json(replace(_snapshot(chosen[0].name, result), inputs=LoadInputs()))
    if output is None:
        console.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def _snapshot(name: str, result: LoadResult) -> Snapshot:
    match result:
        case Snapshot():
            return result
        case LoadFailure():
            place = f" ({result.file}:{result.line})" if result.file is not None else ""
            raise RefusedError(f"{name} cannot be loaded: {result.type}: {result.message}{place}")
        case MissingInput():
            raise RefusedError(f"{name} cannot be loaded: {result.reason}")
        case Absent():
            raise RefusedError(f"{name} is no code location there")
