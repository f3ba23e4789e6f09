"""Staging: a plan's steps carried out in the twin, its locks made there, its expectations proven there."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.outcomes import StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import (
    AddSubmodule,
    Effect,
    FileEffect,
    ImportExpected,
    LockProject,
    MoveSubmodule,
    RemoveFile,
    RemoveSubmodule,
    Step,
    WriteFile,
)
from dagster_commons.model.sources import source_directory
from dagster_commons.proof.imports import prove
from dagster_commons.proof.own_tests import compare_own_tests
from dagster_commons.proof.planned_verdicts import planned_verdicts
from dagster_commons.proof.strangers import strangers
from dagster_commons.proof.twin import Twin, build_twin, file_effect, submodule_effect
from dagster_commons.proof.uv_words import in_users_words
from dagster_commons.tools import lockfile, submodules
from dagster_commons.tools.scratch import scratch_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.outcomes import ImportProof
    from dagster_commons.model.own_tests import OwnTests
    from dagster_commons.model.plan import Expectation, Plan
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.planned_verdicts import Judging


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """What a plan did in the twin, and what is to be said of the locks that it made."""

    effects: tuple[Effect, ...]
    warnings: tuple[str, ...]

    @property
    def locks(self) -> tuple[FileEffect, ...]:
        return tuple(each for each in self.effects if isinstance(each, FileEffect) and each.path.name == "uv.lock")


@contextlib.contextmanager
def staged(workspace: Workspace, plan: Plan, judging: Judging | None = None) -> Iterator[StagedPlan]:
    """Carry `plan` out in a twin and yield its effects and proofs; the twin lives as long as the context.

    With `judging` the definitions of the code locations concerned are compared too, once the imports are as expected.

    Raises:
        RefusedError: a submodule to be removed holds work that exists nowhere else, or a lock would take a stranger's
            package for a module.
        ToolError: git or uv refused a step, e.g. because no version satisfies the requirements.

    """
    _require_nothing_lost(plan)
    with scratch_directory() as scratch:
        twin = build_twin(workspace.root, _repositories(workspace, plan), _directories(workspace, plan), scratch)
        try:
            carried_out = carry_out(workspace, plan, twin)
            proofs = tuple(_proven(twin, plan))
            is_judged = judging is not None and all(proof.failure is None for proof in proofs)
            verdicts = planned_verdicts(workspace, plan, twin, judging) if judging is not None and is_judged else ()
            own_tests: tuple[OwnTests, ...] = ()
            if judging is not None and is_judged and judging.with_tests:
                own_tests = compare_own_tests(workspace, plan, twin, judging.options.env_file)
        except ToolError as error:
            raise in_users_words(error, workspace, twin) from error
        yield StagedPlan(
            plan=replace(plan, warnings=(*plan.warnings, *carried_out.warnings)),
            effects=carried_out.effects,
            commands=tuple(command for step in plan.steps for command in _commands(workspace.root, step)),
            proofs=proofs,
            third_party=tuple(move for lock in carried_out.locks for move in _third_party(workspace, plan, lock)),
            verdicts=verdicts,
            own_tests=own_tests,
        )


def carry_out(workspace: Workspace, plan: Plan, twin: Twin) -> CarriedOut:
    """Carry out the steps of `plan` in `twin`, which a failure leaves half done.

    Raises:
        RefusedError: a lock would take a stranger's package for a module.
        ToolError: git or uv refused a step.
        UsageError: a submodule is not there.

    """
    for step in plan.steps:
        _carry_out(twin, step)
    done = CarriedOut(effects=tuple(_effects(twin, plan)), warnings=())
    return replace(done, warnings=tuple(said for lock in done.locks for said in strangers(workspace, plan, lock)))


def _require_nothing_lost(plan: Plan) -> None:
    for step in plan.steps:
        if not isinstance(step, RemoveSubmodule):
            continue
        found = next(each for each in submodules.submodules(step.repository) if each.path == step.path)
        obstacles = submodules.obstacles_to_removal(found)
        if obstacles:
            raise RefusedError(
                f"the submodule at {step.path} holds work that exists nowhere else: {'; '.join(obstacles)}",
                hint="push or drop it first (`git -C PATH status`, `git -C PATH stash list`)",
            )


def _repositories(workspace: Workspace, plan: Plan) -> tuple[Path, ...]:
    """The outermost working trees that the plan or its locks and proofs read or write."""
    roots = {repository.root: repository for repository in workspace.repositories}
    found: dict[Path, None] = {}
    for place in _places(workspace, plan):
        home = workspace.repository_of(place)
        while home is not None and home.superproject is not None and home.superproject in roots:
            home = roots[home.superproject]
        if home is not None:
            found[home.root] = None
    return tuple(found)


def _directories(workspace: Workspace, plan: Plan) -> tuple[Path, ...]:
    """The directories outside git that the plan's locks and proofs read, outermost only."""
    outside = {place for place in _places(workspace, plan) if place.is_dir() and workspace.repository_of(place) is None}
    return tuple(
        sorted(each for each in outside if not any(each != other and each.is_relative_to(other) for other in outside))
    )


