"""The embedded registry: a static simple index (PEP 503) in a directory, `DIRECTORY/NAME/index.html` and the files.

A release never changes: a file appears by `os.link`, which fails where one is, and its digest is kept on the page.
What is on disk but on no page was never released.  Pages change by `os.replace` under a lock, so that a reader, or
a crash, sees the old page or the new one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError, UsageError, VersionPolicyError
from dagster_commons.model.registry import Metadata, Problem, ReleasedFile, ReleasedVersion
from dagster_commons.tools.atomic_files import (
    default_permissions,
    synchronise_directory,
    temporary_beside,
    write_atomically,
)
from dagster_commons.tools.indexes.wheels import (
    SUFFIXES,
    Distribution,
    parse_file_name,
    parse_metadata,
    read_distribution,
)
from dagster_commons.tools.simple_pages import PAGE_NAME, REPOSITORY_FILES, parse_page, render_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_NAME = ".lock"
PART_NAME = "release"
PARTS = f".commons-{PART_NAME}-*.part"  # what a killed run may leave


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedIndex:
    """The registry in `directory`, as `tools.indexes.index.Index`."""

    directory: Path

    def releases(self, module: str) -> tuple[ReleasedVersion, ...]:
        """As `releases`."""
        return releases(self.directory, module)

    def metadata(self, module: str, release: ReleasedVersion) -> Metadata:
        """As `wheel_metadata`."""
        return wheel_metadata(self.directory, module, release.version)

    def fetch(self, module: str, release: ReleasedVersion, directory: Path) -> Path:
        """The file of the registry, compared with its page."""
        del directory
        chosen = next((each for each in release.files if each.name.endswith(".whl")), release.files[0])
        return _intact(_project(self.directory, module) / chosen.name, chosen.sha256)

    def unreleased(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """As `unreleased`."""
        return unreleased(self.directory, files)

    def publish(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """As `publish`."""
        return publish(self.directory, files)


def initialise(directory: Path, *, names: tuple[str, ...]) -> None:
    """Make `directory` a registry in which every name is reserved; what is there already stays as it is.

    Raises:
        ToolError: the file system refuses.

    """
    directory.mkdir(parents=True, exist_ok=True)
    with alone(directory):
        for name, content in REPOSITORY_FILES:
            if not (directory / name).exists():
                _replace(directory / name, content)
        for name in names:
            _reserve(directory, name)


def reserve(directory: Path, name: str) -> None:
    """Give `name` an empty page, so that uv never asks another index for it; a page that is there stays.

    Raises:
        ToolError: the file system refuses, or `directory` is missing.

    """
    _require(directory)
    with alone(directory):
        _reserve(directory, name)


def publish(directory: Path, files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Release wheels and sdists: all of them or, when one may not be, none.  Returns what was not there before.

    The same bytes once more are no error and change nothing.

    Raises:
        VersionPolicyError: a version has this wheel or sdist already, with other bytes.
        ToolError: a file is no wheel or sdist, the file system refuses, `directory` is missing, or files of other
            versions are there that no page lists.

    """
    offered = tuple(read_distribution(each) for each in files)
    _require(directory)
    with alone(directory):
        _require_whole_pages(directory, offered)
        additions = tuple(each for each in offered if not _is_released(directory, each))
        for each in additions:
            _place(directory, each)
        for name in sorted({each.metadata.name for each in additions}):
            _list(directory, name, tuple(each for each in additions if each.metadata.name == name))
    return tuple(directory / each.metadata.name / each.file_name for each in additions)


