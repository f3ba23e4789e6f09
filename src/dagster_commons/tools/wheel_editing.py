"""A file added to a wheel that was just built: its RECORD (PEP 376) says so; the same input gives the same bytes."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path

EARLIEST = (1980, 1, 1, 0, 0, 0)  # what a zip archive can hold
PERMISSIONS = 0o644 << 16


def add_to_dist_info(wheel: Path, name: str, content: bytes) -> None:
    """Put `content` as `name` into the wheel's `.dist-info`, in place of what is there under that name.

    Raises:
        ToolError: the wheel is damaged, or has no RECORD.

    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            entries = [(info, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, OSError) as error:
        raise ToolError(f"a damaged wheel: {error}", file=wheel) from error
    record = next((info.filename for info, _ in entries if _is_record(info.filename)), None)
    if record is None:
        raise ToolError("the wheel has no RECORD", file=wheel)
    added = f"{record.removesuffix('RECORD')}{name}"
    kept = [(info, data) for info, data in entries if info.filename not in (record, added)]
    before = next(data for info, data in entries if info.filename == record)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in kept:
            archive.writestr(info, data)
        archive.writestr(_entry(added), content)
        archive.writestr(_entry(record), _with_line(before, record, added, content))


def _is_record(name: str) -> bool:
    return name.count("/") == 1 and name.endswith(".dist-info/RECORD")


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = PERMISSIONS
    return entry


def _with_line(record: bytes, record_name: str, added: str, content: bytes) -> bytes:
    rows = [
        row for row in csv.reader(io.StringIO(record.decode("utf-8"))) if row and row[0] not in (added, record_name)
    ]
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerows([*rows, [added, f"sha256={digest}", str(len(content))], [record_name, "", ""]])
    return written.getvalue().encode("utf-8")
