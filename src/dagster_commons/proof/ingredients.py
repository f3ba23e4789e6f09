"""What loading a location takes: its project and lock, the first-party code it reaches, the variables it is given."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.model.sources import IndexSource
from dagster_commons.model.verdicts import MissingInput
from dagster_commons.proof.load_inputs import variables
from dagster_commons.tools import lockfile
from dagster_commons.tools.uv import RESOLUTION_SETTINGS, uv

if TYPE_CHECKING:
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.tools.lockfile import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """All of it; paths are those of the tree, `users` is the same location in the user's own."""

    tree: Tree
    location: CodeLocation
    users: CodeLocation
    project: Project
    lock: Lock
    first_party: tuple[Project, ...]
    released_packages: tuple[str, ...]  # import packages of shared modules installed from an index
    variables: tuple[tuple[str, str], ...]

    def shown(self, directory: Path) -> str:
        """A directory of the tree as reports show it: relative to the root."""
        return relative(directory, self.tree.workspace.root)


def gather(tree: Tree, location: CodeLocation, env_file: Path | None) -> Ingredients | MissingInput:
    """What loading `location` takes, or what of it is missing.

    Raises:
        ToolError: uv could not be asked about the lock.
        UsageError: a lock or a `.env` file cannot be read.

    """
    if location.not_loadable is not None:
        return MissingInput(reason=location.not_loadable)
    project = tree.workspace.project_at(location.path)
    if project is None or project.manager != "uv":
        manager = project.manager if project is not None else "nothing that we know"
        return MissingInput(reason=f"it is managed by {manager}, so no lock says what its environment is")
    file = (project.uv_root or project.directory) / "uv.lock"
    if not file.is_file():
        return MissingInput(reason=f"it has no lock: commons lock -l {location.name}")
    if not _is_lock_current(tree, location, project):
        return MissingInput(reason=f"its lock is stale: commons lock -l {location.name}")
    lock = lockfile.read(file)
    users = tree.user.location(location.name) or location
    return Ingredients(
        tree=tree,
        location=location,
        users=users,
        project=project,
        lock=lock,
        first_party=_first_party(tree, project, lock),
        released_packages=_released_packages(tree, location),
        variables=tuple(sorted(variables(tree.user, users, env_file).items())),
    )


def _is_lock_current(tree: Tree, location: CodeLocation, project: Project) -> bool:
    """What discovery computed where it did; uv is asked where no use of a module made it look, or it could not tell."""
    states = {use.lock.kind for use in tree.workspace.uses if use.location == location.name}
    if states == {"current"}:
        return True
    return uv(project.directory, "lock", "--check", without=RESOLUTION_SETTINGS, check=False).exit_code == 0


def _first_party(tree: Tree, project: Project, lock: Lock) -> tuple[Project, ...]:
    """`project` and every project on disk that its lock reaches."""
    root = project.uv_root or project.directory
    found = {project.directory: project}
    for name in lockfile.reachable_names(lock, project.name):
        for source in lock.sources(name):
            if source.kind not in lockfile.LOCAL_KINDS:
                continue
            directory = Path(os.path.normpath(root / source.value))
            reached = tree.workspace.project_at(directory)
            if reached is not None:
                found[directory] = reached
    return tuple(found.values())


def _released_packages(tree: Tree, location: CodeLocation) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for use in tree.workspace.uses:
        if use.location != location.name or not isinstance(use.source, IndexSource):
            continue
        module = tree.workspace.module(use.module)
        known = module.project.import_packages if module is not None and module.project is not None else ()
        found.update(dict.fromkeys(known or (use.module.replace("-", "_"),)))
    return tuple(found)
