"""Applying, undoing and remembering on a real file system and in real git repositories."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crash_driver
from dagster_commons import execution
from dagster_commons.errors import InterruptedRunError, RefusedError, RollbackIncompleteError, StalePlanError, ToolError
from dagster_commons.model.history import FileChange
from dagster_commons.tools import root_lock
from dagster_commons.tools.atomic_files import digest_of
from dagster_commons.tools.journal import POINTER, journal_directory, journal_of, run_ids
from drawn_changes import change, staged, tree
from git_fixtures import git

if TYPE_CHECKING:
    from dagster_commons.model.plan import Upload

ADD = ("add", "shared")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A git repository with two projects."""
    root = repository(tmp_path / "root")
    (root / "sales").mkdir()
    (root / "sales" / "pyproject.toml").write_text("one\n")
    (root / "sales" / "uv.lock").write_text("lock one\n")
    (root / "old.txt").write_text("old\n")
    return root


def repository(directory: Path) -> Path:
    directory.mkdir(parents=True)
    git(directory, "init", "--quiet")
    return directory


def apply(root: Path, *effects, **named):
    return execution.apply(root, staged(*effects, **named), argv=ADD, publish=None)


def test_files_are_changed_created_and_removed_and_everything_is_remembered(root: Path) -> None:
    (root / "old.txt").chmod(0o755)
    outcome = apply(
        root,
        change(root / "old.txt", "new\n"),
        change(root / "sales" / "uv.lock", None),
        change(root / "made" / "deep" / "file.txt", "made\n"),
        change(root / "made" / "script", "#!/bin/sh\n", mode=0o755),
    )
    assert (outcome.kind, outcome.reason, outcome.notes) == ("applied", None, ())
    assert tree(root) == {
        "made/": "directory",
        "made/deep/": "directory",
        "made/deep/file.txt": "644 b'made\\n'",
        "made/script": "755 b'#!/bin/sh\\n'",
        "old.txt": "755 b'new\\n'",
        "sales/": "directory",
        "sales/pyproject.toml": "644 b'one\\n'",
    }
    (applied,) = execution.history(root)
    assert (applied.argv, applied.title) == (ADD, "add shared")
    assert FileChange(path=root / "old.txt", before=digest_of(b"old\n"), after=digest_of(b"new\n")) in applied.files
    assert execution.unfinished_run(root) is None
    assert "commons" not in git(root, "status", "--short")


def test_a_plan_that_changes_nothing_leaves_no_trace_in_the_history(root: Path) -> None:
    assert apply(root, change(root / "old.txt", "old\n")).kind == "applied"
    assert execution.history(root) == ()


def test_only_the_permission_bits_change_and_come_back(root: Path) -> None:
    apply(root, change(root / "old.txt", "old\n", mode=0o755))
    assert tree(root)["old.txt"] == "755 b'old\\n'"
    execution.undo(root, argv=("undo",))
    assert tree(root)["old.txt"] == "644 b'old\\n'"


def test_the_target_of_a_symbolic_link_is_written_and_the_link_stays(root: Path) -> None:
    link = root / "link.txt"
    link.symlink_to("old.txt")
    apply(root, change(link, "through\n"))
    assert link.is_symlink()
    assert (root / "old.txt").read_text() == "through\n"
    execution.undo(root, argv=("undo",))
    assert link.is_symlink()
    assert (root / "old.txt").read_text() == "old\n"


def test_removing_a_symbolic_link_is_refused(root: Path) -> None:
    (root / "link.txt").symlink_to("old.txt")
    with pytest.raises(RefusedError, match=r"link\.txt is a symbolic link"):
        apply(root, change(root / "link.txt", None))


def test_a_stale_plan_names_every_changed_file_and_writes_nothing(root: Path) -> None:
    effects = (
        change(root / "sales" / "pyproject.toml", "two\n"),
        change(root / "old.txt", "new\n"),
        change(root / "sales" / "uv.lock", "lock two\n"),
    )
    (root / "old.txt").write_text("edited\n")
    (root / "sales" / "uv.lock").unlink()
    before = tree(root)
    with pytest.raises(StalePlanError) as caught:
        apply(root, *effects)
    assert "old.txt" in caught.value.message
    assert "uv.lock" in caught.value.message
    assert "pyproject.toml" not in caught.value.message
    assert tree(root) == before
    assert execution.history(root) == ()
    assert list(journal_of(root).images.directory.iterdir()) == []


def test_a_step_that_meets_somebody_elses_edit_takes_the_steps_before_it_back(root: Path) -> None:
    before = tree(root)
    one, other = change(root / "old.txt", "new\n"), change(root / "old.txt", "newer\n")
    with pytest.raises(StalePlanError, match="changed by somebody else"):
        apply(root, change(root / "made" / "file.txt", "made\n"), one, other)
    assert tree(root) == before
    assert execution.unfinished_run(root) is None


