"""Uses, locations and workspaces drawn in one line each, for tests of pure functions."""

from __future__ import annotations

from pathlib import Path

from dagster_commons.model.configuration import Configuration
from dagster_commons.model.project import Project
from dagster_commons.model.sources import GitSource, IndexSource, MemberSource, PathSource, Source, SubmoduleSource
from dagster_commons.model.workspace import (
    CodeLocation,
    LockState,
    LockStateKind,
    SharedModule,
    Target,
    Use,
    UseState,
    Workspace,
)

ROOT = Path("/repo")
PATH = PathSource(path=ROOT / "packages/shared", written="../packages/shared", editable=True)
WHEEL = PathSource(path=ROOT / "wheels/shared-0.1.3-py3-none-any.whl", written="../wheels/…", editable=False)
INDEX = IndexSource(index="corp")
GIT = GitSource(url="https://git.example.com/shared", reference_kind="tag", reference="v0.1.3")
MEMBER = MemberSource(path=ROOT / "packages/shared")


def submodule_in(location: str) -> SubmoduleSource:
    checkout = ROOT / location / "shared"
    return SubmoduleSource(path=checkout, written="./shared", editable=True, submodule=checkout)


def use(
    location: str,
    source: Source,
    lock: LockStateKind = "current",
    *states: UseState,
    module: str = "shared",
    requirement: str = "shared",
    locked: str | None = None,
    available: str | None = None,
    reason: str | None = None,
    through: str | None = None,
) -> Use:
    return Use(
        location=location,
        module=module,
        source=source,
        project=ROOT / location,
        requirement=requirement,
        locked=locked,
        available=available,
        lock=LockState(kind=lock, reason=reason),
        state=states or ("ok",),
        through=through,
    )


def location(name: str, *, not_loadable: str | None = None) -> CodeLocation:
    return CodeLocation(
        name=name,
        project=f"acme-{name}",
        path=ROOT / name,
        target=Target(kind="module", value=f"{name}.definitions"),
        build_directory=ROOT / name / "src",
        declared_in=ROOT / name / "pyproject.toml",
        line=7,
        not_loadable=not_loadable,
    )


def project(directory: str, version: str | None, name: str = "shared") -> Project:
    where = ROOT / directory
    return Project(directory=where, file=where / "pyproject.toml", name=name, manager="uv", version=version)


def workspace(*uses: Use, projects: tuple[Project, ...] = (), modules: tuple[SharedModule, ...] = ()) -> Workspace:
    """The uses, the locations they name, and `shared` 0.2.0 in packages/shared unless other modules are given."""
    shared = project("packages/shared", "0.2.0")
    return Workspace(
        root=ROOT,
        configuration=Configuration(),
        locations=tuple(location(name) for name in dict.fromkeys(each.location for each in uses)),
        modules=modules or (SharedModule(name="shared", version="0.2.0", project=shared),),
        uses=uses,
        projects=(shared, *projects),
    )


def story() -> Workspace:
    """The three locations of CLI.md's example."""
    return workspace(
        use("finance", INDEX, requirement="shared==0.1.3", locked="0.1.3", available="0.2.0"),
        use("marketing", submodule_in("marketing"), locked="0.1.3", available="0.2.0"),
        use("sales", PATH, "stale", reason="shared needs 3 packages, the lock says 2"),
        projects=(project("marketing/shared", "0.1.3"),),
    )
