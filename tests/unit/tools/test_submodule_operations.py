"""Every operation survives the journal, and its inverse takes back what it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from dagster_commons.tools.submodule_effect.operations import (
    CopyTree,
    CreateCheckout,
    Fetch,
    IndexEntry,
    MoveCheckout,
    MovePath,
    Operation,
    ReferenceChange,
    RefreshIndexEntry,
    SetGitConfig,
    SetIndexEntry,
    WriteBytes,
    from_json,
    invert,
    to_json,
)

ROOT = Path("/work/root")
BACKUP = ROOT / ".git/backup"
MOVE = MovePath(source=ROOT / "a", destination=BACKUP / "a", source_root=ROOT, destination_root=BACKUP)
COPY = CopyTree(
    source=Path("/twin/.git/modules/a"),
    destination=ROOT / ".git/modules/a",
    destination_root=ROOT / ".git",
    set_aside=BACKUP / "b",
    set_aside_root=BACKUP,
)
CREATE = CreateCheckout(
    worktree=ROOT / "a",
    git_dir=ROOT / ".git/modules/a",
    commit="1" * 40,
    worktree_root=ROOT,
    set_aside=BACKUP / "c",
    set_aside_root=BACKUP,
)
CHECKOUT = MoveCheckout(
    worktree=ROOT / "a", before="refs/heads/main", after="2" * 40, before_commit="1" * 40, after_commit="2" * 40
)
WRITE = WriteBytes(path=ROOT / ".gitmodules", before=None, after=b"\xff\x00not text\r\n")
CONFIG = SetGitConfig(repository=ROOT, key="submodule.a b.url", before=(), after=("one", "two\nlines"))
ENTRY = SetIndexEntry(
    repository=ROOT,
    path="\udcff",  # a name that is not UTF-8
    before=IndexEntry(mode="100644", object="3" * 40, content=b""),
    after=None,
)
REFRESH = RefreshIndexEntry(repository=ROOT, path=".gitmodules")
FETCH = Fetch(
    git_dir=ROOT / ".git/modules/a",
    source=Path("/twin/.git/modules/a"),
    commits=("2" * 40,),
    references=(ReferenceChange(name="refs/tags/v1", before=None, after="2" * 40),),
)
OPERATIONS: tuple[Operation, ...] = (MOVE, COPY, CREATE, CHECKOUT, WRITE, CONFIG, ENTRY, REFRESH, FETCH)


def test_every_kind_is_tried() -> None:
    assert {type(each) for each in OPERATIONS} == set(get_args(Operation))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: type(each).__name__)
def test_through_the_journal_and_back(operation: Operation) -> None:
    assert from_json(json.loads(json.dumps(to_json(operation)))) == operation


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: type(each).__name__)
def test_paths_are_written_as_the_journal_wants_them(operation: Operation) -> None:
    moved = from_json(
        json.loads(json.dumps(to_json(operation, lambda path: str(path).replace("/work/root", "ROOT")))),
        lambda text: Path(text.replace("ROOT", "/elsewhere")),
    )
    assert "/work/root" not in json.dumps(to_json(moved))


@pytest.mark.parametrize("operation", [MOVE, CHECKOUT, WRITE, CONFIG, ENTRY, REFRESH])
def test_taken_back_twice_is_the_same_again(operation: Operation) -> None:
    assert invert(invert(operation)) == operation


def test_what_was_added_is_moved_aside_not_deleted() -> None:
    assert invert(COPY) == MovePath(
        source=COPY.destination, destination=COPY.set_aside, source_root=ROOT / ".git", destination_root=BACKUP
    )
    assert invert(CREATE) == MovePath(
        source=CREATE.worktree, destination=CREATE.set_aside, source_root=ROOT, destination_root=BACKUP
    )


def test_a_fetch_taken_back_needs_no_source() -> None:
    assert invert(FETCH) == Fetch(
        git_dir=FETCH.git_dir,
        source=None,
        commits=(),
        references=(ReferenceChange(name="refs/tags/v1", before="2" * 40, after=None),),
    )


def test_what_is_none_of_ours_is_not_read() -> None:
    with pytest.raises(KeyError):
        from_json({"operation": "Nonesuch"})
