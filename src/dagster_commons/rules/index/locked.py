"""REG: what the locks say of managed names, the strongest check: where each comes from, and with which hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.analysis.index_ties import IndexTies, locked_place
from dagster_commons.errors import UsageError
from dagster_commons.model.project import bare_url
from dagster_commons.model.sources import GitSource, IndexSource
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.tools.lockfile import Lock, LockSource

HASHED = ("registry", "url")


def from_elsewhere(evidence: Evidence) -> Iterator[Hit]:
    """Managed names that a lock takes from somewhere that they are not meant to come from."""
    ties = IndexTies.of(evidence)
    for location, lock, module in _locked_modules(evidence):
        meant = _meant(evidence, ties, location, module)
        for source in lock.sources(module):
            if not _is_meant(source, meant, lock.file.parent):
                yield Hit(
                    subject=location.name,
                    message=f"{module} is locked from {_shown(source.value)}, and is meant to come from {meant.words}",
                    file=lock.file,
                    line=lock.line_of(module),
                    fix=f"tie {module} to where it comes from, then uv lock --upgrade-package {module}",
                )


def without_hash(evidence: Evidence) -> Iterator[Hit | CannotTell]:
    """Managed names that a lock takes from an index or a URL without a hash."""
    for location, lock, module in _locked_modules(evidence):
        try:
            packages = lock.package(module)
        except UsageError as error:
            yield CannotTell(reason=f"{location.name}: {error.message}")
            continue
        for package in packages:
            if package.source.kind in HASHED and not package.has_hashes:
                yield Hit(
                    subject=location.name,
                    message=f"{module} {package.version or ''} is locked without a hash".replace("  ", " "),
                    file=lock.file,
                    line=lock.line_of(module),
                    fix="use an index with hashes (an embedded one has them), then commons lock",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """Where a module of a lock may come from, and how that is said.

    `repositories` None: the project says something else by now, so that the lock is stale, which is told elsewhere.
    """

    indexes: frozenset[str]
    repositories: frozenset[str] | None
    words: str


def _meant(evidence: Evidence, ties: IndexTies, location: CodeLocation, module: str) -> _Meant:
    workspace = evidence.workspace
    project = workspace.project_at(location.path)
    uses = [each for each in workspace.uses_of(module) if each.location == location.name]
    direct = next((each for each in uses if each.through is None), None)
    source = direct.source if direct is not None else None
    is_index = source is None or isinstance(source, IndexSource)
    named = source.index if isinstance(source, IndexSource) else None
    declared = [] if source is None else [source]
    declared += [each.source for known in workspace.projects for each in known.sources if each.name == module]
    urls = frozenset(_repository(each.url) for each in declared if isinstance(each, GitSource))
    is_stale = not uses or (direct is not None and direct.lock.kind != "current")
    return _Meant(
        indexes=ties.places(project, named) if project is not None and is_index else frozenset(),
        repositories=None if is_stale else urls,
        words=f"index {named}" if named else "an index of the project" if is_index else "its source entry's place",
    )


def _is_meant(source: LockSource, meant: _Meant, directory: Path) -> bool:
    match source.kind:
        case "registry":
            return locked_place(source.value, directory) in meant.indexes
        case "git":
            return meant.repositories is None or _repository(source.value) in meant.repositories
        case "url":
            return meant.repositories is None
        case _:
            return True  # a directory: one that is not meant makes the lock stale


def _repository(url: str) -> str:
    return bare_url(url.removeprefix("git+")).removesuffix(".git")


def _locked_modules(evidence: Evidence) -> Iterator[tuple[CodeLocation, Lock, str]]:
    """Each managed name of each lock once, with the first code location that is locked there."""
    workspace = evidence.workspace
    managed = {each.name for each in workspace.modules}
    managed |= {name for each in evidence.registries for name in each.names}
    seen = set()
    for location in workspace.locations:
        lock = evidence.lock_of(location.name)
        if lock is None or lock.file in seen:
            continue
        seen.add(lock.file)
        for module in sorted(managed.intersection(lock.names())):
            yield location, lock, module


def _shown(value: str) -> str:
    return bare_url(value) if "://" in value else value


RULES = (
    Rule(
        id="REG006",
        severity="error",
        title="managed name that is locked from somebody else's index",
        why="This is what an attack looks like once it has worked: the lock names the origin that is installed.",
        fix="tie the name to its index or directory, then lock it anew",
        bad="uv.lock takes shared from another index than the source entry names",
        good="shared comes from its registry, and so does what it brings along",
        look=from_elsewhere,
    ),
    Rule(
        id="REG007",
        severity="error",
        title="managed name that is locked without a hash",
        why="A file that was exchanged on the index is installed in silence.",
        fix="use an index that states hashes, then lock anew",
        bad='a directory with format = "flat", whose files have no hashes in uv.lock',
        good="hash = sha256:… at every file of uv.lock",
        look=without_hash,
    ),
)
