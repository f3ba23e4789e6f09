"""What loading a location takes: its project and lock, the first-party code it reaches, the variables it is given."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.model.verdicts import MissingInput
from dagster_commons.proof.closures import closure_key
from dagster_commons.proof.load_inputs import variables
from dagster_commons.tools import lockfile, pyproject
from dagster_commons.tools.uv import RESOLUTION_SETTINGS, uv

if TYPE_CHECKING:
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.tools.lockfile import Lock, LockSourceKind


SAID_OF_STALE = "needs to be updated"  # in uv's error
SYNC_SETTINGS = (  # of `[tool.uv]`: what uv heeds when it syncs, beside the lock
    "build-constraint-dependencies",
    "cache-keys",
    "config-settings",
    "config-settings-package",
    "default-groups",
    "extra-build-dependencies",
    "extra-build-variables",
    "no-binary",
    "no-binary-package",
    "no-build-isolation",
    "no-build-isolation-package",
    "python-preference",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """All of it; paths are those of the tree, `users` is the same location in the user's own."""

    tree: Tree
    location: CodeLocation
    users: CodeLocation
    project: Project
    lock: Lock
    first_party: tuple[Project, ...]
    uninstalled: frozenset[Path]  # directories of those that uv installs nothing of: virtual ones
    copied: frozenset[Path]  # directories of those that are installed as a copy: not editable
    released_packages: tuple[str, ...]  # import packages of shared modules that are installed from elsewhere
    variables: tuple[tuple[str, str], ...]
    linked: Project | None = None  # one of `first_party`: laid in instead of what the lock has of its name

    @property
    def settings(self) -> tuple[str, ...]:
        """What decides the environment beside the lock: the Python that is asked for, and uv's settings."""
        return _settings(self.tree, self.project)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the lock has and a third-party environment must not get: projects on disk, what a link stands in for."""
        return (*self.lock.local_names(), *self._replaced)

    @property
    def _replaced(self) -> tuple[str, ...]:
        return (self.linked.name,) if self.linked is not None else ()

    @property
    def closure(self) -> str:
        """The key of the third-party environment; equal for locations that can share one."""
        return closure_key(self.lock, self.project.name, self.settings, without=self._replaced)

    @property
    def installed(self) -> tuple[Project, ...]:
        """Those of `first_party` of which uv installs something."""
        return tuple(each for each in self.first_party if each.directory not in self.uninstalled)

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
    doubt = _doubt_about_lock(tree, location, project)
    if doubt is not None:
        return MissingInput(reason=doubt)
    lock = lockfile.read(file)
    linked = tree.linked(location)
    local = _with_link(_local(tree, project, lock), linked)
    users = tree.user.location(location.name) or location
    return Ingredients(
        tree=tree,
        location=location,
        users=users,
        project=project,
        lock=lock,
        first_party=tuple(each for each, _ in local),
        uninstalled=frozenset(each.directory for each, kind in local if kind == "virtual"),
        copied=frozenset(each.directory for each, kind in local if kind == "directory"),
        released_packages=_released_packages(tree, location, lock, linked),
        variables=tuple(sorted(variables(tree.user, users, env_file).items())),
        linked=linked,
    )


def _doubt_about_lock(tree: Tree, location: CodeLocation, project: Project) -> str | None:
    """Why the lock does not say what the environment is; None: it does.

    Discovery's answer where it has one; uv is asked where no use of a module made it look, or it could not tell.
    """
    states = {use.lock.kind for use in tree.workspace.uses if use.location == location.name}
    if states == {"current"}:
        return None
    answer = uv(project.directory, "lock", "--check", without=RESOLUTION_SETTINGS, check=False)
    if answer.exit_code == 0:
        return None
    if SAID_OF_STALE in answer.error_text or "stale" in states:
        return f"its lock is stale: commons lock -l {location.name}"
    said = (answer.error_text.strip().splitlines() or ["uv said nothing"])[-1].strip()
    return f"whether its lock is current cannot be told: {said.replace(str(tree.twin.at), '')}"


def _local(tree: Tree, project: Project, lock: Lock) -> tuple[tuple[Project, LockSourceKind], ...]:
    """`project` and every project on disk that its lock reaches, each with how the lock has it."""
    root = project.uv_root or project.directory
    found: dict[Path, tuple[Project, LockSourceKind]] = {project.directory: (project, "editable")}
    for name in (project.name, *lockfile.reachable_names(lock, project.name)):
        for source in lock.sources(name):
            if source.kind not in lockfile.LOCAL_KINDS:
                continue
            directory = Path(os.path.normpath(root / source.value))
            reached = tree.workspace.project_at(directory)
            if reached is not None:
                found[directory] = reached, source.kind
    return tuple(found.values())


def _with_link(
    local: tuple[tuple[Project, LockSourceKind], ...], linked: Project | None
) -> tuple[tuple[Project, LockSourceKind], ...]:
    """`local` with `linked`, which is always editable, instead of the one of its name."""
    if linked is None:
        return local
    return (*((each, kind) for each, kind in local if each.name != linked.name), (linked, "editable"))


def _settings(tree: Tree, project: Project) -> tuple[str, ...]:
    directories = (project.directory, *project.directory.parents)
    pins = (each / ".python-version" for each in directories if each.is_relative_to(tree.twin.at))
    pin = next((each.read_text(encoding="utf-8") for each in pins if each.is_file()), "")
    found = [project.requires_python or "", pin, os.environ.get("UV_PYTHON", "")]
    for directory in dict.fromkeys((project.directory, project.uv_root or project.directory)):
        file = directory / "pyproject.toml"
        table = pyproject.table(pyproject.read(file.read_text(encoding="utf-8"), file), "tool", "uv")
        found += [f"{name}={table[name]}" for name in SYNC_SETTINGS if name in table]
    return tuple(found)


def _released_packages(tree: Tree, location: CodeLocation, lock: Lock, linked: Project | None) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for use in tree.workspace.uses:
        is_here = all(source.kind in lockfile.LOCAL_KINDS for source in lock.sources(use.module))
        if use.location != location.name or is_here:
            continue
        if linked is not None and use.module == linked.name:
            continue
        module = tree.workspace.module(use.module)
        known = module.project.import_packages if module is not None and module.project is not None else ()
        found.update(dict.fromkeys(known or (use.module.replace("-", "_"),)))
    return tuple(found)