@pytest.mark.parametrize(
    ("place", "said"),
    [("sales", "it is a directory"), ("old.txt/below", "is not a directory")],
)
def test_a_place_that_cannot_be_written_is_found_out_before_anything_is_written(
    root: Path, place: str, said: str
) -> None:
    before = tree(root)
    file = root / place
    effect = change(root / "unrelated.txt", "text\n")
    wrong = type(effect)(path=file, before=None, after=b"text\n")
    with pytest.raises(ToolError, match=said):
        apply(root, effect, wrong)
    assert tree(root) == before


@pytest.mark.parametrize("read_only", ["file", "directory"])
def test_read_only_files_and_directories_are_found_out_before_anything_is_written(root: Path, read_only: str) -> None:
    make_everyones(root)
    (root / "sales" / "pyproject.toml").chmod(0o444 if read_only == "file" else 0o666)
    (root / "sales").chmod(0o555 if read_only == "directory" else 0o777)
    before = tree(root)
    ended = crash_driver.call(
        root,
        files=[(root / "old.txt", "new\n"), (root / "sales" / "pyproject.toml", "two\n")],
        user=crash_driver.NOBODY,
    )
    assert ended.returncode == 4, ended
    assert "read-only" in ended.stdout
    assert tree(root) == before


def make_everyones(root: Path) -> None:
    """Let a user without rights write `root`, as far as the permission bits say so."""
    temporary = Path(tempfile.gettempdir()).resolve()
    for directory in (*reversed(root.parents), root):
        if directory != temporary and directory.is_relative_to(temporary):
            directory.chmod(directory.stat().st_mode | 0o755)
    for path in (root, *root.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)


def test_a_full_disk_while_images_are_saved_changes_nothing(root: Path) -> None:
    before = tree(root)
    ended = crash_driver.call(root, files=[(root / "old.txt", "x" * 50_000)], largest_file=10_000)
    assert ended.returncode == 4, ended
    assert "cannot write the journal" in ended.stdout
    assert tree(root) == before
    assert list(journal_of(root).images.directory.iterdir()) == []
    assert execution.unfinished_run(root) is None


def test_a_failed_upload_takes_the_files_back(root: Path) -> None:
    before = tree(root)

    def refuse(upload: Upload) -> None:
        raise ToolError(f"the registry does not want {upload.module}")

    plan = staged(change(root / "old.txt", "new\n"), uploads=("0.2.0",))
    outcome = execution.apply(root, plan, argv=ADD, publish=refuse)
    assert (outcome.kind, outcome.reason) == ("rolled-back", "the registry does not want shared")
    assert tree(root) == before
    assert execution.history(root) == ()


def test_what_is_published_already_keeps_its_files_when_a_later_upload_fails(root: Path) -> None:
    def publish(upload: Upload) -> None:
        if upload.version == "0.3.0":
            raise ToolError("the registry is full")

    plan = staged(change(root / "old.txt", "new\n"), uploads=("0.2.0", "0.3.0"))
    outcome = execution.apply(root, plan, argv=ADD, publish=publish)
    assert (outcome.kind, outcome.reason) == ("applied", "the registry is full")
    assert [upload.version for upload in outcome.published] == ["0.2.0"]
    assert (root / "old.txt").read_text() == "new\n"


def test_a_bug_in_the_publisher_rolls_back_and_is_not_swallowed(root: Path) -> None:
    before = tree(root)

    def fail(upload: Upload) -> None:
        raise LookupError(upload.module)

    with pytest.raises(LookupError):
        execution.apply(root, staged(change(root / "old.txt", "new\n"), uploads=("1",)), argv=ADD, publish=fail)
    assert tree(root) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_while_publishing_takes_the_files_back(root: Path, number: signal.Signals) -> None:
    before = tree(root)
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    def interrupted(upload: Upload) -> None:
        os.kill(os.getpid(), number)

    with pytest.raises(InterruptedRunError, match="rolled back"):
        execution.apply(root, staged(change(root / "old.txt", "new\n"), uploads=("1",)), argv=ADD, publish=interrupted)
    assert tree(root) == before
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers


def test_a_thread_other_than_the_main_one_may_apply(root: Path) -> None:
    thread = threading.Thread(target=apply, args=(root, change(root / "old.txt", "new\n")))
    thread.start()
    thread.join()
    assert (root / "old.txt").read_text() == "new\n"


