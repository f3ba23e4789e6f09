"""What decides which environment and which kept snapshot a load gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import draw
from dagster_commons.model.definitions import LoadInputs, Snapshot
from dagster_commons.proof.closures import closure_key
from dagster_commons.proof.contents import tree_digest
from dagster_commons.proof.snapshot_cache import OVERLAYS, SnapshotCache, Surroundings
from dagster_commons.tools import lockfile

LOCK = """\
version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "a"
version = "0.1.0"
source = { editable = "a" }
dependencies = [
    { name = "one" },
]

[package.metadata]
requires-dist = [{ name = "one" }]

[[package]]
name = "b"
version = "0.1.0"
source = { editable = "b" }
dependencies = [
    { name = "one" },
    { name = "two" },
]

[package.metadata]
requires-dist = [
    { name = "one" },
    { name = "two" },
]

[[package]]
name = "one"
version = "1.0"
source = { registry = "https://index.example" }

[[package]]
name = "two"
version = "1.0"
source = { registry = "https://index.example" }
"""
EMPTY = Snapshot(dagster="1.13.27", python="3.11.9", objects=(), code=())


def key(text: str, project: str = "a", settings: tuple[str, ...] = ()) -> str:
    return closure_key(lockfile.parse(text.encode(), Path("uv.lock")), project, settings)


def test_members_of_a_workspace_share_an_environment_only_where_they_need_the_same() -> None:
    assert key(LOCK, "a") != key(LOCK, "b")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "one"\nversion = "1.0"', 'name = "one"\nversion = "1.1"'),
        ("https://index.example", "https://other.example"),
        ('requires-dist = [{ name = "one" }]', 'requires-dist = [{ name = "one", extras = ["more"] }]'),
        (">=3.10", ">=3.11"),
    ],
)
def test_what_is_installed_is_part_of_the_key(old: str, new: str) -> None:
    assert old in LOCK
    assert key(LOCK.replace(old, new)) != key(LOCK)


def test_what_another_member_needs_is_not_and_settings_are() -> None:
    assert key(LOCK.replace('name = "two"\nversion = "1.0"', 'name = "two"\nversion = "2.0"')) == key(LOCK)
    assert key(LOCK, settings=("3.12",)) != key(LOCK)


@pytest.mark.parametrize(
    "source", ['{ path = "../one-1.0-py3-none-any.whl" }', '{ url = "https://example.com/one-1.0.whl" }']
)
def test_a_file_that_became_another_under_its_name_is_part_of_the_key(source: str) -> None:
    of_index = 'name = "one"\nversion = "1.0"\nsource = { registry = "https://index.example" }\n'
    first = of_index.replace('{ registry = "https://index.example" }', source) + 'wheels = [{ hash = "sha256:1" }]\n'
    assert of_index in LOCK

    assert key(LOCK.replace(of_index, first)) == key(LOCK.replace(of_index, first))
    assert key(LOCK.replace(of_index, first)) != key(LOCK.replace(of_index, first.replace("sha256:1", "sha256:2")))


def test_what_a_link_stands_for_is_not_installed() -> None:
    def without_one(text: str) -> str:
        return closure_key(lockfile.parse(text.encode(), Path("uv.lock")), "a", (), without=("one",))

    assert without_one(LOCK) != key(LOCK)
    assert without_one(LOCK.replace('name = "one"\nversion = "1.0"', 'name = "one"\nversion = "1.1"')) == without_one(
        LOCK
    )


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    scratch = tmp_path / "scratch"
    draw(scratch, {"root/a/code.py": "", "root/a/.venv/x.cfg": "1", "root/b.txt": "1", f"{OVERLAYS}/a/METADATA": "1"})
    draw(tmp_path, {"outside.txt": "1"})
    return Surroundings(
        environment={"MOOD": "fine"}, root=scratch / "root", scratch=scratch, covered=(scratch / "root/a",)
    )


@pytest.mark.parametrize(
    ("read", "is_kept"),
    [
        ("scratch/root/a/code.py", True),  # the key has its content
        ("scratch/root/a/.venv/x.cfg", False),
        ("scratch/root/b.txt", False),
        (f"scratch/{OVERLAYS}/a/METADATA", True),
        ("outside.txt", False),
    ],
)
def test_a_file_that_was_read_and_that_no_key_covers_is_compared(
    tmp_path: Path, around: Surroundings, read: str, *, is_kept: bool
) -> None:
    cache = SnapshotCache(directory=tmp_path / "cache")
    snapshot = replace(EMPTY, inputs=LoadInputs(files=(tmp_path / read,)))
    cache.put("key", snapshot, around)
    assert cache.get("key", around) == snapshot

    (tmp_path / read).write_text("2")

    assert (cache.get("key", around) is not None) is is_kept


def test_a_file_of_the_tree_is_found_again_in_another_tree(tmp_path: Path, around: Surroundings) -> None:
    cache = SnapshotCache(directory=tmp_path / "cache")
    cache.put("key", replace(EMPTY, inputs=LoadInputs(files=(around.root / "b.txt",))), around)
    draw(tmp_path / "other", {"root/b.txt": "1"})
    other = replace(around, root=tmp_path / "other/root", scratch=tmp_path / "other", covered=())
    assert cache.get("key", other) is not None

    (tmp_path / "other/root/b.txt").write_text("2")

    assert cache.get("key", other) is None


def test_a_variable_that_was_read_is_compared_and_its_value_not_kept(tmp_path: Path, around: Surroundings) -> None:
    cache = SnapshotCache(directory=tmp_path / "cache")
    cache.put("key", replace(EMPTY, inputs=LoadInputs(variables=("MOOD", "UNSET"))), around)

    assert cache.get("key", around) is not None
    assert cache.get("key", replace(around, environment={"MOOD": "other"})) is None
    assert cache.get("key", replace(around, environment={"MOOD": "fine", "UNSET": "set"})) is None
    assert "fine" not in (tmp_path / "cache/key.json").read_text("utf-8")


@pytest.mark.parametrize("inputs", [LoadInputs(has_used_network=True), LoadInputs(has_run_programs=True)])
def test_what_others_said_is_not_kept(tmp_path: Path, around: Surroundings, inputs: LoadInputs) -> None:
    cache = SnapshotCache(directory=tmp_path / "cache")
    cache.put("key", replace(EMPTY, inputs=inputs), around)
    assert cache.get("key", around) is None


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"variables": 1, "files": {}}', '{"variables": {}, "files": {}}'])
def test_a_damaged_entry_is_none(tmp_path: Path, around: Surroundings, damage: str) -> None:
    cache = SnapshotCache(directory=tmp_path / "cache")
    draw(tmp_path / "cache", {"key.json": damage})
    assert cache.get("key", around) is None


def test_a_place_that_cannot_be_written_keeps_nothing(tmp_path: Path, around: Surroundings) -> None:
    cache = SnapshotCache(directory=tmp_path / "outside.txt" / "below")
    cache.put("key", EMPTY, around)
    assert cache.get("key", around) is None


def test_a_digest_of_a_directory_changes_with_names_and_bytes_of_code_alone(tmp_path: Path) -> None:
    draw(tmp_path, {"a.py": "1", "__pycache__/a.pyc": "1"})
    first = tree_digest(tmp_path)
    draw(tmp_path, {"__pycache__/a.pyc": "2", ".venv/lib.py": "2"})
    assert tree_digest(tmp_path) == first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert tree_digest(tmp_path) != first
