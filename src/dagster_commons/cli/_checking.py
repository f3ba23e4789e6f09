"""The parts of `commons check`: looking, mending, reporting."""

from __future__ import annotations

import datetime
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.report import console, findings, rule_text
from dagster_commons.rules.checking import check, headlines, is_chosen, rule_named
from dagster_commons.rules.index.pins import ASKING_REGISTRIES
from dagster_commons.rules.index.public import ASKING_THE_PUBLIC_INDEX

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.findings import Checked
    from dagster_commons.model.workspace import CodeLocation, Workspace


def explain(identifier: str, output_format: str) -> None:
    """Tell the rule at length.

    Raises:
        UsageError: there is no such rule.

    """
    rule = rule_named(identifier)
    console.write(rule_text.explained_json(rule) if output_format == "json" else rule_text.explained(rule))


def require_options_that_go_together(output_format: str, *, is_fix: bool, dry_run: bool) -> None:
    """Refuse `--dry-run` without `--fix`, and `--fix` with a format that has no words for a change.

    Raises:
        UsageError: one of both.

    """
    if dry_run and not is_fix:
        raise UsageError("--dry-run goes with --fix", hint="without --fix `commons check` writes nothing anyway")
    if is_fix and output_format in ("github", "sarif"):
        raise UsageError(
            f"--fix cannot be reported as {output_format}", hint="--format terminal, json or markdown; then check again"
        )


def with_definitions(evidence: Evidence) -> Evidence:
    """`evidence` with the definitions of every code location, loaded from a copy of the working tree.

    Raises:
        ToolError: the working tree could not be copied.

    """
    from dagster_commons.cli._loading import current_load_options  # noqa: PLC0415 - only --definitions pays for it
    from dagster_commons.proof.all_definitions import load_all  # noqa: PLC0415

    with console.progress("loading definitions"):
        return replace(evidence, definitions=load_all(evidence.workspace, current_load_options()))


def checked(
    evidence: Evidence,
    locations: tuple[CodeLocation, ...],
    *,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    offline: bool,
) -> Checked:
    """What the rules come to, for the locations that were chosen.

    Raises:
        UsageError: `select` or `ignore` names a rule that there is not.

    """
    if not offline and is_chosen(ASKING_THE_PUBLIC_INDEX, select, ignore):
        from dagster_commons.discovery.public_names import read_public_names  # noqa: PLC0415 - starts uv

        evidence = replace(evidence, public_names=read_public_names(evidence))
    if is_chosen(ASKING_REGISTRIES, select, ignore):
        from dagster_commons.discovery.remote_listings import read_listings_of_uses  # noqa: PLC0415 - asks servers

        evidence = replace(evidence, listings=read_listings_of_uses(evidence.workspace, offline=offline))
    return check(
        evidence,
        select=select,
        ignore=ignore,
        locations=None if len(locations) == len(evidence.workspace.locations) else locations,
        offline=offline,
        today=datetime.datetime.now(tz=datetime.UTC).date(),
    )


def mend(workspace: Workspace, found: Checked, *, dry_run: bool, output_format: str) -> Checked:
    """Carry out what mends `found`, report it, and return what is left.

    Raises:
        ToolError: git or uv is missing, or refused a step.
        RefusedError: a project that we do not write.
        UsageError: a pyproject.toml that cannot be edited.

    """
    from dagster_commons.cli._change import carry_out, require_tools  # noqa: PLC0415 - only --fix pays for it
    from dagster_commons.cli._loading import judge_by_default  # noqa: PLC0415
    from dagster_commons.discovery.project_files import read_texts  # noqa: PLC0415
    from dagster_commons.plans.mending import MENDABLE, mending_plan  # noqa: PLC0415

    require_tools(workspace.root)
    judge_by_default()
    mendable = tuple(each for each in found.findings if each.rule in MENDABLE)
    files = {each.file for each in mendable if each.file is not None and each.file.name == "pyproject.toml"}
    plan = mending_plan(workspace, mendable, read_texts(sorted(files)))
    carry_out(workspace, plan, dry_run=dry_run, output_format=output_format)
    return replace(found, findings=tuple(each for each in found.findings if each not in mendable))


def report(evidence: Evidence, found: Checked, output_format: str, *, locations: int, seconds: float) -> None:
    """Write `found` to stdout."""
    workspace = evidence.workspace
    match output_format:
        case "json":
            console.write(findings.as_json(found, workspace.root))
        case "markdown":
            console.write(findings.markdown(found.findings, workspace.root))
        case "github":
            from dagster_commons.report.annotations import github  # noqa: PLC0415 - for this format alone

            titles = headlines(evidence, found.findings)
            console.write(github(found, workspace.root, top=_top(workspace), titles=titles))
        case "sarif":
            from dagster_commons.report.sarif import sarif  # noqa: PLC0415 - for this format alone
            from dagster_commons.rules import RULES  # noqa: PLC0415

            console.write(sarif(found, workspace.root, top=_top(workspace), rules=RULES))
        case _:
            width, colour = console.width(sys.stdout), console.is_coloured(sys.stdout)
            titles = headlines(evidence, found.findings)
            is_loaded = evidence.definitions is not None
            console.write(
                rule_text.summary(
                    workspace,
                    found.findings,
                    locations=locations,
                    width=width,
                    seconds=seconds,
                    is_loaded=is_loaded,
                )
            )
            console.write(findings.terminal(found.findings, workspace.root, width=width, colour=colour, titles=titles))
            console.write(findings.skipped_lines(found.skipped, width=width))


def _top(workspace: Workspace) -> Path:
    """Where the checkout begins, which CI services name files from."""
    home = workspace.repository_of(workspace.root)
    return home.root if home is not None else workspace.root
