"""A fresh clone made ready: submodules initialised, environments synced from their locks; no tracked file changes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.execution.environments import environment_of
from dagster_commons.model.outcomes import Outcome, StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import Plan
from dagster_commons.proof.uv_words import in_users_words
from dagster_commons.tools.git import git, head_commit
from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.submodules import submodules
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Workspace
    from dagster_commons.tools.process import Completed
    from dagster_commons.tools.submodules import Submodule


@dataclass(frozen=True, slots=True, kw_only=True)
class _Environment:
    """One environment to sync: the uv workspace's or the project's own, and the code locations that live in it."""

    root: Path
    projects: tuple[Project, ...]
    locations: tuple[str, ...]


def sync(workspace: Workspace, locations: Iterable[CodeLocation], *, dry_run: bool) -> Outcome:
    """Initialise the submodules of the locations' repositories recursively, then sync each environment from its lock.

    A submodule at another commit than the recorded one is moved there, unless its own is on no branch and no tag.

    Raises:
        ToolError: a remote is unreachable, or a lock is missing or stale.
        UsageError: none of the locations is managed by uv, or a `.gitmodules` cannot be parsed.

    """
    asked = tuple(locations)
    environments, notes = _environments(workspace, asked)
    if not environments:
        raise UsageError("no code location here is managed by uv", hint="\n".join(notes) or None)
    commands = []
    for repository in _superprojects(workspace, environments):
        commands += _updated(workspace, repository, notes, dry_run=dry_run)
    for environment in environments:
        call = ("sync", "--locked", *_members(environment))
        place = relative(environment.root, workspace.root)
        commands.append(shlex.join(("uv", *call, *(() if place == "." else ("--project", place)))))
        if not dry_run:
            _sync_from_lock(workspace, environment, call)
            notes.append(f"synced {relative(environment_of(environment.projects[0]), workspace.root)}")
    staged = StagedPlan(plan=Plan(title="sync", steps=()), effects=(), commands=tuple(commands), proofs=())
    return Outcome(kind="planned" if dry_run else "applied", staged=staged, notes=tuple(notes))


def _environments(
    workspace: Workspace, locations: tuple[CodeLocation, ...]
) -> tuple[tuple[_Environment, ...], list[str]]:
    """The environments of the locations, each once, and what is left out with the reason."""
    found: dict[Path, _Environment] = {}
    notes: list[str] = []
    for location in locations:
        project = workspace.project_at(location.path)
        home = workspace.repository_of(location.path)
        if home is not None and home.is_cached_clone:
            notes.append(f"{location.name} is a clone in the cache, not synced")
        elif project is None or project.manager != "uv":
            manager = project.manager if project is not None else "nothing that we know"
            notes.append(f"{location.name} is managed by {manager}, not synced")
        else:
            root = project.uv_root or project.directory
            known = found.get(root)
            projects, names = (known.projects, known.locations) if known is not None else ((), ())
            found[root] = _Environment(
                root=root,
                projects=tuple(dict.fromkeys((*projects, project))),
                locations=(*names, location.name),
            )
    return tuple(found.values()), notes


def _superprojects(workspace: Workspace, environments: Iterable[_Environment]) -> tuple[Path, ...]:
    homes = (workspace.repository_of(each.root) for each in environments)
    return tuple(dict.fromkeys(home.superproject or home.root for home in homes if home is not None))


def _updated(workspace: Workspace, repository: Path, notes: list[str], *, dry_run: bool) -> list[str]:
    """The git calls that bring submodules, nested ones too, to their recorded commits; `notes` says what is left."""
    listed = [each for each in submodules(repository) if each.commit is not None]
    away = [each for each in listed if each.is_initialised and head_commit(each.path) != each.commit]
    left = [each for each in away if not _is_on_a_ref(each)]
    notes += [f"{relative(each.path, workspace.root)} stays: its commit is on no branch and no tag" for each in left]
    wanted = [each for each in listed if not each.is_initialised or (each in away and each not in left)]
    commands: list[str] = []
    if wanted:
        names = (each.relative_path for each in wanted)
        call = ("submodule", "update", "--init", "--recursive", "--", *names)
        at = relative(repository, workspace.root)
        commands.append(shlex.join(("git", *(() if at == "." else ("-C", at)), *call)))
        if not dry_run:
            answer = git(repository, *call, check=False)
            if answer.exit_code != 0:
                raise _unreachable(answer, at)
    for each in listed:
        if each not in wanted and each.is_initialised:
            commands += _updated(workspace, each.path, notes, dry_run=dry_run)
    return commands


def _is_on_a_ref(submodule: Submodule) -> bool:
    """Whether a branch or tag, local or of a remote, has the commit that is checked out, so that it is not lost."""
    return bool(git(submodule.path, "for-each-ref", "--count=1", "--contains", "HEAD").text.strip())


def _unreachable(answer: Completed, at: str) -> ToolError:
    said = without_credentials(answer.error_text)
    hint = f"see that you may read their URLs: git -C {at} config -f .gitmodules --get-regexp url"
    if "transport 'file' not allowed" in said:
        hint = (
            "git does not clone submodules from local directories unless told to; for this one call set\n"
            "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow GIT_CONFIG_VALUE_0=always"
        )
    shown = "\n".join(line for line in said.splitlines() if line.startswith(("fatal:", "error:"))) or said
    return ToolError(f"the submodules of {at} cannot be fetched:\n{shown}", hint=hint)


def _members(environment: _Environment) -> tuple[str, ...]:
    """Several members of one uv workspace share an environment: each asked for alone would throw the others out."""
    if all(each.directory == environment.root for each in environment.projects):
        return ()
    return tuple(word for each in environment.projects for word in ("--package", each.name))


def _sync_from_lock(workspace: Workspace, environment: _Environment, call: tuple[str, ...]) -> None:
    try:
        uv(environment.root, *call)
    except ToolError as error:
        names = " ".join(f"-l {shlex.quote(name)}" for name in environment.locations)
        if "needs to be updated" in error.message or "Unable to find lockfile" in error.message:
            state = "says something else than its project" if "updated" in error.message else "is missing"
            place = relative(environment.root / "uv.lock", workspace.root)
            raise ToolError(
                f"{place} {state}, so nothing can be synced from it", hint=f"commons lock {names}"
            ) from error
        raise in_users_words(error, workspace) from error
