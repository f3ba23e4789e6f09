"""The state `MODULE==VERSION`: the working trees, every use of the module moved to that version in a twin."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dagster_commons.discovery.parallel import in_threads
from dagster_commons.discovery.upstreams import read_tags
from dagster_commons.errors import CommonsError, ToolError
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import LockProject, MoveSubmodule, Plan
from dagster_commons.model.sources import source_directory
from dagster_commons.model.upgrades import Stay, UpgradeRequest
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.at_version import PastContent, ways_to
from dagster_commons.plans.by_repository import stated_version
from dagster_commons.plans.users import use_in
from dagster_commons.proof.comparison import Side
from dagster_commons.proof.materialising import tree_of, whole_twin
from dagster_commons.proof.staging import carry_out
from dagster_commons.proof.upgrading import read_upgrades
from dagster_commons.proof.uv_words import in_users_words
from dagster_commons.tools.git import git
from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from dagster_commons.model.provenance import Tag
    from dagster_commons.model.states import VersionState
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.plans.at_version import Way
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.proof.twin import Twin


@contextlib.contextmanager
def at_version(workspace: Workspace, state: VersionState, names: Collection[str], *, offline: bool) -> Iterator[Side]:
    """The side on which the locations of `names` use the version, for as long as the context is open.

    A use that cannot be moved is said in `not_made`; with `offline` no remote is asked for its tags.

    Raises:
        UsageError: nobody uses the module.
        ToolError: a repository or a registry here cannot be read, or the working tree not be copied.

    """
    request = UpgradeRequest(modules=(state.module,), version=state.version)
    upgrades = read_upgrades(workspace, workspace.locations, request, are_named=False, offline=offline)
    concerned = [each for each in upgrades if each.location in names]
    ways = ways_to(workspace, concerned, _tags(workspace, state.module), state.version)
    with scratch_directory() as at:
        twin = whole_twin(workspace, at)
        reasons = _moved(workspace, twin, ways)
        tree = tree_of(workspace, twin)
        moved = {each.location for each in concerned} - reasons.keys()
        reasons |= {name: said for name in moved if (said := _another_version(tree, state, name)) is not None}
        told = {name: f"no {state.module} {state.version}: {said}" for name, said in reasons.items()}
        yield Side(tree=tree, not_made=told)


def _tags(workspace: Workspace, module: str) -> Mapping[Path, tuple[Tag, ...]]:
    directories = (source_directory(use.source) for use in workspace.uses_of(module))
    homes = {workspace.repository_of(directory) for directory in directories if directory is not None}
    return {home.root: read_tags(home.root) for home in homes if home is not None}


def _moved(workspace: Workspace, twin: Twin, ways: Mapping[str, Way]) -> dict[str, str]:
    """Move in the twin what can be moved; why not, by location."""
    reasons = {name: way.reason for name, way in ways.items() if isinstance(way, Stay)}
    for content in dict.fromkeys(way for way in ways.values() if isinstance(way, PastContent)):
        failure = _put_in_place(workspace, twin, content)
        if failure is not None:
            reasons |= {name: failure for name, way in ways.items() if way == content}
    plans = {name: _plan(workspace, name, way) for name, way in ways.items() if name not in reasons}
    for plan, failure in _carried_out(workspace, twin, dict.fromkeys(each for each in plans.values() if each)):
        if failure is not None:
            reasons |= {name: failure for name, each in plans.items() if each == plan}
    return reasons


def _plan(workspace: Workspace, name: str, way: Way) -> Plan | None:
    """The plan that moves the location, or that brings its lock in line with what was put in place."""
    if isinstance(way, Plan):
        return way
    location = workspace.location(name)
    project = workspace.project_at(location.path) if location is not None else None
    if project is None:
        return None
    return Plan(title="lock", steps=(LockProject(directory=project.uv_root or project.directory),))


def _put_in_place(workspace: Workspace, twin: Twin, content: PastContent) -> str | None:
    """Give the module's directory in the twin what it was at the tag; why not, where that is not to be had."""
    copy = twin.inside(content.repository)
    directory = relative(content.directory, content.repository)
    file = relative(content.file, content.repository)
    if git(copy, "cat-file", "-e", f"{content.tag.commit}:{file}", check=False).exit_code != 0:
        return f"{content.tag.name} has no {relative(content.file, workspace.root)}"
    kept = (f":(exclude,top,literal){relative(each, content.repository)}" for each in content.kept)
    paths = (f":(top,literal){directory}" if directory != "." else ":(top)", *kept)
    try:
        git(copy, "restore", f"--source={content.tag.commit}", "--staged", "--worktree", "--", *paths)
        git(copy, "clean", "--quiet", "-ffdx", "--", *paths)
    except ToolError as error:
        return in_users_words(error, workspace, twin).message
    return None


def _carried_out(workspace: Workspace, twin: Twin, plans: Iterable[Plan]) -> Iterator[tuple[Plan, str | None]]:
    """Each of `plans`, which share no lock, carried out in the twin; why not, where that failed.

    Submodules of one repository have its index in common, so that they are moved one after the other.
    """

    def failure(plan: Plan) -> str | None:
        try:
            carry_out(workspace, plan, twin)
        except CommonsError as error:
            return in_users_words(error, workspace, twin).message if isinstance(error, ToolError) else error.message
        return None

    by_git: list[Plan] = []
    by_uv: list[Plan] = []
    for plan in plans:
        (by_git if any(isinstance(step, MoveSubmodule) for step in plan.steps) else by_uv).append(plan)
    yield from ((plan, failure(plan)) for plan in by_git)
    yield from zip(by_uv, in_threads(failure, by_uv), strict=True)


def _another_version(tree: Tree, state: VersionState, name: str) -> str | None:
    """What the location uses now, where that is another version: a tag, say, that does not hold what it names."""
    location = tree.workspace.location(name)
    use = use_in(tree.workspace, location, state.module) if location is not None else None
    if use is None:
        return None
    directory = source_directory(use.source)
    found = stated_version(tree.workspace.project_at(directory)) if directory is not None else use.locked
    if found is None or is_same_version(found, state.version):
        return None
    return f"what is marked as {state.version} says that it is {found}"
