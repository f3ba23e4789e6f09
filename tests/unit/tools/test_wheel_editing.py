from __future__ import annotations

import base64
import csv
import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.tools.wheel_editing import add_to_dist_info
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from pathlib import Path


def test_the_record_says_so_and_every_other_file_stays(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "shared", "0.1.0")
    with zipfile.ZipFile(wheel) as archive:
        before = {name: archive.read(name) for name in archive.namelist()}

    add_to_dist_info(wheel, "commons/api.json", b"{}\n")

    with zipfile.ZipFile(wheel) as archive:
        after = {name: archive.read(name) for name in archive.namelist()}
    added = "shared-0.1.0.dist-info/commons/api.json"
    record = "shared-0.1.0.dist-info/RECORD"
    assert after[added] == b"{}\n"
    assert {name: content for name, content in after.items() if name not in (added, record)} == {
        name: content for name, content in before.items() if name != record
    }
    rows = {row[0]: row[1:] for row in csv.reader(after[record].decode().splitlines())}
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"{}\n").digest()).rstrip(b"=").decode()
    assert rows[added] == [f"sha256={digest}", "3"]
    assert rows[record] == ["", ""]
    assert rows.keys() == after.keys()


def test_once_more_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (write_wheel(tmp_path / name, "shared", "0.1.0") for name in ("a", "b"))
    add_to_dist_info(one, "api.json", b"{}")
    add_to_dist_info(other, "api.json", b"{}")
    first = one.read_bytes()
    assert first == other.read_bytes()

    add_to_dist_info(one, "api.json", b"{}")

    assert one.read_bytes() == first


def test_what_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "shared-0.1.0-py3-none-any.whl").write_bytes(b"no zip")
    with pytest.raises(ToolError, match="a damaged wheel"):
        add_to_dist_info(tmp_path / "shared-0.1.0-py3-none-any.whl", "api.json", b"")
    with zipfile.ZipFile(tmp_path / "bare.whl", "w") as archive:
        archive.writestr("shared.py", "")
    with pytest.raises(ToolError, match="no RECORD"):
        add_to_dist_info(tmp_path / "bare.whl", "api.json", b"")