def _places(workspace: Workspace, plan: Plan) -> tuple[Path, ...]:
    """Every path that carrying out the plan needs to find in the twin."""
    projects = {step.directory for step in plan.steps if isinstance(step, LockProject)}
    projects |= {expectation.project for expectation in plan.expectations}
    expected = (each for each in plan.expectations if isinstance(each, ImportExpected))
    projects |= {each.place for each in expected if each.place is not None}
    touched = {
        step.repository for step in plan.steps if isinstance(step, AddSubmodule | RemoveSubmodule | MoveSubmodule)
    }
    written = {step.path for step in plan.steps if isinstance(step, WriteFile | RemoveFile)}
    registries = {each.directory for each in workspace.configuration.registries if isinstance(each, EmbeddedRegistry)}
    reached = _with_local_sources(workspace, projects) if projects else set()
    return tuple(sorted(reached | touched | (registries if projects else set()) | written))


def _with_local_sources(workspace: Workspace, projects: set[Path]) -> set[Path]:
    """`projects`, their uv workspace roots with all members, and what they read by path, transitively."""
    reached: set[Path] = set()
    pending = list(projects)
    while pending:
        directory = pending.pop()
        if directory in reached:
            continue
        reached.add(directory)
        project = workspace.project_at(directory)
        if project is None:
            continue
        sources = (source_directory(each.source) for each in project.sources)
        pending += [each for each in sources if each is not None]
        root = project.uv_root or directory
        pending += [each.directory for each in workspace.projects if each.uv_root == root]
    return reached


def _carry_out(twin: Twin, step: Step) -> None:
    match step:
        case WriteFile():
            _write(twin.inside(step.path), step.content)
        case RemoveFile():
            twin.inside(step.path).unlink()
        case AddSubmodule():
            submodules.add_submodule(_inside(twin, step))
        case RemoveSubmodule():
            submodules.remove_submodule(
                RemoveSubmodule(repository=twin.inside(step.repository), path=twin.inside(step.path))
            )
        case MoveSubmodule():
            submodules.move_submodule(
                replace(step, repository=twin.inside(step.repository), path=twin.inside(step.path))
            )
        case LockProject():
            if step.keep is not None:
                _write(twin.inside(step.directory) / "uv.lock", step.keep)
            upgrades = tuple(word for each in step.upgrades for word in ("--upgrade-package", each))
            uv(twin.inside(step.directory), "lock", *upgrades)


def _inside(twin: Twin, step: AddSubmodule) -> AddSubmodule:
    return AddSubmodule(
        repository=twin.inside(step.repository),
        path=twin.inside(step.path),
        url=step.url,
        commit=step.commit,
        branch=step.branch,
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _proven(twin: Twin, plan: Plan) -> Iterator[ImportProof]:
    """A proof for each expectation; code locations of one project share theirs."""
    known: dict[Expectation, ImportProof] = {}
    for expectation in plan.expectations:
        anyone = replace(expectation, location="")
        if anyone not in known:
            known[anyone] = prove(twin, expectation)
        yield replace(known[anyone], location=expectation.location)


def _effects(twin: Twin, plan: Plan) -> Iterator[Effect]:
    """What the user's tree would have to become, each path once."""
    files: dict[Path, None] = {}
    checkouts: dict[Path, Path] = {}
    for step in plan.steps:
        match step:
            case WriteFile() | RemoveFile():
                files[step.path] = None
            case AddSubmodule() | RemoveSubmodule() | MoveSubmodule():
                checkouts[step.path] = step.repository
            case LockProject():
                files[step.directory / "uv.lock"] = None
    for path, repository in checkouts.items():
        moved = submodule_effect(twin, repository, path)
        if moved is not None:
            yield moved
    for path in files:
        effect = file_effect(twin, path)
        if effect is not None:
            yield effect


def _commands(root: Path, step: Step) -> tuple[str, ...]:
    """What a person would type for `step`, from the root."""
    match step:
        case WriteFile() | RemoveFile():
            return ()
        case AddSubmodule():
            at = relative(step.repository, root)
            add = f"git -C {at} submodule add {step.url} {relative(step.path, step.repository)}"
            checkout = f"git -C {relative(step.path, root)} checkout {step.commit}"
            return (add, checkout) if step.commit else (add,)
        case RemoveSubmodule():
            return (f"git -C {relative(step.repository, root)} rm {relative(step.path, step.repository)}",)
        case MoveSubmodule():
            at = relative(step.path, root)
            fetched = f"tag {step.tag}" if step.tag is not None else step.commit
            return (
                f"git -C {at} fetch origin {fetched}",
                f"git -C {at} checkout {step.tag or step.commit}",
                f"git -C {relative(step.repository, root)} add {relative(step.path, step.repository)}",
            )
        case LockProject():
            upgrades = "".join(f" --upgrade-package {each}" for each in step.upgrades)
            return (f"uv lock{upgrades} --project {relative(step.directory, root)}",)


def _third_party(workspace: Workspace, plan: Plan, lock: FileEffect) -> tuple[str, ...]:
    """The third-party versions that a new lock moves, each said with the lock's project."""
    if lock.before is None or lock.after is None:
        return ()
    first_party = {each.name for each in workspace.modules} | {each.name for each in workspace.projects}
    first_party |= {expectation.module for expectation in plan.expectations}
    old, new = (lockfile.parse(content, file=lock.path) for content in (lock.before, lock.after))
    where = relative(lock.path.parent, workspace.root)
    return tuple(f"{where}: {change}" for change in lockfile.version_changes(old, new, ignoring=first_party))
