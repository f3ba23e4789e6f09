"""An image gets its name whole or not at all, and over nothing but an earlier one."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.execution.bundles import put_file, require_free_archive

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 999_999_999  # no system numbers its processes that high


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    file = tmp_path / "scratch.oci.tar"
    with tarfile.open(file, "w") as opened:
        for name in ("oci-layout", "index.json"):
            opened.addfile(tarfile.TarInfo(name), io.BytesIO())
    return file


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "dist").mkdir()
    return tmp_path / "dist/sales.oci.tar"


def test_an_earlier_archive_is_replaced_with_what_a_killed_run_left(archive: Path, place: Path) -> None:
    require_free_archive(place)
    put_file(archive, place)
    half = place.with_name(f".{place.name}.commons-new-{NOBODY}")
    half.write_text("half")
    of_another_run = place.with_name(f".{place.name}.commons-new-{os.getppid()}")
    of_another_run.write_text("half")

    require_free_archive(place)
    archive.write_bytes(archive.read_bytes() + bytes(512))
    put_file(archive, place)

    assert place.read_bytes() == archive.read_bytes()
    assert sorted(each.name for each in place.parent.iterdir()) == [of_another_run.name, place.name]


@pytest.mark.parametrize("kind", ["text", "directory", "link"])
def test_anything_else_is_left_alone(archive: Path, place: Path, kind: str) -> None:
    match kind:
        case "text":
            place.write_text("mine")
        case "directory":
            place.mkdir()
        case _:
            place.symlink_to(archive)
    with pytest.raises(RefusedError, match="is there already and is no OCI archive"):
        require_free_archive(place)


def test_what_cannot_be_written_leaves_nothing(archive: Path, place: Path) -> None:
    place.mkdir()
    with pytest.raises(ToolError, match="cannot write"):
        put_file(archive, place)
    assert list(place.parent.iterdir()) == [place]
