"""Planning a bundle: what is built, what is fetched, what is left to the image build, and for which target."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.bundle import (
    BuiltFromDirectory,
    BuiltFromGit,
    BundlePlan,
    BundleTarget,
    FetchedRelease,
)
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.tools.wheel_choice import applies, best_wheel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dagster_commons.model.bundle import (
        BundledKind,
        BundleRequest,
        FirstParty,
        LockedDistribution,
        Platform,
    )
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Workspace

PYTHONS = ("3.13", "3.12", "3.11", "3.10")
PREFERRED_PYTHON = "3.12"
BASE = "python:{python}-slim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the planner is told of this machine and of files: architecture, `.python-version`, interpreter."""

    platform: Platform
    python_pin: str | None = None
    own_python: str | None = None  # "3.11.7": what uv takes for the project here


def bundle_plan(
    workspace: Workspace,
    location: CodeLocation,
    locked: Iterable[LockedDistribution],
    request: BundleRequest,
    surroundings: Surroundings,
) -> BundlePlan:
    """The bundle of `location`, whose installation takes the distributions `locked`.

    Raises:
        RefusedError: something has no wheel that the target can install, or the location is no distribution package.
        UsageError: the project does not admit the Python that is asked for.

    """
    project = _project(workspace, location)
    target = bundle_target(project, request, surroundings)
    indexes = _Indexes.of(workspace, project)
    named = tuple(locked)
    counting = [each for each in named if applies(each.marker, target)]
    first, third = _parted(workspace, project, counting, target, indexes)
    if not any(isinstance(each, BuiltFromDirectory) and each.kind == "location" for each in first):
        raise RefusedError(
            f"{location.name} is not installed by its own lock, so that no wheel of it can be built",
            file=project.file,
            hint="give its pyproject.toml a [build-system], and remove `package = false` from [tool.uv]",
        )
    compiled = _without_wheel(third, target, is_vendored=request.is_vendored)
    return BundlePlan(
        location=location,
        target=target,
        first_party=tuple(sorted(first, key=lambda each: each.name)),
        third_party=tuple(sorted(third, key=lambda each: each.name)),
        left_out=tuple(sorted(each.name for each in named if not _is_third_party(each, indexes))),
        vendored=tuple(_release(each, target, indexes) for each in third) if request.is_vendored else (),
        is_vendored=request.is_vendored,
        warnings=(*_about_sources(workspace, location), *_about_compiling(compiled, target), *_about_base(target)),
    )


def bundle_target(project: Project, request: BundleRequest, surroundings: Surroundings) -> BundleTarget:
    """The Python asked for, else the project's own pin, else what it is developed with here, else a common one.

    Raises:
        UsageError: the project admits none, or not the one that is asked for.

    """
    admitted = [each for each in PYTHONS if _admits(project.requires_python, each)]
    usual = (each for each in (_minor(surroundings.own_python), PREFERRED_PYTHON, *admitted) if each in admitted)
    chosen = request.python_version or _minor(surroundings.python_pin) or next(usual, None)
    if chosen is None or not _admits(project.requires_python, chosen):
        asked = f"Python {chosen}" if chosen else f"none of Python {', '.join(PYTHONS)}"
        raise UsageError(
            f"{project.name} requires Python {project.requires_python}: {asked} will not do",
            file=project.file,
            hint="--python-version names another",
        )
    return BundleTarget(
        platform=request.platform or surroundings.platform,
        python_version=chosen,
        base=request.base or BASE.format(python=chosen),
    )


def _project(workspace: Workspace, location: CodeLocation) -> Project:
    project = workspace.project_at(location.path)
    if project is None:
        raise RefusedError(f"{location.name} has no project of its own", file=location.declared_in)
    return project


@dataclass(frozen=True, slots=True, kw_only=True)
class _Indexes:
    """Where packages come from: `own` are the indexes that an image build's pip does not ask."""

    managed: frozenset[str]
    names: Mapping[str, str | None]
    own: frozenset[str]

    @classmethod
    def of(cls, workspace: Workspace, project: Project) -> _Indexes:
        """The registries, and the indexes that the project and its uv workspace declare."""
        names: dict[str, str | None] = {}
        own: set[str] = set()
        for registry in workspace.configuration.registries:
            place = str(registry.directory) if isinstance(registry, EmbeddedRegistry) else registry.index_url
            names[_place(place)] = registry.name
            own.add(_place(place))
        for holder in (project, workspace.project_at(project.uv_root) if project.uv_root is not None else None):
            for index in holder.indexes if holder is not None else ():
                place = _place(index.url, holder.directory if holder is not None else project.directory)
                names[place] = index.name
                own |= set() if index.default else {place}
        managed = {each.name for each in workspace.modules} | {each.name for each in workspace.projects}
        return cls(managed=frozenset(managed), names=names, own=frozenset(own))

    def name_of(self, index: str | None) -> str | None:
        return self.names.get(_place(index)) if index is not None else None


