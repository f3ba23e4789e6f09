"""File contents kept by their sha256: what files were before and after each change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.tools.atomic_files import content_of, digest_of, write_atomically

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

TEMPORARY = "image"
PERMISSIONS = 0o600  # a pyproject.toml may hold an index URL with a token


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStore:
    """A directory of immutable files, each named by the digest of its content."""

    directory: Path

    def place_of(self, digest: str) -> Path:
        """Where the image is, for a message that tells the user where to find it."""
        return self.directory / digest

    def save(self, content: bytes) -> str:
        """Keep `content` durably and return its digest.

        Raises:
            OSError: the file system refused, e.g. because it is full.

        """
        digest = str(digest_of(content))
        if digest_of(content_of(self.place_of(digest))) != digest:
            write_atomically(self.place_of(digest), content, permissions=PERMISSIONS, token=TEMPORARY)
        return digest

    def load(self, digest: str) -> bytes:
        """The content with this digest.

        Raises:
            ToolError: the image is gone, or damaged.

        """
        content = content_of(self.place_of(digest))
        if content is None or digest_of(content) != digest:
            state = "is gone" if content is None else "is damaged"
            raise ToolError(f"an image of the journal {state}: {self.place_of(digest)}", file=self.place_of(digest))
        return content

    def prune(self, kept: AbstractSet[str]) -> None:
        """Remove every image whose digest is not in `kept`."""
        for file in self.directory.iterdir():
            if file.name not in kept:
                file.unlink()
