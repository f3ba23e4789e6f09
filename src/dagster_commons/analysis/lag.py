"""How far each use lags: is it behind, would its lock fail, is its source there, and which command mends it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from dagster_commons.analysis.running import RUNNING_STATES, Running, running
from dagster_commons.model.paths import relative
from dagster_commons.model.sources import (
    GitSource,
    IndexSource,
    MemberSource,
    PathSource,
    SourceKind,
    SubmoduleSource,
    source_directory,
    source_kind,
)
from dagster_commons.model.versions import is_older_version
from dagster_commons.model.workspace import SharedModule

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.deployment import Deployment
    from dagster_commons.model.workspace import Use, UseState, Workspace

LagKind: TypeAlias = Literal[
    "broken",  # the source is not there: the environment cannot be made
    "stale",  # uv.lock is stale or missing: `uv sync --locked` would fail
    "behind",  # works, on an older version or commit than there is
    "local",  # works here, but another clone would see something else
    "unknown",  # something about it could not be told
    "current",
]
LAG_KINDS: tuple[LagKind, ...] = get_args(LagKind)  # worst first

WORKTREE = "worktree"
LINKED = "linked"

_SOURCE_ORDER: tuple[SourceKind, ...] = get_args(SourceKind)
_BROKEN: frozenset[UseState] = frozenset({"not-initialised", "missing", "orphan"})
_LOCAL: frozenset[UseState] = frozenset(
    {"linked", "other-commit", "dirty", "untracked", "not-on-remote", "ahead", "shallow", "url-mismatch"}
)
_ARCHIVE_SUFFIXES = frozenset({".whl", ".gz", ".zip", ".bz2", ".tgz"})
_PIN = re.compile(r"===?\s*([^\s,;*]+)\s*(?:;.*)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A command that mends a use; `everywhere` is the same for every use of the module, where there is such a one."""

    command: str
    everywhere: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseLag:
    """One use and how far it lags.

    `in_use` is a version, `worktree`, `linked`, a git reference, or None where nothing can be said.
    `is_behind` is None when the version in use or the newest one is not known; `running` when nobody asked what runs.
    """

    use: Use
    kind: LagKind
    in_use: str | None
    newest: str | None
    is_behind: bool | None
    remedy: Remedy | None
    running: Running | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLag:
    """One shared module with its uses, those that lag most first."""

    module: SharedModule
    uses: tuple[UseLag, ...]


def lags(workspace: Workspace, deployment: Deployment | None = None) -> tuple[ModuleLag, ...]:
    """Every shared module of `workspace`, sorted by name, also those that nothing uses; with what `deployment` runs."""
    survey = _Survey.of(workspace, deployment)
    uses_by_module: dict[str, list[UseLag]] = {module.name: [] for module in workspace.modules}
    for use in workspace.uses:
        uses_by_module.setdefault(use.module, []).append(survey.lag(use))
    known = {module.name: module for module in workspace.modules}
    return tuple(
        ModuleLag(
            module=known.get(name) or SharedModule(name=name),
            uses=tuple(sorted(uses, key=_order)),
        )
        for name, uses in sorted(uses_by_module.items())
    )


def worst(kinds: tuple[LagKind, ...]) -> LagKind:
    """The kind that needs attention most; `current` when there is none."""
    return min(kinds, key=LAG_KINDS.index, default="current")


def is_lock_failing(use: Use) -> bool:
    """Whether `uv sync --locked` would refuse the lock."""
    return use.lock.kind in {"stale", "missing"}


