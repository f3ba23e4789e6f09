"""How each code location comes to one version of a module: by a plan, by the module's directory at a tag, or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.model.paths import relative
from dagster_commons.model.plan import Plan
from dagster_commons.model.provenance import Upstream
from dagster_commons.model.sources import source_directory
from dagster_commons.model.upgrades import Stay
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.tags import tag_for
from dagster_commons.plans.upgrade_targets import untagged
from dagster_commons.plans.users import use_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dagster_commons.model.provenance import Tag
    from dagster_commons.model.upgrades import LocationUpgrade
    from dagster_commons.model.workspace import Workspace

CONFIGURATION_FILE = "commons.toml"
ONLY_HERE = "only tags that are here count (git fetch --tags)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContent:
    """A module's project directory as it was at a tag of its repository; `kept` lies in it and is not the module's."""

    repository: Path
    directory: Path
    file: Path  # that makes the directory a project
    tag: Tag
    kept: tuple[Path, ...]


Way: TypeAlias = Plan | PastContent | Stay


def ways_to(
    workspace: Workspace, upgrades: Iterable[LocationUpgrade], tags: Mapping[Path, tuple[Tag, ...]], version: str
) -> Mapping[str, Way]:
    """How each location of `upgrades`, all of one module, comes to `version`; those that have it are left out.

    `tags` are those of the repositories here, by root.
    """
    ways = ((each.location, _way(workspace, each, tags, version)) for each in upgrades)
    return {location: way for location, way in ways if way is not None}


def _way(
    workspace: Workspace, upgrade: LocationUpgrade, tags: Mapping[Path, tuple[Tag, ...]], version: str
) -> Way | None:
    if upgrade.plan is not None:
        return upgrade.plan
    stay = upgrade.stay
    if stay is None or stay.kind == "current":
        return None
    way = _in_place(workspace, upgrade, tags, version) if stay.kind == "fixed" else None
    has_it = upgrade.in_use is not None and is_same_version(upgrade.in_use, version)
    if isinstance(way, PastContent):
        return way
    return None if has_it and stay.kind == "fixed" else way or stay


def _in_place(
    workspace: Workspace, upgrade: LocationUpgrade, tags: Mapping[Path, tuple[Tag, ...]], version: str
) -> PastContent | Stay | None:
    """The directory that the use reads as it was at the version's tag, or why not; None: it reads no directory."""
    location = workspace.location(upgrade.location)
    use = use_in(workspace, location, upgrade.module) if location is not None else None
    directory = source_directory(use.source) if use is not None else None
    if directory is None:
        return None
    project, home = workspace.project_at(directory), workspace.repository_of(directory)
    place = relative(directory, workspace.root)
    if project is None:
        return Stay(kind="fixed", reason=f"{place} is no project directory")
    if home is None:
        return Stay(kind="fixed", reason=f"{place} is in no git repository, so only the working tree is there")
    known = tags.get(home.root, ())
    tag = tag_for(known, upgrade.module, version)
    if tag is None:
        here = Upstream(tags=known, unread=ONLY_HERE)
        return Stay(kind="fixed", reason=untagged(here, f"tag of {upgrade.module} {version}"))
    kept = tuple(sorted(_not_the_modules(workspace, directory)))
    return PastContent(repository=home.root, directory=directory, file=project.file, tag=tag, kept=kept)


def _not_the_modules(workspace: Workspace, directory: Path) -> set[Path]:
    """What lies below a module's directory and is not its content: projects, repositories, a lock, declarations."""
    places = {each.directory for each in workspace.projects} | {each.root for each in workspace.repositories}
    for location in workspace.locations:
        places |= {location.path, location.declared_in}
    files = {directory / "uv.lock", workspace.root / CONFIGURATION_FILE}
    return {each for each in places - {directory} | files if each.is_relative_to(directory)}
