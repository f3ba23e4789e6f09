"""LOCK: locks that do not say what the projects say."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.shell_words import checks_locks, frozen_installs
from dagster_commons.model.findings import Place
from dagster_commons.model.paths import relative
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.build_files import BuildFile, Command
    from dagster_commons.model.workspace import CodeLocation, LockStateKind


def stale(evidence: Evidence) -> Iterator[Hit]:
    """Locations whose lock differs from what their projects declare, with what installs it nevertheless."""
    locations = {each.path for each in evidence.workspace.locations}
    installs: dict[Path, list[Place]] = {}
    for file, command in unchecked_installs(evidence):
        nearest = next((each for each in file.path.parents if each in locations), None)
        if nearest is not None:
            message = f"`{_called(command)}` installs it anyway"
            installs.setdefault(nearest, []).append(Place(file=file.path, line=command.line, message=message))
    for location, hit in _locks_in(evidence, "stale"):
        yield replace(hit, related=tuple(installs.get(location.path, ())))


def missing(evidence: Evidence) -> Iterator[Hit]:
    """Locations that use a shared module and have no lock."""
    return (hit for _, hit in _locks_in(evidence, "missing"))


def unchecked(evidence: Evidence) -> Iterator[Hit]:
    """Files that install from locks as they are, where nothing fails on a stale one."""
    for file, command in unchecked_installs(evidence):
        yield Hit(
            subject=relative(file.path.parent, evidence.workspace.root),
            message=f"`{_called(command)}`, no lock check",
            file=file.path,
            line=command.line,
        )


def unchecked_installs(evidence: Evidence) -> Iterator[tuple[BuildFile, Command]]:
    """The first such command of each file; a check in CI counts for the images of the same repository."""
    checking = {_home(evidence, file) for file in evidence.of_kind("github", "gitlab", "ci") if checks_locks(file)}
    for file in evidence.of_kind("dockerfile", "github", "gitlab", "ci"):
        is_checked = checks_locks(file) or (file.kind == "dockerfile" and _home(evidence, file) in checking)
        first = None if is_checked else next(frozen_installs(file), None)
        if first is not None:
            yield file, first


def _home(evidence: Evidence, file: BuildFile) -> Path:
    repository = evidence.workspace.repository_of(file.path)
    return repository.root if repository is not None else evidence.workspace.root


def _called(command: Command) -> str:
    """The command's beginning, up to what tells that it is frozen."""
    subcommands = [word for word in command.words[1:] if not word.startswith("-")]
    return shlex.join(("uv", *subcommands[:1], "--frozen"))


def _locks_in(evidence: Evidence, kind: LockStateKind) -> Iterator[tuple[CodeLocation, Hit]]:
    seen: set[Path] = set()
    for use in evidence.workspace.uses:
        location = evidence.workspace.location(use.location)
        if use.lock.kind != kind or location is None:
            continue
        project = evidence.project_at(location.path)
        lock = ((project.uv_root if project is not None else None) or location.path) / "uv.lock"
        if lock not in seen:
            seen.add(lock)
            hit = Hit(
                subject=use.location,
                message=use.lock.reason or f"the lock is {kind}",
                file=lock,
                fix=f"commons lock -l {use.location}",
            )
            yield location, hit


def _how_many_are_stale(evidence: Evidence, found: int) -> str:
    of_locations = {lock.file for each in evidence.workspace.locations if (lock := evidence.lock_of(each.name))}
    known = max(len(of_locations), found)
    return f"{found} of {known} locks {'is' if known == 1 else 'are'} stale"


RULES = (
    Rule(
        id="LOCK001",
        severity="error",
        title="stale lock",
        why="`uv sync --locked` fails on it, and `--frozen` installs what it says without the new dependencies.",
        fix="commons lock",
        bad='pyproject.toml needs "shared==0.2.0", uv.lock says 0.1.3',
        good="uv.lock was made after the last change of the projects it covers",
        is_mendable=True,
        look=stale,
        headline=_how_many_are_stale,
    ),
    Rule(
        id="LOCK002",
        severity="warning",
        title="no lock",
        why="Without uv.lock every environment is resolved anew, each on its own day.",
        fix="commons lock",
        bad="a location that uses a shared module and has no uv.lock",
        good="uv.lock beside pyproject.toml, committed",
        is_mendable=True,
        look=missing,
    ),
    Rule(
        id="LOCK003",
        severity="warning",
        title="frozen lock that nothing checks",
        why="`uv sync --frozen` installs a stale lock without a word: a module's new code with its old dependencies.",
        fix="uv sync --locked, or uv lock --check first",
        bad="RUN uv sync --frozen --no-dev",
        good="RUN uv sync --locked --no-dev",
        look=unchecked,
    ),
)
