"""`commons lock`: the stale and the missing ones, what moves with them, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.uv import uv
from stories.conftest import files_below
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builders import Drawing
    from stories.conftest import Said

    Commons = Callable[..., Said]

BY_PATH = '{ path = "../shared", editable = true }'


@pytest.fixture
def drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """`sales` and `ops` use `shared` 0.1.0 and are locked; `stock` uses it and is not; the public index has `thing`."""
    public = tmp_path / "public"
    embedded.initialise(public, names=())
    embedded.publish(public, tuple(write_wheel(tmp_path / "wheels", "thing", each) for each in ("1.0", "2.0")))
    monkeypatch.setenv("UV_DEFAULT_INDEX", public.as_uri())
    drawn = workspace(tmp_path / "root").module("shared", uses={"thing<2": ""})
    for name in ("sales", "ops", "stock"):
        drawn.location(name, uses={"shared": BY_PATH})
    for name in ("sales", "ops"):
        uv(drawn.root / name, "lock")
    return drawn.repository()


def bump(drawing: Drawing, requirement: str = "thing<2") -> None:
    drawing.module("shared", version="0.2.0", uses={requirement: ""})


def test_only_what_is_missing(commons: Commons, drawing: Drawing) -> None:
    before = files_below(drawing.root)

    said = commons("lock", at="root")

    assert said.exit_code == 0, said.err
    assert {each for each, _ in files_below(drawing.root).items() ^ before.items()} == {"stock/uv.lock"}
    assert "created  stock/uv.lock" in said.out
    assert "sales" not in said.out

    said = commons("lock", at="root")
    assert said.exit_code == 0
    assert said.out == "nothing to do: every lock is current\n"
    assert json.loads(commons("lock", "--format", "json", at="root").out)["outcome"] == "unchanged"


def test_only_where_it_was_asked_for(commons: Commons, drawing: Drawing) -> None:
    bump(drawing)
    before = files_below(drawing.root)

    said = commons("lock", "-l", "ops", at="root")

    assert said.exit_code == 0, said.err
    assert "ops  imports shared 0.2.0 from shared/src/shared" in said.out
    assert {each for each, _ in files_below(drawing.root).items() ^ before.items()} == {"ops/uv.lock"}


def test_third_party_moves_are_listed(commons: Commons, drawing: Drawing) -> None:
    bump(drawing, "thing>=2")

    said = commons("lock", "-l", "sales", at="root")

    assert said.exit_code == 0, said.err
    assert "third-party version moves: sales: thing 1.0 → 2.0" in said.out


def test_no_version_satisfies(commons: Commons, drawing: Drawing) -> None:
    bump(drawing, "thing>=3")
    before = files_below(drawing.root)

    said = commons("lock", "-l", "sales", at="root")

    assert said.exit_code == 4
    first, *causes = said.err.splitlines()
    assert first == "error: sales cannot be locked: no versions satisfy all requirements"
    assert "shared==0.2.0 depends on" in " ".join(each.strip() for each in causes)
    assert "thing>=3" in " ".join(causes)
    assert "twin" not in said.err
    assert max(map(len, said.err.splitlines())) <= 80
    assert files_below(drawing.root) == before


def test_a_module_that_cannot_be_built(commons: Commons, drawing: Drawing) -> None:
    bump(drawing)
    (drawing.root / "shared/src/shared/__init__.py").unlink()
    (drawing.root / "shared/src/shared").rmdir()
    before = files_below(drawing.root)

    said = commons("lock", "-l", "sales", at="root")

    assert said.exit_code == 4
    assert said.err.startswith("error: sales cannot be installed: shared cannot be built\n")
    assert "  Expected a Python module at: shared/src/shared/__init__.py\n" in said.err
    assert "hint: uv build shared shows it alone\n" in said.err
    assert files_below(drawing.root) == before


def test_offline_and_not_in_the_cache(commons: Commons, drawing: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    bump(drawing, "commons-nobody-has-this>=1")

    said = commons("lock", "-l", "sales", at="root", environment={"UV_OFFLINE": "1"})

    assert said.exit_code == 4
    assert said.err.startswith("error: sales cannot be locked: the network is switched off, and uv's cache lacks")
    assert "UV_OFFLINE" in said.err


@pytest.mark.parametrize("name", ["UV_FROZEN", "UV_LOCKED", "UV_NO_SOURCES", "UV_NO_EDITABLE", "UV_DRY_RUN"])
def test_settings_of_the_shell_that_would_change_the_call(commons: Commons, drawing: Drawing, name: str) -> None:
    bump(drawing)

    said = commons("lock", "-l", "ops", at="root", environment={name: "1"})

    assert said.exit_code == 0, said.err + said.out
    assert "ops  imports shared 0.2.0 from shared/src/shared" in said.out
