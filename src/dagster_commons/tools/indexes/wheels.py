"""What wheels and sdists say of themselves, read without installing them."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.model.registry import Metadata, Unread

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.metadata import RawMetadata

BEFORE_PEP_643 = frozenset({"", "1.0", "1.1", "1.2", "2.0", "2.1"})
SUFFIXES = (".whl", ".tar.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A wheel or sdist, whole.  `slot` is what a version has once: "sdist", or a wheel's build and tags."""

    file_name: str
    content: bytes
    sha256: str
    metadata: Metadata
    slot: str
    metadata_bytes: bytes  # METADATA or PKG-INFO, as it stands in the archive

    @property
    def is_wheel(self) -> bool:
        return self.slot != "sdist"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """What the name of a wheel or sdist says; name and version normalised."""

    name: str
    version: str
    slot: str


def parse_file_name(file_name: str) -> FileName:
    """Name, version and slot from a file name.

    Raises:
        ToolError: it is not the name of a wheel or of a `.tar.gz` sdist.

    """
    from packaging import utils  # noqa: PLC0415 - lazy: packaging is slow to import

    try:
        if file_name.endswith(".whl"):
            name, version, build, tags = utils.parse_wheel_filename(file_name)
            slot = ".".join(sorted(str(tag) for tag in tags)) + (f" build {build[0]}{build[1]}" if build else "")
            return FileName(name=name, version=str(version), slot=slot)
        if file_name.endswith(".tar.gz"):
            name, version = utils.parse_sdist_filename(file_name)
            return FileName(name=name, version=str(version), slot="sdist")
    except (utils.InvalidWheelFilename, utils.InvalidSdistFilename) as error:
        raise ToolError(f"not the name of a wheel or sdist: {error}") from error
    raise ToolError(f"not the name of a wheel (.whl) or sdist (.tar.gz): {file_name}")


def read_distribution(file: Path) -> Distribution:
    """The file's bytes and what they say, checked against its name.

    Raises:
        ToolError: the archive is damaged, has no metadata, or says another name or version than the file's name.

    """
    content = file.read_bytes()
    named = parse_file_name(file.name)
    raw = metadata_bytes(content, file)
    metadata = parse_metadata(raw, file=file)
    if (metadata.name, metadata.version) != (named.name, named.version):
        raise ToolError(
            f"the file says {metadata.name} {metadata.version}, its name says {named.name} {named.version}", file=file
        )
    return Distribution(
        file_name=file.name,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        metadata=metadata,
        slot=named.slot,
        metadata_bytes=raw,
    )


def parse_metadata(raw: bytes, *, file: Path) -> Metadata:
    """Core metadata (PEP 566 onward) as a value; `file` is the wheel or sdist that it is of, named in errors.

    What an sdist requires is known where its metadata says that building does not change it (PEP 643).

    Raises:
        ToolError: name or version is missing or the version is not PEP 440.

    """
    from packaging.metadata import parse_email  # noqa: PLC0415 - lazy: packaging is slow to import
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - lazy, too
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - lazy, too

    fields, _ = parse_email(raw)
    if "name" not in fields or "version" not in fields:
        raise ToolError("the metadata names no distribution or no version", file=file)
    try:
        version = str(Version(fields["version"]))
    except InvalidVersion as error:
        raise ToolError(f"the metadata's version is not a version (PEP 440): {error}", file=file) from error
    return Metadata(
        name=canonicalize_name(fields["name"]),
        version=version,
        requires_dist=_requirements(fields, file),
        requires_python=fields.get("requires_python"),
    )


def _requirements(fields: RawMetadata, file: Path) -> tuple[str, ...] | Unread:
    """What it requires, or why that is not known."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - lazy: packaging is slow

    required = tuple(fields.get("requires_dist", ()))
    for each in required:
        try:
            Requirement(each)
        except InvalidRequirement:
            return Unread(reason=f"its metadata has `{each}`, which is no requirement (PEP 508)")
    if not file.name.endswith(".tar.gz"):
        return required
    is_dynamic = "requires-dist" in (each.lower() for each in fields.get("dynamic", ()))
    is_settled = fields.get("metadata_version", "") not in BEFORE_PEP_643 and not is_dynamic
    return required if is_settled else Unread(reason="its sdist does not say whether building changes that")


def metadata_bytes(content: bytes, file: Path) -> bytes:
    """METADATA of a wheel or PKG-INFO of an sdist, given the archive's bytes; `file` is named in errors.

    Raises:
        ToolError: the archive is damaged or has none.

    """
    try:
        found = _from_wheel(content) if file.name.endswith(".whl") else _from_sdist(content)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ToolError(f"a damaged archive: {error}", file=file) from error
    if found is None:
        raise ToolError("the archive has no METADATA or PKG-INFO", file=file)
    return found


def _from_wheel(content: bytes) -> bytes | None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(f"{damaged} does not match its checksum")
        for name in archive.namelist():
            directory, _, last = name.partition("/")
            if directory.endswith(".dist-info") and last == "METADATA":
                return archive.read(name)
    return None


def _from_sdist(content: bytes) -> bytes | None:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content)), mode="r:") as archive:
        for member in archive:
            _, _, last = member.name.partition("/")
            if last == "PKG-INFO" and member.isfile():
                extracted = archive.extractfile(member)
                return extracted.read() if extracted else None
    return None
