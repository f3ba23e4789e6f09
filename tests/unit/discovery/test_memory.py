"""Facts are remembered exactly as long as their files stay as they are."""

from __future__ import annotations

import os
import pickle
import time
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.discovery import read_workspace
from dagster_commons.discovery.memory import Memory
from dagster_commons.tools.cache import cache_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATH = '{ path = "../shared", editable = true }'
LOCK = """
    version = 1
    revision = 3
    requires-python = ">=3.10"

    [[package]]
    name = "sales"
    version = "0.1.0"
    source = { editable = "." }
    dependencies = [
        { name = "shared" },
    ]

    [package.metadata]
    requires-dist = [{ name = "shared", editable = "../shared" }]

    [[package]]
    name = "shared"
    version = "0.1.0"
    source = { editable = "../shared" }
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    drawing = workspace(tmp_path).module("shared").location("sales", uses={"shared": PATH}).file("sales/uv.lock", LOCK)
    return drawing.root


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs begin an hour from now: no file is too young to be remembered."""
    now = time.time_ns
    monkeypatch.setattr("dagster_commons.discovery.memory.time.time_ns", lambda: now() + 3600 * 1_000_000_000)


def files_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the TOML files that are parsed from now on."""
    from dagster_commons.discovery import directories, locks  # noqa: PLC0415 - what is watched

    read: list[str] = []
    for module in (directories, locks):
        real: Callable[[Path], object] = module.read_toml

        def watched(file: Path, real: Callable[[Path], object] = real) -> object:
            read.append(file.name)
            return real(file)

        monkeypatch.setattr(module, "read_toml", watched)
    return read


@pytest.mark.usefixtures("later")
def test_nothing_is_parsed_twice_and_the_answer_is_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_workspace(root)
    read = files_read(monkeypatch)
    assert read_workspace(root) == first
    assert read == []


def test_a_young_file_is_not_remembered(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_workspace(root)
    read = files_read(monkeypatch)
    read_workspace(root)
    assert read.count("pyproject.toml") >= 2


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("keep_times", [False, True])
def test_an_edit_of_the_same_length_is_seen(root: Path, *, keep_times: bool) -> None:
    file = root / "shared/pyproject.toml"
    assert read_workspace(root).modules[0].version == "0.1.0"
    before = file.stat()
    file.write_text(file.read_text().replace('version = "0.1.0"', 'version = "0.9.9"'))
    if keep_times:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    found = read_workspace(root)
    assert found.modules[0].version == "0.9.9"
    assert {use.lock.kind for use in found.uses} == {"stale"}


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sales/dg.toml", '[project]\nroot_module = "sales"\ncode_location_name = "new"\n'),
        ("sales/dagster_cloud.yaml", "locations:\n  - location_name: new\n    code_source: {package_name: sales}\n"),
        ("workspace.yaml", "load_from:\n  - python_package: {package_name: sales, location_name: new}\n"),
    ],
)
def test_a_file_that_appears_or_goes_is_seen(root: Path, path: str, text: str) -> None:
    assert [each.name for each in read_workspace(root).locations] == ["sales"]
    (root / path).write_text(text)
    assert [each.name for each in read_workspace(root).locations] == ["new"]
    (root / path).unlink()
    assert [each.name for each in read_workspace(root).locations] == ["sales"]


@pytest.mark.usefixtures("later")
def test_an_included_requirements_file_is_watched(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).module("shared").file("x/requirements.txt", "-r ../more/base.txt\n")
    drawing.file("x/workspace.yaml", "load_from:\n  - python_file: code.py\n").file("more/base.txt", "dagster\n")
    assert read_workspace(tmp_path).uses == ()
    drawing.file("more/base.txt", "-e ../shared\n")
    assert [use.module for use in read_workspace(tmp_path).uses] == ["shared"]
    (tmp_path / "more/base.txt").unlink()
    assert ["cannot be read" in each.message for each in read_workspace(tmp_path).findings] == [True]
    drawing.file("more/base.txt", "dagster\n")
    assert read_workspace(tmp_path).findings == ()


@pytest.mark.usefixtures("later")
def test_a_new_lock_or_uv_toml_is_seen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "sales/uv.lock").rename(root / "kept")
    assert {use.lock.kind for use in read_workspace(root).uses} == {"missing"}
    (root / "kept").rename(root / "sales/uv.lock")
    assert {use.lock.kind for use in read_workspace(root).uses} == {"current"}
    read = files_read(monkeypatch)
    read_workspace(root)
    assert read == []
    (root / "sales/uv.toml").write_text('resolution = "lowest"\n')
    read_workspace(root)
    assert "uv.toml" in read


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "foreign", "directory"])
def test_a_damaged_cache_is_ignored_and_rewritten(root: Path, damage: str) -> None:
    first = read_workspace(root)
    (file,) = (cache_directory() / "facts").iterdir()
    content = file.read_bytes()
    match damage:
        case "truncate":
            file.write_bytes(content[:-10])
        case "flip":
            file.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
        case "empty":
            file.write_bytes(b"")
        case "foreign":
            file.write_bytes(b"x" * 32 + content[32:])
        case _:
            file.unlink()
            file.mkdir()
    assert read_workspace(root) == first
    if damage != "directory":
        assert file.read_bytes() == content


def test_a_cache_makes_nothing_but_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can write into the cache cannot run code by it."""
    from dagster_commons.discovery import memory  # noqa: PLC0415 - its private halves are tested here

    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "harm"),)

    import hashlib  # noqa: PLC0415

    payload = pickle.dumps({("directory", str(tmp_path)): Harmful()})
    place = cache_directory() / "facts"
    place.mkdir(parents=True)
    file = place / hashlib.sha256(os.fsencode(tmp_path)).hexdigest()[:16]
    file.write_bytes(memory._fingerprint() + hashlib.sha256(payload).digest() + payload)
    read_workspace(tmp_path)
    assert not (tmp_path / "harm").exists()


@pytest.mark.usefixtures("later")
def test_a_cache_that_cannot_be_written_is_none(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(tmp_path / "file"))
    assert read_workspace(root).locations
    assert read_workspace(root).locations


@pytest.mark.usefixtures("later")
def test_what_is_gone_is_forgotten(root: Path) -> None:
    read_workspace(root)
    (file,) = (cache_directory() / "facts").iterdir()
    before = file.stat().st_size
    for each in (root / "sales/pyproject.toml", root / "sales/uv.lock"):
        each.unlink()
    read_workspace(root)
    assert file.stat().st_size < before
    assert isinstance(Memory(root), Memory)
