"""`commons release`: set a version, build once, publish it immutably."""

from __future__ import annotations

import datetime
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dagster_commons import execution
from dagster_commons.cli._change import open_for_change, tell
from dagster_commons.cli._module import module_and_version
from dagster_commons.cli._options import dry_run_option, format_option, offline_option, root_option
from dagster_commons.errors import UsageError
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.plans import release as planning
from dagster_commons.proof.release import staged_release
from dagster_commons.report import console
from dagster_commons.tools.atomic_files import content_of
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import EmbeddedRegistry
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Workspace

EXAMPLES = """\b
Example:
  commons release shared==0.1.3 --registry corp
"""


@click.command("release", short_help="Publish a version of a module into a registry.", epilog=EXAMPLES)
@click.argument("module", metavar="MODULE[==VERSION]")
@click.option("--version", help="The version to release, where MODULE does not say it.")
@click.option("--registry", metavar="NAME", help="Where to (default: the only one, or that of [sources.MODULE]).")
@root_option
@offline_option
@dry_run_option
@format_option
def command(
    module: str,
    version: str | None,
    registry: str | None,
    root: Path | None,
    output_format: str,
    *,
    offline: bool,
    dry_run: bool,
) -> None:
    """Set MODULE's version, build it once, show that the wheel imports, and publish it into a registry.

    A published version never changes: the same bytes again are no error, other bytes end with exit code 7.
    """
    name, version = _name_and_version(module, version)
    workspace = open_for_change(root, offline=offline)
    released = planning.release_module(workspace, name)
    project, target = planning.release_project(released), planning.release_registry(workspace, name, registry=registry)
    day = datetime.datetime.now(tz=datetime.UTC).date()
    plan = planning.release_plan(
        workspace, released, version=version, registry=target, files=_files(project), released_on=day
    )
    with (
        console.progress(plan.title),
        staged_release(workspace, plan, project=project, version=version, registry=target) as staged,
    ):
        outcome = Outcome(kind="planned", staged=staged) if dry_run else _released(workspace, staged, target)
    tell(outcome, workspace, output_format=output_format)


def _name_and_version(module: str, version: str | None) -> tuple[str, str]:
    name, named = module_and_version(module)
    if (named is None) == (version is None):
        raise UsageError("say which version to release, once", hint=f"commons release {name}==VERSION")
    return name, planning.normalised_version(named or version or "")


def _files(project: Project) -> dict[Path, bytes]:
    text = project.file.read_bytes()
    others = {path: content_of(path) for path in planning.files_to_read(project, text.decode("utf-8"))}
    return {project.file: text} | {path: content for path, content in others.items() if content is not None}


def _released(workspace: Workspace, staged: StagedPlan, registry: EmbeddedRegistry) -> Outcome:
    if not staged.effects and not staged.plan.publishes:
        return Outcome(kind="applied", staged=staged, notes=("already released, with these very bytes",))
    outcome = execution.apply(
        workspace.root,
        staged,
        argv=tuple(sys.argv[1:]),
        publish=lambda upload: _publish(registry, upload.files),
    )
    if not outcome.published:
        return outcome
    place = shlex.quote(relative(registry.directory, workspace.root))
    return replace(outcome, notes=(*outcome.notes, f"the registry is yours to commit: git -C {place} add ."))


def _publish(registry: EmbeddedRegistry, files: tuple[Path, ...]) -> None:
    embedded.publish(registry.directory, files)
