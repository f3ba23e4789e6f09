"""Variables by precedence, and what git does not carry given to a state that lacks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import draw
from dagster_commons.model.configuration import Configuration, LocationInputs
from dagster_commons.model.workspace import CodeLocation, Target, Workspace
from dagster_commons.proof.load_inputs import freeze, variables

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def given(root: Path, inputs: LocationInputs) -> tuple[Workspace, CodeLocation]:
    location = CodeLocation(
        name="sales",
        project="sales",
        path=root / "sales",
        target=Target(kind="module", value="sales"),
        build_directory=root / "sales",
        declared_in=root / "sales/pyproject.toml",
    )
    configuration = Configuration(file=root / "commons.toml", locations=(inputs,))
    return Workspace(root=root, configuration=configuration, locations=(location,)), location


def test_the_command_line_goes_before_placeholders_and_these_before_dotenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A", "shell")
    draw(tmp_path, {".env": "A=root\nB=root\nC=root\nD=root\n", "sales/.env": "B=project\nC=project\nD=project\n"})
    file = draw(tmp_path, {"given.env": "D=given\n"}) / "given.env"
    env = (("C", "placeholder"), ("D", "placeholder"))

    found = variables(*given(tmp_path, LocationInputs(location="sales", env=env)), file)

    assert found == {"A": "shell", "B": "project", "C": "placeholder", "D": "given"}


def test_a_state_gets_what_it_lacks_keeps_what_it_has_and_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    users, state = tmp_path / "users", tmp_path / "state"
    draw(
        users,
        {
            "sales/kept.json": "users",
            "sales/new.json": "users",
            "sales/.local_defs_state/dbt/state": "users",
            "sales/.venv/.local_defs_state/state": "users",
            "secret.json": "users",
        },
    )
    draw(state, {"sales/kept.json": "state"})
    inputs = ("kept.json", "new.json", "../../elsewhere/../../users/secret.json")

    freeze(*_swapped(given(users, LocationInputs(location="sales", inputs=inputs)), state))

    assert {str(each.relative_to(state)): each.read_text() for each in state.rglob("*") if each.is_file()} == {
        "sales/kept.json": "state",
        "sales/new.json": "users",
        "sales/.local_defs_state/dbt/state": "users",
    }


def _swapped(both: tuple[Workspace, CodeLocation], state: Path) -> tuple[Workspace, Path, CodeLocation, Path]:
    workspace, location = both
    return workspace, state, location, state / "sales"
