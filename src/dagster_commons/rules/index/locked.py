"""REG: what the locks say of managed names, the strongest check: where each comes from, and with which hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.index_ties import IndexTies, bare_url, locked_place
from dagster_commons.errors import UsageError
from dagster_commons.model.sources import IndexSource
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.tools.lockfile import Lock

HASHED = ("registry", "url")


def from_elsewhere(evidence: Evidence) -> Iterator[Hit]:
    """Managed names that a lock takes from an index that they are not meant to come from."""
    ties = IndexTies.of(evidence)
    for location, lock, module in _locked_modules(evidence):
        project = evidence.workspace.project_at(location.path)
        uses = [each for each in evidence.workspace.uses_of(module) if each.location == location.name]
        direct = next((each for each in uses if each.through is None), None)
        is_index = direct is None or isinstance(direct.source, IndexSource)
        named = direct.source.index if direct is not None and isinstance(direct.source, IndexSource) else None
        allowed = ties.places(project, named) if project is not None and is_index else frozenset()
        for source in lock.sources(module):
            if source.kind == "registry" and locked_place(source.value, lock.file.parent) not in allowed:
                meant = f"index {named}" if named else "an index of the project" if is_index else "a directory"
                yield Hit(
                    subject=location.name,
                    message=f"{module} is locked from {_shown(source.value)}, and is meant to come from {meant}",
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