def _parted(
    workspace: Workspace,
    project: Project,
    locked: Iterable[LockedDistribution],
    target: BundleTarget,
    indexes: _Indexes,
) -> tuple[list[FirstParty], list[LockedDistribution]]:
    """First-party code and what no image build could get without credentials; the rest."""
    first: list[FirstParty] = []
    third: list[LockedDistribution] = []
    for each in locked:
        if each.directory is not None:
            directory = Path(os.path.normpath(project.directory / each.directory))
            kind = _kind(workspace, project, directory)
            first.append(BuiltFromDirectory(name=each.name, kind=kind, directory=directory))
        elif each.git is not None:
            first.append(BuiltFromGit(name=each.name, revision=each.git))
        elif _is_third_party(each, indexes):
            third.append(each)
        else:
            first.append(_release(each, target, indexes))
    return first, third


def _is_third_party(each: LockedDistribution, indexes: _Indexes) -> bool:
    """Whether the image build can get it by itself."""
    if each.directory is not None or each.git is not None or each.name in indexes.managed:
        return False
    files = (*each.wheels, *((each.sdist,) if each.sdist is not None else ()))
    is_on_disk = any("://" not in file.url or file.url.startswith("file:") for file in files)
    return not is_on_disk and (each.index is None or _place(each.index) not in indexes.own)


def _place(url: str, start: Path = Path()) -> str:
    if "://" in url and not url.startswith("file://"):
        return url.rstrip("/")
    return os.path.normpath(start / (unquote(urlsplit(url).path) if url.startswith("file://") else url))


def _release(each: LockedDistribution, target: BundleTarget, indexes: _Indexes) -> FetchedRelease:
    wheel = best_wheel(each.wheels, target)
    if wheel is None:
        raise RefusedError(
            f"{each.name} {each.version} has no wheel for {_words(target)}",
            hint="release one, or name another target: --platform, --python-version",
        )
    version = each.version or wheel.name.split("-")[1]
    # As with uv, credentials of an index are for its own host: a lock may name any file.
    is_near = urlsplit(wheel.url).netloc == urlsplit(each.index or "").netloc
    name = indexes.name_of(each.index) if is_near else None
    return FetchedRelease(name=each.name, version=version, wheel=wheel, index_name=name)


def _kind(workspace: Workspace, project: Project, directory: Path) -> BundledKind:
    if directory == project.directory:
        return "location"
    reached = workspace.project_at(directory)
    if reached is not None and reached.uv_root == (project.uv_root or project.directory):
        return "member"
    home, own = workspace.repository_of(directory), workspace.repository_of(project.directory)
    is_submodule = home is not None and home.superproject is not None and home != own
    return "submodule" if is_submodule else "path"


def _without_wheel(
    third: Iterable[LockedDistribution], target: BundleTarget, *, is_vendored: bool
) -> tuple[LockedDistribution, ...]:
    """What the image build has to compile.

    Raises:
        RefusedError: there is nothing to compile either, or no network to get compilers from.

    """
    without = tuple(each for each in third if best_wheel(each.wheels, target) is None)
    hopeless = without if is_vendored else tuple(each for each in without if each.sdist is None)
    if hopeless:
        are_sources = all(each.sdist is not None for each in hopeless)
        raise RefusedError(
            f"no wheel for {_words(target)}: {_listed(hopeless)}",
            hint="name another target (--platform, --python-version), or lock another version"
            + ("; without --vendor-all the image build compiles it" if are_sources else ""),
        )
    return without


def _about_sources(workspace: Workspace, location: CodeLocation) -> Iterator[str]:
    for use in workspace.uses:
        if use.location != location.name:
            continue
        if "not-on-remote" in use.state:
            yield f"{use.module}: its pinned commit is on no remote branch that is known here; push it"
        if "other-commit" in use.state:
            yield f"{use.module}: the submodule is checked out at another commit than is recorded; that one is bundled"


def _about_compiling(compiled: tuple[LockedDistribution, ...], target: BundleTarget) -> Iterator[str]:
    if compiled:
        yield f"no wheel for {_words(target)}, so that the image build compiles: {_listed(compiled)}"


def _about_base(target: BundleTarget) -> Iterator[str]:
    if "@sha256:" not in target.base:
        yield f"{target.base} is a tag, which moves; to fix the base: --base-image {target.base}@sha256:DIGEST"


def _words(target: BundleTarget) -> str:
    return f"{target.platform}, Python {target.python_version}"


def _listed(distributions: Iterable[LockedDistribution]) -> str:
    return ", ".join(sorted(f"{each.name} {each.version}" for each in distributions))


def _minor(pin: str | None) -> str | None:
    """`3.12` of what a `.python-version` says; None where it says something else than a version of CPython."""
    parts = (pin or "").strip().removeprefix("cpython-").removeprefix("cpython@").split(".")
    is_version = len(parts) > 1 and all(part.isdigit() for part in parts[:2])
    return ".".join(parts[:2]) if is_version else None


def _admits(requires_python: str | None, version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - start-up stays fast

    try:
        return f"{version}.99" in SpecifierSet(requires_python or "")
    except InvalidSpecifier:
        return True  # uv has its own word on that