def unreleased(directory: Path, files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Those of `files` that `publish` would add; nothing is written.

    Raises:
        VersionPolicyError: a version has this wheel or sdist already, with other bytes.
        ToolError: a file is no wheel or sdist, or `directory` is missing.

    """
    _require(directory)
    return tuple(each for each in files if not _is_released(directory, read_distribution(each)))


def names(directory: Path) -> tuple[str, ...]:
    """Every module with a page, reserved ones included, sorted.

    Raises:
        ToolError: `directory` is missing.

    """
    _require(directory)
    return tuple(sorted(each.parent.name for each in directory.glob(f"*/{PAGE_NAME}")))


def releases(directory: Path, name: str) -> tuple[ReleasedVersion, ...]:
    """The versions of `name`, newest last (PEP 440); none for a reserved or unknown name.

    Raises:
        ToolError: `directory` is missing, or the page is not one that commons wrote.

    """
    from packaging.version import Version  # noqa: PLC0415 - lazy: packaging is slow to import

    _require(directory)
    versions: dict[Version, list[ReleasedFile]] = {}
    for each in _listed(directory, name):
        versions.setdefault(Version(parse_file_name(each.name).version), []).append(each)
    return tuple(ReleasedVersion(version=str(each), files=tuple(versions[each])) for each in sorted(versions))


def wheel_metadata(directory: Path, name: str, version: str) -> Metadata:
    """What the wheel of a release requires (its sdist, where it has no wheel).

    Raises:
        UsageError: the registry has no such version, or it is not PEP 440.
        ToolError: a file is not what its page says.

    """
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - lazy: packaging is slow to import

    known = releases(directory, name)
    try:
        release = next((each for each in known if Version(each.version) == Version(version)), None)
    except InvalidVersion as error:
        raise UsageError(f"`{version}` is not a version", hint="for example 0.1.3 (PEP 440)") from error
    if release is None:
        has = ", ".join(each.version for each in known) or "no versions"
        raise UsageError(f"the registry has no {name}=={version}", hint=f"it has {has}", file=directory)
    wheels = [each for each in release.files if each.name.endswith(".whl")]
    chosen = (wheels or list(release.files))[0]
    file = _project(directory, name) / chosen.name
    if chosen.metadata_sha256 is None:
        return read_distribution(_intact(file, chosen.sha256)).metadata
    beside = file.with_name(f"{file.name}.metadata")
    return parse_metadata(_intact(beside, chosen.metadata_sha256).read_bytes(), file=beside)


def verify(directory: Path) -> tuple[Problem, ...]:
    """Every file that is not what its page says: missing, changed, or on no page; sorted by path.

    Raises:
        ToolError: `directory` is missing.

    """
    _require(directory)
    problems: list[Problem] = []
    for project in sorted(each for each in directory.iterdir() if each.is_dir()):
        try:
            listed = _listed(directory, project.name)
        except ToolError as error:
            problems.append(Problem(file=project / PAGE_NAME, message=error.message))
            continue
        problems += _problems(project, listed)
    return tuple(sorted(problems, key=lambda each: each.file))


def foreign_entries(directory: Path) -> tuple[Path, ...]:
    """What stands in `directory` that no registry has, sorted; nothing for one that is missing or empty."""
    if not directory.is_dir():
        return ()
    own = {name for name, _ in REPOSITORY_FILES} | {LOCK_NAME}
    return tuple(
        sorted(each for each in directory.iterdir() if each.name not in own and not (each / PAGE_NAME).is_file())
    )


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """While the context is open nobody else writes the registry; the parts of a run that was killed are gone.

    Raises:
        ToolError: the file system refuses.

    """
    import fcntl  # noqa: PLC0415 - POSIX only: reading a registry must work everywhere

    try:
        lock = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for part in (*directory.glob(PARTS), *directory.glob(f"*/{PARTS}")):
                part.unlink()
            yield
        finally:
            os.close(lock)
    except OSError as error:
        raise ToolError(f"cannot write the registry: {error.strerror or error}", file=directory) from error


def _require(directory: Path) -> None:
    if not directory.is_dir():
        raise ToolError(
            "the registry's directory is missing",
            hint="restore it from git, or make one with `commons registry init NAME`",
            file=directory,
        )


def _project(directory: Path, name: str) -> Path:
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - lazy: packaging is slow to import

    return directory / canonicalize_name(name)


def _reserve(directory: Path, name: str) -> None:
    project = _project(directory, name)
    if not (project / PAGE_NAME).exists():
        project.mkdir(exist_ok=True)
        _replace(project / PAGE_NAME, render_page(project.name, ()).encode())


def _listed(directory: Path, name: str) -> tuple[ReleasedFile, ...]:
    page = _project(directory, name) / PAGE_NAME
    try:
        return parse_page(page.read_text("utf-8"), file=page)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ToolError(f"cannot read the page: {error}", file=page) from error


def _require_whole_pages(directory: Path, offered: tuple[Distribution, ...]) -> None:
    """See that no file of another version lies beside a page without being on it.

    A page that was emptied or removed by mistake would come back with the new version alone.

    Raises:
        ToolError: there is such a file.

    """
    for name in sorted({each.metadata.name for each in offered}):
        listed = {each.name for each in _listed(directory, name)}
        own = {parse_file_name(each.file_name).version for each in offered if each.metadata.name == name}
        others = [
            each
            for each in _distributions_in(directory / name)
            if each.name not in listed and parse_file_name(each.name).version not in own
        ]
        if others:
            raise ToolError(
                f"the page of {name} does not list {', '.join(each.name for each in others)}",
                hint="bring the page back from git; if an interrupted release left the file, finish that release or"
                " remove it",
                file=_project(directory, name) / PAGE_NAME,
            )


def _is_released(directory: Path, offered: Distribution) -> bool:
    """Whether a page lists these very bytes.

    Raises:
        VersionPolicyError: the version has other bytes in this slot, listed or left behind.

    """
    name, version = offered.metadata.name, offered.metadata.version
    for each in _listed(directory, name):
        if not _is_same_slot(each.name, offered):
            continue
        if each.sha256 == offered.sha256:
            return True
        raise VersionPolicyError(
            f"{name} {version} is released already, with other bytes ({each.name})",
            hint="a release never changes: raise the version",
            file=directory / name / each.name,
        )
    for file in _distributions_in(directory / name):
        if _is_same_slot(file.name, offered) and _sha256(file) != offered.sha256:
            raise VersionPolicyError(
                f"{name} {version} has a file with other bytes that no page lists",
                hint="it was left by an interrupted release: remove it, or raise the version",
                file=file,
            )
    return False


def _is_same_slot(file_name: str, offered: Distribution) -> bool:
    from packaging.version import Version  # noqa: PLC0415 - lazy: packaging is slow to import

    known = parse_file_name(file_name)
    return known.slot == offered.slot and Version(known.version) == Version(offered.metadata.version)


def _place(directory: Path, offered: Distribution) -> None:
    """Put the file in place, and a wheel's metadata beside it (PEP 658)."""
    project = directory / offered.metadata.name
    project.mkdir(exist_ok=True)
    file = project / offered.file_name
    part = temporary_beside(file, PART_NAME)
    _replace(part, offered.content)
    try:
        os.link(part, file)
    except FileExistsError as error:
        if _sha256(file) != offered.sha256:
            raise VersionPolicyError("the file is there already, with other bytes", file=file) from error
    finally:
        part.unlink()
    synchronise_directory(project)
    if offered.is_wheel:
        _replace(file.with_name(f"{file.name}.metadata"), offered.metadata_bytes)


def _list(directory: Path, name: str, additions: tuple[Distribution, ...]) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    new = tuple(
        ReleasedFile(
            name=each.file_name,
            sha256=each.sha256,
            requires_python=each.metadata.requires_python,
            metadata_sha256=hashlib.sha256(each.metadata_bytes).hexdigest() if each.is_wheel else None,
            size=len(each.content),
            uploaded=now,
        )
        for each in additions
    )
    page = render_page(name, _listed(directory, name) + new)
    _replace(directory / name / PAGE_NAME, page.encode())


def _problems(project: Path, listed: tuple[ReleasedFile, ...]) -> Iterator[Problem]:
    expected = [(project / each.name, each.sha256) for each in listed]
    expected += [
        (project / f"{each.name}.metadata", each.metadata_sha256) for each in listed if each.metadata_sha256 is not None
    ]
    for file, digest in expected:
        try:
            _intact(file, digest)
        except ToolError as error:
            yield Problem(file=file, message=error.message)
    on_page = {each.name for each in listed}
    for file in _distributions_in(project):
        if file.name not in on_page:
            yield Problem(file=file, message="no page lists this file: it is not released")


def _distributions_in(project: Path) -> tuple[Path, ...]:
    if not project.is_dir():
        return ()
    return tuple(sorted(each for each in project.iterdir() if each.name.endswith(SUFFIXES)))


def _intact(file: Path, digest: str | None) -> Path:
    """`file`, whose sha256 is `digest`.

    Raises:
        ToolError: it is missing or has other bytes.

    """
    if not file.is_file():
        raise ToolError("the page lists this file, but it is missing", hint="restore it from git", file=file)
    if _sha256(file) != digest:
        raise ToolError("the file's sha256 is not the one on its page", hint="restore it from git", file=file)
    return file


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    write_atomically(path, content, permissions=default_permissions(), token=PART_NAME)
