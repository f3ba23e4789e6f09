from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.model.registry import Metadata
from dagster_commons.tools.indexes.wheels import parse_file_name, read_distribution
from wheelhouse import metadata_text, write_sdist, write_wheel

if TYPE_CHECKING:
    from pathlib import Path


def test_wheel(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "acme-shared", "0.1.3", requires=("base>=1", "rich; extra == 'all'"))

    read = read_distribution(wheel)

    assert read.metadata == Metadata(
        name="acme-shared", version="0.1.3", requires_dist=("base>=1", "rich; extra == 'all'"), requires_python=">=3.9"
    )
    assert read.is_wheel
    assert read.sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert b"Name: acme-shared" in read.metadata_bytes


def test_sdist(tmp_path: Path) -> None:
    read = read_distribution(write_sdist(tmp_path, "acme-shared", "0.1.3"))

    assert (read.metadata.name, read.metadata.version, read.slot) == ("acme-shared", "0.1.3", "sdist")
    assert not read.is_wheel


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("s-0.1-py3-none-any.whl", "s-0.1.0-py3-none-any.whl", False),  # PEP 440 equality is the caller's to judge
        ("s-0.1.0-py3-none-any.whl", "S-0.1.0-py3-none-any.whl", True),
        ("s-0.1.0-py2.py3-none-any.whl", "s-0.1.0-py3.py2-none-any.whl", True),
        ("s-0.1.0-py3-none-any.whl", "s-0.1.0-1-py3-none-any.whl", False),
        ("s-0.1.0.tar.gz", "s-0.1.0-py3-none-any.whl", False),
    ],
)
def test_slots(one: str, other: str, *, is_same: bool) -> None:
    assert (parse_file_name(one) == parse_file_name(other)) is is_same


@pytest.mark.parametrize("name", ["shared.whl", "shared-0.1.3.zip", "shared-one-py3-none-any.whl", "README.md"])
def test_names_of_no_distribution(name: str) -> None:
    with pytest.raises(ToolError, match="not the name of a wheel"):
        parse_file_name(name)


def test_a_file_that_says_another_version_than_its_name(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "shared", "0.1.3").rename(tmp_path / "shared-0.2.0-py3-none-any.whl")

    with pytest.raises(ToolError, match=r"the file says shared 0\.1\.3, its name says shared 0\.2\.0"):
        read_distribution(wheel)


@pytest.mark.parametrize("name", ["shared-0.1.3-py3-none-any.whl", "shared-0.1.3.tar.gz"])
@pytest.mark.parametrize("kept", [0, 10, 200])
def test_truncated_archives(tmp_path: Path, name: str, kept: int) -> None:
    whole = (
        write_wheel(tmp_path, "shared", "0.1.3") if name.endswith(".whl") else write_sdist(tmp_path, "shared", "0.1.3")
    )
    whole.write_bytes(whole.read_bytes()[:kept])

    with pytest.raises(ToolError, match="damaged archive") as caught:
        read_distribution(whole)

    assert caught.value.file == whole


def test_archives_without_metadata(tmp_path: Path) -> None:
    wheel, sdist = tmp_path / "shared-0.1.3-py3-none-any.whl", tmp_path / "shared-0.1.3.tar.gz"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("shared/METADATA", metadata_text("shared", "0.1.3"))
    with tarfile.open(sdist, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("shared-0.1.3/shared.egg-info/PKG-INFO"), io.BytesIO())

    for file in (wheel, sdist):
        with pytest.raises(ToolError, match="no METADATA or PKG-INFO"):
            read_distribution(file)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [("Metadata-Version: 2.3\nName: shared\n", "no version"), (metadata_text("shared", "one"), "not a version")],
)
def test_metadata_that_is_none(tmp_path: Path, metadata: str, message: str) -> None:
    wheel = tmp_path / "shared-0.1.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("shared-0.1.3.dist-info/METADATA", metadata)

    with pytest.raises(ToolError, match=message):
        read_distribution(wheel)
