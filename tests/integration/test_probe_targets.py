"""The probe finds what Dagster would load, and says why where Dagster would not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.model.verdicts import LoadFailure
from dagster_commons.probe.snapshots import ProbeServer
from dagster_environments import NEWEST_DAGSTER, OLDEST_DAGSTER, dagster_of
from drawn_locations import draw_location, loaded, names, request_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.workspace import TargetKind

pytestmark = pytest.mark.network

ASSETS = """
    import dagster as dg

    @dg.asset
    def orders():
        return 1

    @dg.asset
    def returns():
        return 1

"""
SINGLE_JOB = """
    @dg.op
    def step():
        return 1

    @dg.job
    def work():
        step()
"""
FOUND = {
    "Definitions": ("defs = dg.Definitions(assets=[orders])", ["orders"]),
    "a repository": ("@dg.repository\n    def shop():\n        return [returns]", ["returns"]),
    "assets alone": ("", ["orders", "returns"]),
    "one job alone": (SINGLE_JOB, []),
}


@pytest.fixture(scope="module", params=[NEWEST_DAGSTER, OLDEST_DAGSTER])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProbeServer]:
    with ProbeServer(dagster_of(tmp_path_factory, request.param).python) as server:
        yield server


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProbeServer]:
    with ProbeServer(dagster_of(tmp_path_factory, NEWEST_DAGSTER).python) as server:
        yield server


@pytest.mark.parametrize("what", FOUND)
def test_what_a_module_holds_is_found(server: ProbeServer, tmp_path: Path, what: str):
    text, expected = FOUND[what]
    location = draw_location(tmp_path, ASSETS + "    " + text.strip("\n").removeprefix("    ") + "\n")
    snapshot = loaded(server.snapshot(request_for(location)))
    assert names(snapshot) == expected
    assert names(snapshot, "job") == (["work"] if what == "one job alone" else [])


@pytest.mark.parametrize(
    ("kind", "value"), [("module", "shop.definitions"), ("package", "shop"), ("file", "shop/definitions.py")]
)
def test_a_target_is_a_module_a_package_or_a_file(server: ProbeServer, tmp_path: Path, kind: TargetKind, value: str):
    location = draw_location(tmp_path, ASSETS + "    defs = dg.Definitions(assets=[orders])\n")
    draw(location, {"src/shop/__init__.py": "from shop.definitions import defs\n"})
    assert names(loaded(server.snapshot(request_for(location, value, kind=kind)))) == ["orders"]


def test_an_attribute_decides_between_several(server: ProbeServer, tmp_path: Path):
    location = draw_location(
        tmp_path,
        ASSETS
        + """
    one = dg.Definitions(assets=[orders])
    other = dg.Definitions(assets=[returns])

    def made():
        return dg.Definitions(assets=[orders, returns])
    """,
    )
    assert names(loaded(server.snapshot(request_for(location, attribute="other")))) == ["returns"]
    assert names(loaded(server.snapshot(request_for(location, attribute="made")))) == ["orders", "returns"]
    undecided = server.snapshot(request_for(location))
    assert isinstance(undecided, LoadFailure)
    assert undecided.type == "SeveralCandidates"
    assert "one, other" in undecided.message
    absent = server.snapshot(request_for(location, attribute="third"))
    assert isinstance(absent, LoadFailure)
    assert absent.type == "NothingFound"


def test_of_several_repositories_every_name_says_which(server: ProbeServer, tmp_path: Path):
    location = draw_location(
        tmp_path,
        ASSETS
        + """
    @dg.repository
    def north():
        return [orders]

    @dg.repository
    def south():
        return [orders, returns]
    """,
    )
    snapshot = loaded(server.snapshot(request_for(location)))
    assert names(snapshot) == ["north::orders", "south::orders", "south::returns"]
    assert names(snapshot, "definitions") == ["north", "south"]


def test_a_definitions_function_is_called(newest: ProbeServer, tmp_path: Path):
    location = draw_location(
        tmp_path, ASSETS + "    @dg.definitions\n    def defs():\n        return dg.Definitions(assets=[returns])\n"
    )
    assert names(loaded(newest.snapshot(request_for(location)))) == ["returns"]


COMPONENTS = {
    "pyproject.toml": """
        [project]
        name = "shop"
        version = "1.0"

        [tool.dg]
        directory_type = "project"

        [tool.dg.project]
        root_module = "shop"
    """,
    "src/shop/components.py": """
        import dagster as dg

        class Tables(dg.Component, dg.Model, dg.Resolvable):
            names: list[str]

            def build_defs(self, context):
                return dg.Definitions(assets=[dg.AssetSpec(name) for name in self.names])
    """,
    "src/shop/defs/__init__.py": "",
    "src/shop/defs/tables/defs.yaml": """
        type: shop.components.Tables
        attributes:
          names: [bronze, silver]
    """,
    "src/shop/defs/plain.py": ASSETS,
}
FROM_FOLDER = """
    from pathlib import Path

    import dagster as dg

    @dg.definitions
    def defs():
        return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


@pytest.mark.parametrize(("kind", "value"), [("module", "shop.definitions"), ("autoload", "shop.defs")])
def test_components_and_the_defs_folder_are_loaded(newest: ProbeServer, tmp_path: Path, kind: TargetKind, value: str):
    location = draw_location(tmp_path, FROM_FOLDER)
    draw(location, COMPONENTS)
    before = loaded(newest.snapshot(request_for(location, value, kind=kind)))
    assert names(before) == ["bronze", "orders", "returns", "silver"]
    assert location / "src/shop/defs/tables/defs.yaml" in before.inputs.files
    draw(location, {"src/shop/defs/tables/defs.yaml": COMPONENTS["src/shop/defs/tables/defs.yaml"].replace("r]", "]")})
    assert names(loaded(newest.snapshot(request_for(location, value, kind=kind)))) == [
        "bronze",
        "orders",
        "returns",
        "silve",
    ]


def test_a_module_from_elsewhere_is_not_taken_for_the_expected_one(server: ProbeServer, tmp_path: Path):
    location = draw_location(tmp_path / "real")
    elsewhere = draw_location(tmp_path / "elsewhere")
    asked = request_for(location)
    wrong = server.snapshot(
        type(asked)(
            target=asked.target,
            directory=asked.directory,
            expect_modules=(("shop", elsewhere / "src"),),
            first_party=asked.first_party,
        )
    )
    assert isinstance(wrong, LoadFailure)
    assert wrong.type == "WrongModule"


def test_a_module_put_in_place_while_loading_is_noticed(server: ProbeServer, tmp_path: Path):
    location = draw_location(
        tmp_path / "real",
        """
        import sys, types
        import importlib.machinery

        sys.modules["shared"] = types.ModuleType("shared")
        sys.modules["shared"].__spec__ = importlib.machinery.ModuleSpec("shared", None)

        import dagster as dg

        defs = dg.Definitions()
        """,
    )
    shared = draw(tmp_path / "shared", {"shared/__init__.py": ""})
    asked = request_for(location)
    wrong = server.snapshot(
        type(asked)(
            target=asked.target, directory=asked.directory, expect_modules=(("shared", shared),), path=(shared,)
        )
    )
    assert isinstance(wrong, LoadFailure)
    assert wrong.type == "WrongModule"
