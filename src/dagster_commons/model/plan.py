"""A Plan says what shall become of the files; staging turns it into effects: the very bytes to copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFile:
    path: Path
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFile:
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSubmodule:
    """`git submodule add`: `.gitmodules` and the gitlink are staged, the commit is left to the user."""

    repository: Path
    path: Path  # where the checkout goes
    url: str
    commit: str | None = None  # None: the head of the remote's default branch, or of `branch`
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSubmodule:
    """The reverse, `.git/modules` included."""

    repository: Path
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSubmodule:
    """The submodule checked out at `commit`, fetched if need be; the gitlink is staged, the commit left to the user."""

    repository: Path
    path: Path
    commit: str
    tag: str | None = None  # the tag that names the commit, where one does


@dataclass(frozen=True, slots=True, kw_only=True)
class LockProject:
    """`uv lock` in `directory`, starting from `keep` (a lock's bytes to put in place first) if given.

    `upgrades` are versions (`shared==0.2.0`) to lock where a requirement admits others too.
    """

    directory: Path
    keep: bytes | None = None
    upgrades: tuple[str, ...] = ()


Step: TypeAlias = WriteFile | RemoveFile | AddSubmodule | RemoveSubmodule | MoveSubmodule | LockProject


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportExpected:
    """After the plan, `project`'s environment imports `module` at `version` from below `place`.

    `version` None accepts any; `place` None expects the environment's own site-packages.  The environment has `extras`
    and `groups` beside what a plain sync installs: those in which the module is required.  Without `import_packages`
    those count that the distribution itself names.
    """

    location: str
    project: Path
    module: str
    import_packages: tuple[str, ...]
    version: str | None = None
    place: Path | None = None
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    naming: str | None = None  # the command that asks for another version, which stands in it as VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceExpected:
    """After the plan, `project`'s environment has no distribution `module`."""

    location: str
    project: Path
    module: str


Expectation: TypeAlias = ImportExpected | AbsenceExpected


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Publish `files` (built wheels and sdists) of `module` into the registry named `registry`: irreversible, last."""

    module: str
    version: str
    registry: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An ordered tuple of steps, what is expected of the result, and what is published last."""

    title: str
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...] = ()
    publishes: tuple[Upload, ...] = ()
    losses: tuple[str, ...] = ()  # what cannot be kept: a range become a pin, a comment on the source line
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEffect:
    """A file's bytes before and after; None: the file is not there.  `mode` is the permission bits to give it."""

    path: Path
    before: bytes | None
    after: bytes | None
    mode: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmoduleRecord:
    """All that makes a submodule one: what the superproject records and where its git directory is kept."""

    name: str
    url: str
    commit: str
    git_dir: Path  # a complete git directory to be moved or copied into place


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmoduleEffect:
    """A submodule appears (`before` None), vanishes (`after` None) or moves to another commit.

    `gitmodules_before`/`gitmodules_after` are the bytes of `.gitmodules`, staged together with the gitlink.
    """

    repository: Path
    path: Path
    before: SubmoduleRecord | None
    after: SubmoduleRecord | None
    gitmodules_before: bytes | None
    gitmodules_after: bytes | None


Effect: TypeAlias = FileEffect | SubmoduleEffect