def _order(lag: UseLag) -> tuple[int, int, str, str, str, int, str, str, str]:
    return (
        LAG_KINDS.index(lag.kind),
        _SOURCE_ORDER.index(source_kind(lag.use.source)),
        lag.in_use or "",
        lag.newest or "",
        ",".join(lag.use.state),
        -1 if lag.running is None else RUNNING_STATES.index(lag.running.state),
        (lag.running and lag.running.version) or "",
        lag.use.through or "",
        lag.use.location,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Survey:
    """What is looked up for every use, gathered once: a workspace may hold a thousand locations."""

    root: Path
    versions: dict[Path, str | None]
    superprojects: dict[Path, Path | None]
    deployment: Deployment | None

    @classmethod
    def of(cls, workspace: Workspace, deployment: Deployment | None) -> _Survey:
        return cls(
            root=workspace.root,
            versions={project.directory: project.version for project in workspace.projects},
            superprojects={each.root: each.superproject for each in workspace.repositories},
            deployment=deployment,
        )

    def lag(self, use: Use) -> UseLag:
        version = self._version(use)
        is_behind = _is_behind(use, version)
        kind = _kind(use, is_behind)
        return UseLag(
            use=use,
            kind=kind,
            in_use=LINKED if "linked" in use.state else version,
            newest=use.available,
            is_behind=is_behind,
            remedy=self._remedy(use, is_behind=is_behind is True),
            running=self._running(use, version),
        )

    def _version(self, use: Use) -> str | None:
        if _BROKEN.intersection(use.state):
            return None
        match use.source:
            case PathSource(path=path):
                return use.locked if path.suffix in _ARCHIVE_SUFFIXES else WORKTREE
            case MemberSource():
                return WORKTREE
            case SubmoduleSource(path=path):
                return self.versions.get(path) or use.locked
            case GitSource(reference=reference):
                return use.locked or reference
            case IndexSource():
                return use.locked or _pinned_version(use.requirement)

    def _running(self, use: Use, version: str | None) -> Running | None:
        """What runs, measured by what is locked; where no lock says a version, by the one that is in the tree."""
        if self.deployment is None:
            return None
        directory = source_directory(use.source)
        in_tree = version if directory is None else self.versions.get(directory)
        return running(self.deployment, location=use.location, module=use.module, expected=use.locked or in_tree)

    def _remedy(self, use: Use, *, is_behind: bool) -> Remedy | None:
        """The command for what is worst: an absent source before its lock, the lock before a newer version."""
        if _BROKEN.intersection(use.state):
            return _everywhere("commons sync", use) if "not-initialised" in use.state else None
        if is_lock_failing(use):
            return _everywhere("commons lock", use)
        if "linked" in use.state:
            return _everywhere(f"commons unlink {use.module}", use)
        return self._submodule_repair(use) or (_upgrade(use) if is_behind else None)

    def _submodule_repair(self, use: Use) -> Remedy | None:
        if not isinstance(use.source, SubmoduleSource):
            return None
        here = shlex.quote(relative(use.source.submodule, self.root))
        if "url-mismatch" in use.state:
            superproject = self.superprojects.get(use.source.submodule) or use.source.submodule.parent
            there = shlex.quote(relative(superproject, self.root))
            path = shlex.quote(relative(use.source.submodule, superproject))
            return Remedy(command=f"git -C {there} submodule sync {path}")
        if "other-commit" in use.state:
            return _everywhere("commons sync", use)
        if "not-on-remote" in use.state:
            return Remedy(command=f"git -C {here} push")
        if "shallow" in use.state:
            return Remedy(command=f"git -C {here} fetch --unshallow")
        return None


def _upgrade(use: Use) -> Remedy | None:
    """The way to the newest version; None where another module brings the use in and decides."""
    target = f"{use.module}=={use.available}" if use.available else use.module
    return _everywhere(f"commons upgrade {target}", use) if use.through is None else None


def _everywhere(command: str, use: Use) -> Remedy:
    return Remedy(command=f"{command} -l {shlex.quote(use.location)}", everywhere=command)


def _kind(use: Use, is_behind: bool | None) -> LagKind:  # noqa: FBT001 - a three-valued answer
    if _BROKEN.intersection(use.state):
        return "broken"
    if is_lock_failing(use):
        return "stale"
    if is_behind:
        return "behind"
    if _LOCAL.intersection(use.state):
        return "local"
    return "unknown" if use.lock.kind == "unknown" else "current"


def _is_behind(use: Use, version: str | None) -> bool | None:
    if "behind" in use.state:
        return True
    if version == WORKTREE:
        return False
    if version is None or use.available is None:
        return None
    if isinstance(use.source, GitSource) and version == use.source.reference:
        if use.source.reference_kind != "tag":
            return None
        version = version.removeprefix(f"{use.module}-")
    return version != use.available and is_older_version(version, use.available)


def _pinned_version(requirement: str) -> str | None:
    match = _PIN.search(requirement)
    return match.group(1) if match else None
