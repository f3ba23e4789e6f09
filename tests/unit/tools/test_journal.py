"""The journal's files: whole lines, images by digest, atomic writes, the lock, children told apart from strangers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import StalePlanError, ToolError
from dagster_commons.tools import atomic_files, children, file_operation, journal, root_lock
from dagster_commons.tools.file_operation import FileOperation
from dagster_commons.tools.journal import Journal, Run
from dagster_commons.tools.operations import from_json, inverse, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.tools.image_store import ImageStore

TOKEN = "000001"  # noqa: S105 - names temporary files
HOLDER = root_lock.LockHolder(pid=4711, argv=("add", "my shared"), since="2026-01-31T10:00:00+00:00")


@pytest.fixture
def opened(tmp_path: Path) -> Journal:
    found = journal.journal_of(tmp_path)
    journal.create(found)
    return found


def run_of(run_id: str, argv: tuple[str, ...] = ("add", "shared")) -> Run:
    return Run(
        id=run_id, kind="apply", time="2026-01-31T10:00:00+00:00", argv=argv, title="add", operations=(), git_dirs=()
    )


def test_a_run_is_read_as_it_was_written(opened: Journal) -> None:
    run = replace(run_of("000001"), git_dirs=(opened.anchor / "elsewhere",), submodules=(opened.anchor / "shared",))
    journal.begin(opened, run)
    assert journal.read_run(opened, "000001") == run
    assert journal.unfinished(opened) == run


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"event": "started", "operation": 1}, {"event": "started", "operation": 0}], {"started": (1, 0)}),
        ([{"event": "publishing", "upload": "shared 1"}], {"publishing": "shared 1"}),
        (
            [{"event": "publishing", "upload": "shared 1"}, {"event": "published", "upload": "shared 1"}],
            {"published": ("shared 1",)},
        ),
        ([{"event": "committed"}], {"end": "committed"}),
        ([{"event": "rolled-back"}], {"end": "rolled-back"}),
        ([{"event": "abandoned"}], {"end": "abandoned"}),
    ],
)
def test_every_line_changes_what_is_known_of_the_run(opened: Journal, events: list, expected: dict) -> None:
    journal.begin(opened, run_of("000001"))
    for event in events:
        journal.append(opened.run_file("000001"), event)
    assert journal.read_run(opened, "000001") == replace(run_of("000001"), **expected)
    assert (journal.unfinished(opened) is None) == ("end" in expected)


def test_a_torn_line_is_passed_over_and_cut_off_by_the_next_one(opened: Journal) -> None:
    journal.begin(opened, run_of("000001"))
    file = opened.run_file("000001")
    with file.open("ab") as lines:
        lines.write(b'{"event": "commi')
    assert journal.read_run(opened, "000001").end is None
    journal.append(file, {"event": "started", "operation": 0})
    assert [json.loads(line)["event"] for line in file.read_bytes().splitlines()] == ["begin", "started"]


@pytest.mark.parametrize("content", [b"", b"no json\n", b'{"event": "begin"}\n', b"[]\n"])
def test_a_journal_that_cannot_be_understood_is_an_error_that_names_the_file(opened: Journal, content: bytes) -> None:
    opened.run_file("000001").write_bytes(content)
    with pytest.raises(ToolError, match=r"000001\.jsonl"):
        journal.unfinished(opened)


def test_runs_are_numbered_on_and_only_the_newest_can_be_unfinished(opened: Journal) -> None:
    assert journal.next_run_id(opened) == "000001"
    journal.begin(opened, run_of("000009"))
    journal.begin(opened, run_of("000010"))
    journal.append(opened.run_file("000010"), {"event": "committed"})
    assert journal.run_ids(opened) == ("000009", "000010")
    assert journal.next_run_id(opened) == "000011"
    assert journal.unfinished(opened) is None


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("https://user:secret@git.example.com/a.git", "https://git.example.com/a.git"),
        ("--url=https://secret@git.example.com/a.git", "--url=https://git.example.com/a.git"),
        ("git@git.example.com:a.git", "git@git.example.com:a.git"),
        ("shared==0.1.3", "shared==0.1.3"),
    ],
)
def test_credentials_are_left_out(word: str, written: str) -> None:
    assert journal.redacted((word,)) == (written,)


def test_paths_inside_the_anchor_are_relative_so_that_a_checkout_may_move(opened: Journal, tmp_path: Path) -> None:
    inside = FileOperation(path=tmp_path / "a" / "b", before=None, after="1", directories=(tmp_path / "a",))
    outside = replace(inside, path=tmp_path.parent / "else", directories=())
    moved = replace(opened, anchor=tmp_path.parent / "moved")
    assert from_json(to_json(inside, opened), moved) == replace(
        inside, path=moved.anchor / "a" / "b", directories=(moved.anchor / "a",)
    )
    assert from_json(to_json(outside, opened), moved) == outside


def test_a_pointer_names_its_journal_and_only_its_own_is_removed(opened: Journal, tmp_path: Path) -> None:
    git_dir = tmp_path / "other.git"
    git_dir.mkdir()
    assert journal.pointed_to(git_dir) is None
    journal.point_from((git_dir,), opened)
    assert journal.pointed_to(git_dir) == opened
    journal.remove_pointers((git_dir,), replace(opened, directory=tmp_path / "another"))
    assert journal.pointed_to(git_dir) == opened
    journal.remove_pointers((git_dir,), opened)
    assert journal.pointed_to(git_dir) is None


def test_an_image_is_kept_once_and_a_damaged_one_is_no_image(opened: Journal) -> None:
    images = opened.images
    digest = images.save(b"content")
    assert images.save(b"content") == digest
    assert images.load(digest) == b"content"
    images.place_of(digest).write_bytes(b"damaged")
    with pytest.raises(ToolError, match="is damaged"):
        images.load(digest)
    images.save(b"content")
    assert images.load(digest) == b"content"
    images.prune(set())
    with pytest.raises(ToolError, match="is gone"):
        images.load(digest)


def test_an_atomic_write_keeps_permissions_and_leaves_nothing_beside(tmp_path: Path) -> None:
    file = tmp_path / "file"
    atomic_files.write_atomically(file, b"one", permissions=0o754, token=TOKEN)
    assert (file.read_bytes(), file.stat().st_mode & 0o7777) == (b"one", 0o754)
    (tmp_path / "directory").mkdir()
    with pytest.raises(IsADirectoryError):
        atomic_files.write_atomically(tmp_path / "directory", b"two", permissions=0o644, token=TOKEN)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["directory", "file"]


def operation_on(file: Path, images: ImageStore, before: bytes | None, after: bytes | None) -> FileOperation:
    for content in (before, after):
        if content is not None:
            images.save(content)
    return FileOperation(
        path=file,
        before=atomic_files.digest_of(before),
        after=atomic_files.digest_of(after),
        before_permissions=None if before is None else 0o640,
        after_permissions=None if after is None else 0o755,
        directories=atomic_files.missing_directories(file),
    )


@pytest.mark.parametrize("before", [b"one", None])
@pytest.mark.parametrize("after", [b"two", None])
def test_a_file_goes_there_and_back_however_often_it_is_asked(
    opened: Journal, tmp_path: Path, before: bytes | None, after: bytes | None
) -> None:
    file = tmp_path / "project" / "file" if before is None else tmp_path / "file"
    if before is not None:
        file.write_bytes(before)
        file.chmod(0o640)
    operation = operation_on(file, opened.images, before, after)
    for wanted, state in ((operation, after), (inverse(operation), before)):
        for _ in range(2):
            file_operation.perform(wanted, opened.images, token=TOKEN)
            assert atomic_files.content_of(file) == state
            assert file_operation.is_done(wanted)
            assert atomic_files.permissions_of(file) == wanted.after_permissions
    assert (tmp_path / "project").exists() is False


def test_what_a_killed_write_left_beside_the_file_is_removed_on_the_way_back(opened: Journal, tmp_path: Path) -> None:
    file = tmp_path / "new" / "file"
    operation = operation_on(file, opened.images, None, b"two")
    file.parent.mkdir()
    atomic_files.temporary_beside(file, TOKEN).write_bytes(b"tw")
    file_operation.perform(inverse(operation), opened.images, token=TOKEN)
    assert not file.parent.exists()


def test_somebody_elses_content_is_never_overwritten(opened: Journal, tmp_path: Path) -> None:
    file = tmp_path / "file"
    operation = operation_on(file, opened.images, b"one", b"two")
    file.write_bytes(b"three")
    for wanted in (operation, inverse(operation)):
        with pytest.raises(StalePlanError):
            file_operation.perform(wanted, opened.images, token=TOKEN)
    assert file.read_bytes() == b"three"


def test_the_lock_is_refused_to_a_second_holder_and_free_again_afterwards(tmp_path: Path) -> None:
    assert not root_lock.is_held(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with root_lock.held((tmp_path,), HOLDER):
        assert root_lock.is_held(tmp_path)
        with (
            pytest.raises(ToolError, match=r"another commons \(pid 4711, `commons add 'my shared'`, since 2026-01-31"),
            root_lock.held((tmp_path,), HOLDER),
        ):
            pass
        assert root_lock.is_held(tmp_path)
    assert not root_lock.is_held(tmp_path)
    with root_lock.held((tmp_path,), HOLDER):
        pass


def test_a_lock_whose_note_is_being_written_is_refused_all_the_same(tmp_path: Path) -> None:
    with root_lock.held((tmp_path,), HOLDER):
        (tmp_path / root_lock.FILE_NAME).write_text("")
        with (
            pytest.raises(ToolError, match="another commons is changing this root"),
            root_lock.held((tmp_path,), HOLDER),
        ):
            pass


def test_one_refused_lock_frees_those_taken_before_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with root_lock.held((second,), HOLDER):
        with pytest.raises(ToolError), root_lock.held((first, second), HOLDER):
            pass
        assert not root_lock.is_held(first)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("00:07", 7), ("01:02", 62), ("03:00:01", 10801), ("2-00:00:05", 172805)],
)
def test_elapsed_time_is_read_as_ps_writes_it(written: str, seconds: int) -> None:
    assert children.elapsed_seconds(written) == seconds
