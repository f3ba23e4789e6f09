"""What `uv.lock` says of the shared modules, and whether it still says what the projects say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.lock_state import lock_state, needed_directories
from dagster_commons.discovery.documents import Document, read_toml, unreadable
from dagster_commons.discovery.facts import LockedModule, LockFacts
from dagster_commons.errors import UsageError
from dagster_commons.model.workspace import LockState
from dagster_commons.tools import lockfile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.discovery.projects import Projects
    from dagster_commons.model.project import Project
    from dagster_commons.tools.lockfile import LockedPackage


def read_lock(project: Project, projects: Projects, names: frozenset[str]) -> LockFacts:
    """The facts of the lock that covers `project`, about `names`."""
    root = project.uv_root
    if root is None:
        reason = f"the project is managed by {project.manager}, which has no uv.lock"
        return LockFacts(state=LockState(kind="unknown", reason=reason))
    file = root / "uv.lock"
    if not file.is_file():
        return LockFacts(state=lock_state(None, root, {}), absent=(file,))
    try:
        lock = lockfile.read(file)
        modules = {name: _locked(name, lock.package(name)) for name in sorted(names.intersection(lock.names()))}
    except UsageError as error:
        finding = unreadable(file, error.message, line=error.line)
        return LockFacts(
            state=LockState(kind="unknown", reason="uv.lock cannot be read"), findings=(finding,), inputs=(file,)
        )
    directories = {*needed_directories(lock, root), *projects.members_of(root).values()}
    documents: dict[Path, Mapping[str, object]] = {}
    for directory in sorted(directories):
        document = read_toml(directory / "pyproject.toml")
        if isinstance(document, Document):
            documents[directory] = document.values
    uv_toml = read_toml(root / "uv.toml") if (root / "uv.toml").is_file() else None
    state = lock_state(lock, root, documents, uv_toml=uv_toml.values if isinstance(uv_toml, Document) else None)
    read = tuple(each / "pyproject.toml" for each in documents)
    absent = tuple(each / "pyproject.toml" for each in sorted(directories - documents.keys()))
    return LockFacts(state=state, modules=modules, inputs=(file, *read), absent=absent)


def _locked(name: str, packages: tuple[LockedPackage, ...]) -> LockedModule:
    chosen = packages[0] if len(packages) == 1 else max(packages, key=_version_order)
    return LockedModule(
        name=name,
        version=chosen.version,
        source=chosen.source,
        dependencies=tuple(sorted({each for package in packages for each in package.dependencies})),
    )


def _version_order(package: LockedPackage) -> tuple[bool, object]:
    from packaging.version import Version  # noqa: PLC0415 - lazy: only forked resolutions need it

    return package.version is not None, Version(package.version or "0")
