"""Taking changes back, and the earlier bytes of a file that may be restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dagster_commons import execution
from dagster_commons.errors import RefusedError, StalePlanError, ToolError
from dagster_commons.tools.atomic_files import digest_of
from dagster_commons.tools.history import RUNS_KEPT
from dagster_commons.tools.journal import journal_of
from drawn_changes import change, staged, tree
from git_fixtures import init

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A git repository with a project."""
    return init(tmp_path / "root", {"sales/pyproject.toml": "one\n", "sales/uv.lock": "lock one\n", "old.txt": "old\n"})


def apply(root: Path, *effects, **named):
    return execution.apply(root, staged(*effects, **named), argv=("add", "shared"), publish=None)


def test_undo_goes_back_change_by_change_to_the_very_bytes(root: Path) -> None:
    states = [tree(root)]
    apply(root, change(root / "old.txt", None), change(root / "made" / "file.txt", "made\n"), title="first")
    states.append(tree(root))
    apply(root, change(root / "made" / "file.txt", "again\n"), title="second")
    assert execution.undo(root, argv=("undo",)).change.title == "second"
    assert tree(root) == states[1]
    assert [each.title for each in execution.history(root)] == ["first"]
    assert execution.undo(root, argv=("undo",)).change.title == "first"
    assert tree(root) == states[0]
    with pytest.raises(RefusedError, match="no change to take back"):
        execution.undo(root, argv=("undo",))


def test_undo_refuses_when_a_file_was_edited_since_and_names_it(root: Path) -> None:
    apply(root, change(root / "old.txt", "new\n"), change(root / "sales" / "uv.lock", "lock two\n"))
    (root / "old.txt").write_text("edited\n")
    before = tree(root)
    with pytest.raises(StalePlanError) as caught:
        execution.undo(root, argv=("undo",))
    assert "old.txt" in caught.value.message
    assert "uv.lock" not in caught.value.message
    assert tree(root) == before
    assert len(execution.history(root)) == 1


def test_undo_refuses_when_an_image_is_damaged(root: Path) -> None:
    apply(root, change(root / "old.txt", "new\n"))
    journal_of(root).images.place_of(str(digest_of(b"old\n"))).write_text("damaged\n")
    with pytest.raises(ToolError, match="is damaged"):
        execution.undo(root, argv=("undo",))
    assert (root / "old.txt").read_text() == "new\n"


def test_images_reach_back_as_far_as_every_change_was_ours(root: Path) -> None:
    project, lock = root / "sales" / "pyproject.toml", root / "sales" / "uv.lock"
    apply(root, change(project, "two\n"), change(lock, "lock two\n"))
    apply(root, change(project, "three\n"), change(lock, "lock three\n"))
    chain = execution.images(root, project)
    assert [image.content for image in chain.images] == [b"two\n", b"one\n"]
    assert [image.companion(lock) for image in chain.images] == [b"lock two\n", b"lock one\n"]
    assert chain.base is None


def test_an_image_lists_no_companion_that_somebody_else_changed_since(root: Path) -> None:
    project, lock = root / "sales" / "pyproject.toml", root / "sales" / "uv.lock"
    apply(root, change(project, "two\n"), change(lock, "lock two\n"))
    lock.write_text("upgraded\n")
    apply(root, change(project, "three\n"), change(lock, "lock three\n"))
    newest, oldest = execution.images(root, project).images
    assert newest.companion(lock) == b"upgraded\n"
    assert oldest.companions == ()


def test_an_edit_breaks_the_chain_and_what_we_had_left_is_the_base(root: Path) -> None:
    apply(root, change(root / "old.txt", "two\n"))
    apply(root, change(root / "old.txt", "three\n"))
    (root / "old.txt").write_text("three, edited\n")
    chain = execution.images(root, root / "old.txt")
    assert [image.content for image in chain.images] == [b"two\n", b"old\n"]
    assert chain.base == b"three\n"


def test_somebody_elses_change_between_two_of_ours_ends_the_chain(root: Path) -> None:
    apply(root, change(root / "old.txt", "two\n"))
    (root / "old.txt").write_text("two, edited\n")
    apply(root, change(root / "old.txt", "three\n"))
    chain = execution.images(root, root / "old.txt")
    assert [image.content for image in chain.images] == [b"two, edited\n"]


def test_a_file_brought_back_to_an_older_state_has_the_images_of_that_state(root: Path) -> None:
    apply(root, change(root / "old.txt", "two\n"))
    apply(root, change(root / "old.txt", "three\n"))
    (root / "old.txt").write_text("two\n")
    chain = execution.images(root, root / "old.txt")
    assert [image.content for image in chain.images] == [b"old\n"]
    assert chain.base is None


def test_an_undone_change_is_an_image_too(root: Path) -> None:
    apply(root, change(root / "old.txt", "two\n"))
    execution.undo(root, argv=("undo",))
    chain = execution.images(root, root / "old.txt")
    assert [image.content for image in chain.images] == [b"two\n", b"old\n"]


def test_a_file_that_we_made_has_no_image_from_before(root: Path) -> None:
    apply(root, change(root / "new.txt", "one\n"))
    apply(root, change(root / "new.txt", "two\n"))
    assert [image.content for image in execution.images(root, root / "new.txt").images] == [b"one\n"]
    assert execution.images(root, root / "old.txt").images == ()


def test_only_the_newest_changes_are_kept_and_images_nobody_refers_to_are_removed(root: Path) -> None:
    for number in range(RUNS_KEPT + 2):
        apply(root, change(root / "old.txt", f"{number}\n"))
    assert len(execution.history(root)) == RUNS_KEPT
    kept = {file.read_text() for file in journal_of(root).images.directory.iterdir()}
    assert kept == {f"{number}\n" for number in range(1, RUNS_KEPT + 2)}
