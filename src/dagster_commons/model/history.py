"""What has been applied under a root: the changes that `undo` takes back and the images that `convert` restores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.outcomes import OutcomeKind
    from dagster_commons.model.plan import FileEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file's digests (sha256, hexadecimal) before and after a change; None: the file was not there."""

    path: Path
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedChange:
    """One change that was applied whole and not taken back since."""

    id: str
    time: str  # UTC, ISO 8601, seconds
    argv: tuple[str, ...]  # of `commons`, credentials in URLs left out
    title: str
    files: tuple[FileChange, ...]
    submodules: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """Another file of the same change, as it was at the same moment; None: it was not there."""

    path: Path
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A file's bytes as they were before one of our changes.

    A companion is listed only where every change of it from that moment until now was ours too: it may be restored
    together with this file.
    """

    content: bytes
    digest: str
    change: str  # id of the change that replaced these bytes
    companions: tuple[Companion, ...] = ()

    def companion(self, path: Path) -> bytes | None:
        """The bytes of `path` at that moment; None when it was not there, or is not a companion."""
        return next((each.content for each in self.companions if each.path == path), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChain:
    """A file's images, newest first; our own changes led from each to the one before it in the tuple.

    `base` is None while the file holds what the newest of these changes left, so that every change until now was ours.
    Otherwise somebody edited it since, and `base` is what we had left: the ancestor for a three-way merge of that
    edit with an image.
    """

    images: tuple[Image, ...] = ()
    base: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """How taking back a change ended: "applied", or "rolled-back" with the reason.

    "planned": it was only asked for, and `effects` say what it would do to files.
    """

    kind: OutcomeKind
    change: AppliedChange
    notes: tuple[str, ...] = ()  # what was done besides, e.g. an interrupted run rolled back first
    reason: str | None = None
    effects: tuple[FileEffect, ...] = ()
