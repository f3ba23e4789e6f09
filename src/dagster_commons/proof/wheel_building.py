"""One first-party wheel of a bundle: built in a tree that is ours, with its backend pinned, or fetched."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
import zipfile
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.errors import CommonsError, RefusedError, ToolError
from dagster_commons.model.bundle import BuiltFromDirectory, BuiltFromGit, BundledWheel, FetchedRelease, FirstParty
from dagster_commons.proof.build_environments import backend_environment
from dagster_commons.proof.pinned_builds import (
    cannot_be_built,
    pins_of,
    require_history,
    settle_permissions,
    write_constraints,
)
from dagster_commons.proof.wheel_contents import require_whole
from dagster_commons.tools.builds import build
from dagster_commons.tools.credentials import credentials_for
from dagster_commons.tools.downloads import fetch
from dagster_commons.tools.git import git, head_commit, top_level
from dagster_commons.tools.indexes.wheels import read_distribution
from dagster_commons.tools.uv import variables_given
from dagster_commons.tools.wheel_choice import fits

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.bundle import BundledKind, BundleTarget, GitRevision, LockedFile

    _Origin: TypeAlias = Path | GitRevision | tuple[LockedFile, Path]

_GENERATOR = re.compile(r"^Generator: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWheel:
    """A wheel and where its file is; `floating` are build backends whose version nothing says."""

    wheel: BundledWheel
    file: Path
    floating: tuple[str, ...] = ()


class WheelStore:
    """First-party wheels in directories of their own below `at`: each made once, however many bundles have it."""

    def __init__(self, at: Path) -> None:
        self._at = at
        self._made: dict[tuple[_Origin, str], MadeWheel | CommonsError] = {}
        self._making: defaultdict[tuple[_Origin, str], threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def wheel(self, each: FirstParty, target: BundleTarget, *, start: Path) -> MadeWheel:
        """The wheel of `each`; relative paths of the lock begin at `start`.

        Raises:
            ToolError: it cannot be built or fetched.
            RefusedError: it lacks files of its source, is for another target, or is not the file that is locked.

        """
        origin = _origin(each, start), target.python_version
        with self._lock:
            making = self._making[origin]
        with making:
            if origin not in self._made:
                self._made[origin] = self._first(each, origin, start)
            made = self._made[origin]
        if isinstance(made, CommonsError):
            raise made
        if not fits(made.file.name, target):
            raise RefusedError(
                f"{made.file.name} cannot be installed on {target.platform}, Python {target.python_version}",
                hint="build it where the target is the same, or release it: a registry can hold one for each target",
            )
        kind = each.kind if isinstance(each, BuiltFromDirectory) else made.wheel.kind
        return replace(made, wheel=replace(made.wheel, kind=kind))

    def _first(self, each: FirstParty, origin: tuple[_Origin, str], start: Path) -> MadeWheel | CommonsError:
        """What has failed for one bundle has failed for all that need it."""
        at = self._at / hashlib.sha256(repr(origin).encode()).hexdigest()[:16]
        at.mkdir(parents=True)
        try:
            return _made(each, at, start, origin[1])
        except CommonsError as error:
            return error


def fetch_release(each: FetchedRelease, at: Path, *, start: Path) -> Path:
    """The wheel of `each` in the directory `at`, got with the credentials that uv would have.

    Raises:
        ToolError: it cannot be had.
        RefusedError: it is not the file that is locked.

    """
    url, index = each.wheel.url, each.index_name
    credentials = credentials_for(url, index)
    if credentials is None and index is not None:
        credentials = credentials_for(url, index, environment=variables_given())
    return fetch(each.wheel, at, start=start, credentials=credentials)


def _origin(each: FirstParty, start: Path) -> _Origin:
    """Equal for what gives the same wheel: one location's own project may be another one's dependency."""
    match each:
        case BuiltFromDirectory():
            return each.directory
        case BuiltFromGit():
            return each.revision
        case FetchedRelease():
            return (each.wheel, start)


def _made(each: FirstParty, at: Path, start: Path, python_version: str) -> MadeWheel:
    match each:
        case BuiltFromDirectory():
            return _built(each.name, each.kind, each.directory, at, python_version)
        case BuiltFromGit():
            return _built(each.name, "git", _checkout(each, at / "checkout"), at, python_version)
        case FetchedRelease():
            file = fetch_release(each, at, start=start)
            return MadeWheel(wheel=_described(file, "index"), file=file)


def _build(directory: Path, output: Path, constraints: Path, kept: Path | None) -> Path:
    """The wheel; in isolation where it cannot be built in the environment `kept` for its backend."""
    if kept is not None:
        try:
            return build(directory, output, python=kept)[1]
        except ToolError:  # it may require more than `[build-system]` says
            shutil.rmtree(output, ignore_errors=True)
    return build(directory, output, constraints=constraints)[1]


def _built(name: str, kind: BundledKind, directory: Path, at: Path, python_version: str) -> MadeWheel:
    pins = pins_of(directory)
    require_history(name, directory, pins)
    constraints = at / "build-constraints.txt"
    write_constraints(constraints, pins)
    commit = head_commit(directory) if top_level(directory) is not None else None
    is_dirty = commit is not None and bool(git(directory, "status", "--porcelain", "-z", "--", ".").stdout)
    settle_permissions(directory)
    is_all_known = not pins.floating and not _takes_more_to_build(directory)
    kept = backend_environment(pins.requires, pins.pins, python_version) if is_all_known else None
    try:
        file = _build(directory, at / "dist", constraints, kept)
    except ToolError as error:
        raise cannot_be_built(name, error) from error
    require_whole(name, directory, file)
    wheel = _described(file, kind, commit=commit, is_dirty=is_dirty, build_requires=pins.pins)
    return MadeWheel(wheel=wheel, file=file, floating=pins.floating)


def _described(
    file: Path,
    kind: BundledKind,
    *,
    commit: str | None = None,
    is_dirty: bool = False,
    build_requires: tuple[str, ...] = (),
) -> BundledWheel:
    distribution = read_distribution(file)
    return BundledWheel(
        name=distribution.metadata.name,
        version=distribution.metadata.version,
        kind=kind,
        file_name=file.name,
        sha256=distribution.sha256,
        commit=commit,
        is_dirty=is_dirty,
        build_requires=build_requires,
        generator=_generator(file),
    )


def _takes_more_to_build(directory: Path) -> bool:
    """Whether a build could take more than `[build-system]` says, and might go on without it in silence."""
    files = (each / "pyproject.toml" for each in (directory, *directory.parents))
    extra = any(b"extra-build-" in each.read_bytes() for each in files if each.is_file())
    return extra or (directory / "setup.py").is_file()  # `setup_requires`


def _checkout(each: BuiltFromGit, at: Path) -> Path:
    """A clone with its history, which dynamic versions are computed from."""
    revision = each.revision
    try:
        git(at.parent, "clone", "--quiet", "--no-checkout", revision.url, str(at))
        git(at, "checkout", "--quiet", "--detach", revision.commit)
        git(at, "submodule", "update", "--quiet", "--init", "--recursive")
    except ToolError as error:
        _, _, said = error.message.partition("\n")
        raise ToolError(
            f"{each.name} cannot be had from {revision.url}\n{said}".rstrip(),
            hint=f"see that the repository can be reached and that it has commit {revision.commit}",
        ) from error
    return at / revision.subdirectory if revision.subdirectory is not None else at


def _generator(wheel: Path) -> str | None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".dist-info/WHEEL") and name.count("/") == 1:
                found = _GENERATOR.search(archive.read(name).decode("utf-8", "replace"))
                return found[1].strip() if found is not None else None
    return None
