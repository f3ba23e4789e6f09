"""What is in an OCI archive: an image as one tar file (OCI image layout, image-spec 1.1)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tarfile
from typing import IO, TYPE_CHECKING

from dagster_commons.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

LAYOUT, INDEX = "oci-layout", "index.json"  # that every image layout has


def is_oci_archive(file: Path) -> bool:
    """Whether `file` is one."""
    try:
        with tarfile.open(file) as archive:
            return {LAYOUT, INDEX} <= set(archive.getnames())
    except (OSError, tarfile.TarError):
        return False


def digests_inside(file: Path, wanted: Collection[str]) -> dict[str, str]:
    """The sha256 of those files of the image that are `wanted` (paths without the first slash), as far as it has them.

    Raises:
        ToolError: it is no OCI archive, or is packed in a way that this Python cannot read.

    """
    left, found = set(wanted), dict[str, str]()
    with _readable(file) as archive:
        for layer in reversed(_layers(archive)):  # what an upper layer has hides what is below
            if not left:
                break
            for path, digest in _digests(_blob(archive, layer), left):
                found[path] = digest
            left -= found.keys()
    return found


@contextlib.contextmanager
def _readable(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file) as archive:
            yield archive
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise ToolError(
            f"{file.name} is no OCI archive that can be looked into: {error}",
            hint="with Docker it takes version 25 or newer",
        ) from error


def _layers(archive: tarfile.TarFile) -> tuple[str, ...]:
    """The digests of the image's layers, the lowest first."""
    _blob_named(archive, LAYOUT).close()
    document = json.load(_blob_named(archive, INDEX))
    while "manifests" in document:  # an index may lead to another
        own = [each for each in document["manifests"] if each.get("platform", {}).get("os") != "unknown"]
        if not own:
            raise ValueError("it has no image")
        document = json.load(_blob(archive, own[0]["digest"]))
    return tuple(each["digest"] for each in document["layers"])


def _digests(layer: IO[bytes], wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    with layer, tarfile.open(fileobj=layer, mode="r|*") as archive:
        for member in archive:
            path = member.name.removeprefix("./")
            content = archive.extractfile(member) if path in wanted and member.isfile() else None
            if content is not None:
                yield path, hashlib.sha256(content.read()).hexdigest()


def _blob(archive: tarfile.TarFile, digest: str) -> IO[bytes]:
    return _blob_named(archive, f"blobs/{digest.replace(':', '/')}")


def _blob_named(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise ValueError(f"{name} is no file")
    return found
