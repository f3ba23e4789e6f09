from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dagster_commons.model.plan import FileEffect
from dagster_commons.model.release import KeptBuild
from dagster_commons.proof.kept_builds import RECORD, forget_build, keep_build, kept_build
from dagster_commons.tools.journal import journal_directory

if TYPE_CHECKING:
    from pathlib import Path

DAY = datetime.date(2026, 1, 2)


def build(place: Path) -> KeptBuild:
    place.mkdir()
    wheel = place / "shared-0.1.3-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    return KeptBuild(released_on=DAY, source="digest", files=(wheel,))


def keep(root: Path, made: KeptBuild) -> tuple[Path, ...]:
    written, gone = root / "pyproject.toml", root / "changelog.d/1.md"
    effects = (FileEffect(path=written, before=b"a", after=b"b"), FileEffect(path=gone, before=b"x", after=None))
    return keep_build(root, "shared", "0.1.3", build=made, effects=effects)


def test_what_was_kept_is_found_and_which_files_are_still_as_it_left_them(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"b")
    (kept_file,) = keep(tmp_path, build(tmp_path / "dist"))

    found = kept_build(tmp_path, "shared", "0.1.3")

    assert found is not None
    assert (found.files, found.released_on, found.source) == ((kept_file,), DAY, "digest")
    assert found.written == {tmp_path / "pyproject.toml", tmp_path / "changelog.d/1.md"}
    (tmp_path / "pyproject.toml").write_bytes(b"mine")
    again = kept_build(tmp_path, "shared", "0.1.3")
    assert again is not None
    assert again.written == {tmp_path / "changelog.d/1.md"}
    assert kept_build(tmp_path, "shared", "0.1.4") is None


def test_what_is_not_whole_is_none_and_is_replaced(tmp_path: Path) -> None:
    made = build(tmp_path / "dist")
    directory = journal_directory(tmp_path) / "releases/shared-0.1.3"
    directory.mkdir(parents=True)
    (directory / "half.whl").write_bytes(b"ha")  # a run that was killed before it wrote its record
    assert kept_build(tmp_path, "shared", "0.1.3") is None

    (kept_file,) = keep(tmp_path, made)

    assert sorted(each.name for each in directory.iterdir()) == [RECORD, kept_file.name]
    kept_file.write_bytes(b"changed")
    assert kept_build(tmp_path, "shared", "0.1.3") is None


def test_what_is_kept_already_is_left_alone_and_what_is_done_is_forgotten(tmp_path: Path) -> None:
    files = keep(tmp_path, build(tmp_path / "dist"))
    found = kept_build(tmp_path, "shared", "0.1.3")
    assert found is not None
    assert keep(tmp_path, found) == files

    forget_build(tmp_path, "shared", "0.1.3")
    forget_build(tmp_path, "shared", "0.1.3")

    assert kept_build(tmp_path, "shared", "0.1.3") is None
