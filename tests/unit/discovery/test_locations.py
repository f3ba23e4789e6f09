"""One code location, however many files declare it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.discovery import read_workspace

if TYPE_CHECKING:
    from pathlib import Path

CLOUD = """
    locations:
      - location_name: {name}
        code_source:
          module_name: sales.definitions
        build:
          directory: sales
"""


def names(root: Path) -> list[str]:
    return [each.name for each in read_workspace(root).locations]


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("dagster_cloud.yaml", CLOUD.format(name="in-cloud"), "in-cloud"),
        ("dagster-cloud.yaml", CLOUD.format(name="in-cloud"), "in-cloud"),
        (
            "dagster_cloud.yaml",
            "locations:\n  - location_name: in-cloud\n    code_source: {package_name: sales}\n    build: {directory: sales/}\n",
            "in-cloud",
        ),
        (
            "dagster_cloud.yaml",
            "defaults:\n  build: {directory: sales}\nlocations:\n  - location_name: a\n    code_source: {python_file: src/sales/definitions.py}\n",
            "a",
        ),
        ("dagster_cloud.yaml", "locations:\n  - location_name: sales\n    image: acme/sales\n", "sales"),
        ("workspace.yaml", "load_from:\n  - python_module: sales.definitions\n", "sales"),
        ("workspace.yaml", "load_from:\n  - python_package: sales\n", "sales"),
        ("workspace.yaml", "load_from:\n  - autoload_defs_module: {module_name: sales.defs}\n", "sales"),
        (
            "workspace.yaml",
            "load_from:\n  - python_module: {module_name: sales.definitions, location_name: shown, working_directory: sales/src}\n",
            "shown",
        ),
        (
            "workspace.yaml",
            "load_from:\n  - python_file: {relative_path: sales/src/sales/definitions.py, location_name: shown}\n",
            "shown",
        ),
        (
            "workspace.yaml",
            "load_from:\n  - python_module: {module_name: sales, location_name: shown, executable_path: sales/.venv/bin/python}\n",
            "shown",
        ),
        ("workspace.yaml", "load_from:\n  - grpc_server: {host: h, port: 1, location_name: sales}\n", "sales"),
        ("sales/dg.toml", 'directory_type = "project"\n[project]\nroot_module = "sales"\n', "sales"),
        (
            "sales/dg.toml",
            'directory_type = "project"\n[project]\nroot_module = "sales"\ncode_location_name = "called"\n',
            "called",
        ),
        ("dg.toml", '[workspace]\n[[workspace.projects]]\npath = "sales"\n', "sales"),
        ("pyproject.toml", '[tool.dg.workspace]\nprojects = [{ path = "sales" }]\n', "sales"),
    ],
)
def test_a_second_declaration_means_the_same_location(tmp_path: Path, path: str, text: str, name: str) -> None:
    workspace(tmp_path).location("sales").file(path, text)
    found = read_workspace(tmp_path)
    (location,) = found.locations
    assert (location.name, location.project, location.path) == (name, "sales", tmp_path / "sales")
    assert location.not_loadable is None
    assert location.target.kind != "grpc"
    assert found.findings == ()


def test_the_deployed_name_wins_then_the_opened_one_then_the_projects_own(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).location("sales", more='[tool.dagster]\nmodule_name = "sales.definitions"\n')
    assert names(tmp_path) == ["sales"]
    dg = 'directory_type = "project"\n[project]\nroot_module = "sales"\ncode_location_name = "by-dg"\n'
    drawing.file("sales/dg.toml", dg)
    assert names(tmp_path) == ["by-dg"]
    drawing.file(
        "workspace.yaml",
        "load_from:\n  - python_module: {module_name: sales.definitions, location_name: by-workspace}\n",
    )
    assert names(tmp_path) == ["by-workspace"]
    drawing.file("dagster_cloud.yaml", CLOUD.format(name="by-cloud"))
    (location,) = read_workspace(tmp_path).locations
    assert (location.name, location.declared_in) == ("by-cloud", tmp_path / "dagster_cloud.yaml")


def test_a_dg_project_alone(tmp_path: Path) -> None:
    workspace(tmp_path).file(
        "apps/my-sales/pyproject.toml",
        """
        [project]
        name = "acme.Sales"
        version = "1"
        [tool.dg]
        directory_type = "project"
        [tool.dg.project]
        root_module = "acme_sales"
        code_location_target_module = "acme_sales.entry"
        """,
    )
    (location,) = read_workspace(tmp_path).locations
    assert (location.name, location.project, location.module) == ("my-sales", "acme-sales", "acme_sales.entry")
    assert location.line == 6


def test_autoloaded_definitions(tmp_path: Path) -> None:
    dg = 'directory_type = "project"\n[project]\nroot_module = "sales"\nautoload_defs = true\n'
    workspace(tmp_path).file("sales/dg.toml", dg)
    (location,) = read_workspace(tmp_path).locations
    assert (location.target.kind, location.module) == ("autoload", "sales.defs")


def test_two_entries_of_one_file_are_two_locations(tmp_path: Path) -> None:
    entry = "  - python_file: {{relative_path: sales/src/sales/definitions.py, attribute: {0}, location_name: {0}}}\n"
    workspace(tmp_path).location("sales").file(
        "workspace.yaml", "load_from:\n" + entry.format("one") + entry.format("two")
    )
    assert names(tmp_path) == ["one", "two"]


def test_an_attribute_belongs_to_the_default_name(tmp_path: Path) -> None:
    workspace(tmp_path).file(
        "workspace.yaml", "load_from:\n  - python_file: {relative_path: a/b.py, attribute: defs}\n"
    )
    (location,) = read_workspace(tmp_path).locations
    assert (location.name, location.target.attribute, location.target.value) == ("b.py:defs", "defs", "a/b.py")
    assert (location.project, location.path) == ("a", tmp_path / "a")


def test_one_name_in_two_projects_gets_the_directory(tmp_path: Path) -> None:
    cloud = "locations:\n  - location_name: main\n    code_source: {{module_name: {0}.definitions}}\n"
    drawing = workspace(tmp_path)
    for name in ("east", "west"):
        drawing.location(name, uses={"shared": '{ path = "../shared" }'})
        drawing.file(f"{name}/dagster_cloud.yaml", cloud.format(name))
    found = read_workspace(tmp_path)
    assert [each.name for each in found.locations] == ["main@east", "main@west"]
    assert [use.location for use in found.uses] == ["main@east", "main@west"]


def test_a_served_location_of_nobody_here_is_listed(tmp_path: Path) -> None:
    workspace(tmp_path).file("workspace.yaml", "load_from:\n  - grpc_server: {socket: /run/dagster.sock}\n")
    (location,) = read_workspace(tmp_path).locations
    assert location.name == "grpc:localhost:/run/dagster.sock"
    assert location.not_loadable is not None


def test_a_cloud_location_without_code_source_says_so(tmp_path: Path) -> None:
    workspace(tmp_path).file("dagster_cloud.yaml", "locations:\n  - location_name: x\n    image: acme/x\n")
    (location,) = read_workspace(tmp_path).locations
    assert location.not_loadable == "dagster_cloud.yaml gives it no `code_source`"
