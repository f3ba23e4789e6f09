"""A bundle gets its name whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.execution.bundles import put_bundle, require_free

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 999_999_999  # no system numbers its processes that high


def files(directory: Path) -> dict[str, str]:
    return {each.relative_to(directory).as_posix(): each.read_text() for each in directory.rglob("*") if each.is_file()}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return draw(tmp_path / "scratch/bundle", {"bundle.json": "new\n", "wheels/a.whl": "a\n"})


def test_a_new_bundle(tmp_path: Path, made: Path) -> None:
    place = tmp_path / "dist/bundles/sales"

    put_bundle(made, place)

    assert files(tmp_path / "dist") == {"bundles/sales/bundle.json": "new\n", "bundles/sales/wheels/a.whl": "a\n"}


def test_an_earlier_bundle_is_replaced_with_what_killed_runs_left(tmp_path: Path, made: Path) -> None:
    place = draw(tmp_path / "dist/sales", {"bundle.json": "old\n", "wheels/gone.whl": ""})
    draw(tmp_path / f"dist/.sales.commons-new-{NOBODY}", {"wheels/half.whl": ""})
    draw(tmp_path / f"dist/.sales.commons-new-{os.getppid()}", {"bundle.json": "of a run beside us\n"})
    draw(tmp_path / "dist/other", {"bundle.json": "other\n"})

    put_bundle(made, place)

    assert files(tmp_path / "dist") == {
        f".sales.commons-new-{os.getppid()}/bundle.json": "of a run beside us\n",
        "other/bundle.json": "other\n",
        "sales/bundle.json": "new\n",
        "sales/wheels/a.whl": "a\n",
    }


@pytest.mark.parametrize("what", ["a directory of somebody's", "a file", "a link to a bundle"])
def test_what_is_no_bundle_is_left_alone(tmp_path: Path, made: Path, what: str) -> None:
    place = tmp_path / "place"
    if what == "a file":
        place.write_text("mine")
    elif what == "a link to a bundle":
        place.symlink_to(draw(tmp_path / "old", {"bundle.json": "old\n"}))
    else:
        draw(place, {"mine.txt": "mine\n"})
    before = files(tmp_path)

    with pytest.raises(RefusedError, match="is no bundle"):
        put_bundle(made, place)

    assert files(tmp_path) == before


def test_an_empty_directory_is_free(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    require_free(tmp_path / "place")


def test_a_place_that_cannot_be_written(tmp_path: Path, made: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ToolError, match="cannot write"):
        put_bundle(made, tmp_path / "file/sales")