def test_a_rollback_never_overwrites_what_somebody_wrote_meanwhile_and_says_where_the_bytes_are(root: Path) -> None:
    def publish(upload: Upload) -> None:
        (root / "old.txt").write_text("somebody else\n")
        raise ToolError("no")

    plan = staged(change(root / "old.txt", "new\n"), change(root / "sales" / "uv.lock", "lock two\n"), uploads=("1",))
    with pytest.raises(RollbackIncompleteError) as caught:
        execution.apply(root, plan, argv=ADD, publish=publish)
    assert (root / "old.txt").read_text() == "somebody else\n"
    assert (root / "sales" / "uv.lock").read_text() == "lock one\n"
    backup = Path(caught.value.message.split("its bytes before are in ")[1])
    assert backup.read_text() == "old\n"
    assert execution.recover(root) is None
    apply(root, change(root / "old.txt", "next\n"))
    assert backup.read_text() == "old\n"


def test_outside_git_the_journal_is_a_directory_that_git_would_ignore(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("old\n")
    apply(tmp_path, change(tmp_path / "file.txt", "new\n"))
    assert journal_directory(tmp_path) == tmp_path / ".commons"
    assert (tmp_path / ".commons" / ".gitignore").read_text() == "*\n"
    execution.undo(tmp_path, argv=("undo",))
    assert (tmp_path / "file.txt").read_text() == "old\n"


def test_a_linked_worktree_has_a_journal_of_its_own(root: Path, tmp_path: Path) -> None:
    git(root, "commit", "--quiet", "--allow-empty", "-m", "first")
    git(root, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    assert journal_directory(tmp_path / "linked") == root / ".git" / "worktrees" / "linked" / "dagster-commons"
    assert journal_directory(root) == root / ".git" / "dagster-commons"
    assert journal_directory(root / "sales") == journal_directory(root)


def test_a_checkout_that_was_moved_can_still_undo(root: Path, tmp_path: Path) -> None:
    apply(root, change(root / "old.txt", "new\n"))
    moved = root.rename(tmp_path / "moved")
    execution.undo(moved, argv=("undo",))
    assert (moved / "old.txt").read_text() == "old\n"


def test_credentials_in_the_command_line_are_not_written_down(root: Path) -> None:
    argv = ("add", "shared", "--url", "https://user:secret@git.example.com/shared.git")
    execution.apply(root, staged(change(root / "old.txt", "new\n")), argv=argv, publish=None)
    written = b"".join(file.read_bytes() for file in journal_directory(root).rglob("*") if file.is_file())
    assert b"git.example.com/shared.git" in written
    assert b"secret" not in written


def test_a_second_commons_is_told_who_is_at_work_and_nothing_is_changed(root: Path) -> None:
    before = tree(root)
    apply(root)
    holder = root_lock.LockHolder(pid=4711, argv=ADD, since="2026-01-31T10:00:00+00:00")
    with (
        root_lock.held((journal_directory(root),), holder),
        pytest.raises(ToolError, match=r"pid 4711, `commons add shared`, since 2026-01-31T10:00:00"),
    ):
        apply(root, change(root / "old.txt", "new\n"))
    assert tree(root) == before
    assert apply(root, change(root / "old.txt", "new\n")).kind == "applied"


def test_a_root_and_a_repository_of_its_fleet_cannot_be_changed_at_once(root: Path, tmp_path: Path) -> None:
    other = repository(tmp_path / "marketing")
    (other / "file.txt").write_text("old\n")
    seen: list[str] = []

    def publish(upload: Upload) -> None:
        assert (other / ".git" / POINTER).read_text().splitlines()[0] == str(journal_directory(root))
        with pytest.raises(ToolError, match="another commons") as caught:
            apply(other, change(other / "file.txt", "mine\n"))
        seen.append(caught.value.message)
        assert "right now" in str(execution.unfinished_run(other))

    execution.apply(root, staged(change(other / "file.txt", "new\n"), uploads=("1",)), argv=ADD, publish=publish)
    assert str(os.getpid()) in seen[0]
    assert not (other / ".git" / POINTER).exists()
    assert (other / "file.txt").read_text() == "new\n"
    execution.undo(root, argv=("undo",))
    assert (other / "file.txt").read_text() == "old\n"


def test_a_torn_last_line_is_as_if_it_had_not_been_written(root: Path) -> None:
    apply(root, change(root / "old.txt", "new\n"))
    journal = journal_of(root)
    file = journal.run_file(run_ids(journal)[-1])
    file.write_bytes(file.read_bytes().removesuffix(b"\n"))
    assert "was interrupted" in str(execution.unfinished_run(root))
    said = execution.recover(root)
    assert said is not None
    assert said.startswith("an earlier `commons add shared` was interrupted; its changes were rolled back")
    assert (root / "old.txt").read_text() == "old\n"


def test_python_that_is_only_asked_for_the_status_writes_nothing(root: Path) -> None:
    before = sorted(root.rglob("*"))
    code = f"from pathlib import Path; from dagster_commons.execution import *; r = Path({str(root)!r}); unfinished_run(r); history(r); recover(r); images(r, r / 'old.txt')"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert sorted(root.rglob("*")) == before
