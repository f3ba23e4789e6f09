"""What an installer is told: where each change of it stands, and what neither side says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_texts import PACKAGE, changes_of, surface_of
from dagster_commons.analysis.api.comparison import api_changes
from dagster_commons.analysis.api.document import surface_from_json, surface_to_json
from dagster_commons.analysis.api.metadata import metadata_changes, not_compared
from dagster_commons.model.api import Metadata
from dagster_commons.tools.api.metadata import read_distribution_metadata

if TYPE_CHECKING:
    from pathlib import Path

OLD = """\
[project]
name = "m"
version = "1"
requires-python = ">=3.10"
dependencies = [
    "dagster>=1.11",
    "httpx>=0.27",
]

[project.optional-dependencies]
aws = []

[project.scripts]
m = "m:main"
"""
NEW = """\
[project]
name = "m"
version = "2"
dependencies = ["dagster>=1.12", "rich"]
requires-python = ">=3.12"

[project.entry-points."some.group"]
m = "m"
"""
METADATA = """\
Metadata-Version: 2.4
Name: m
Version: 2
Requires-Python: >=3.12
Requires-Dist: dagster>=1.12
Requires-Dist: rich
Requires-Dist: boto3; extra == "aws"
Provides-Extra: aws

Requires-Dist: of the description
"""
WANTED = {
    ("python-narrowed", 5),
    ("dependency-narrowed", 4),
    ("dependency-added", 4),
    ("dependency-removed", 7),  # where it stood
    ("extra-removed", 11),
    ("entry-point-removed", 14),
    ("entry-point-added", 8),
}


def test_every_change_has_the_line_on_which_it_stands_or_stood(tmp_path: Path) -> None:
    found = changes_of(tmp_path, {"pyproject.toml": OLD}, {"pyproject.toml": NEW})

    assert {(each.rule, each.line) for each in found} == WANTED
    assert {each.file for each in found} == {"pyproject.toml"}


def test_what_a_wheel_says_stands_in_its_metadata(tmp_path: Path) -> None:
    info = tmp_path / "new/m-2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text("[some.group]\n\nm = m\n")
    before = surface_of(tmp_path / "old", {"pyproject.toml": OLD}).metadata

    after = read_distribution_metadata(tmp_path / "new", [PACKAGE])

    assert {(each.rule, *after.places.get(each.part, ("", 0))) for each in metadata_changes(before, after)} == {
        ("python-narrowed", "m-2.dist-info/METADATA", 4),
        ("dependency-narrowed", "m-2.dist-info/METADATA", 5),
        ("dependency-added", "m-2.dist-info/METADATA", 6),
        ("dependency-removed", "", 0),
        ("entry-point-removed", "", 0),
        ("entry-point-added", "m-2.dist-info/entry_points.txt", 3),
    }
    assert after.places["extra aws"] == ("m-2.dist-info/METADATA", 8)
    assert [*not_compared(before, after)] == []


def test_a_marker_for_type_checkers_has_its_place(tmp_path: Path) -> None:
    (change,) = changes_of(tmp_path, {"__init__.py": "", "py.typed": ""}, {"__init__.py": ""})
    assert (change.rule, change.file, change.line) == ("py-typed-removed", "m/py.typed", 1)


@pytest.mark.parametrize(
    ("dynamic", "rules", "said"),
    [
        ([], {rule for rule, _ in WANTED}, []),
        (
            ["version", "dependencies"],
            {rule for rule, _ in WANTED if not rule.startswith("dependency")},
            ["dependencies: pyproject.toml does not say"],
        ),
        (
            ["scripts", "optional-dependencies"],
            {"python-narrowed", "dependency-narrowed", "dependency-added", "dependency-removed"},
            ["optional-dependencies, scripts: pyproject.toml does not say"],
        ),
    ],
)
def test_what_a_build_decides_is_not_compared_and_said_so(
    tmp_path: Path, dynamic: list[str], rules: set[str], said: list[str]
) -> None:
    new = NEW.replace("[project]\n", f"[project]\ndynamic = {dynamic}\n".replace("'", '"'))
    before = surface_of(tmp_path / "old", {"pyproject.toml": OLD})
    after = surface_of(tmp_path / "new", {"pyproject.toml": new})

    assert {each.rule for each in api_changes(before, after)} == rules
    assert [*not_compared(before.metadata, after.metadata)] == said


def test_code_without_a_project_says_nothing_of_it(tmp_path: Path) -> None:
    alone = surface_of(tmp_path / "alone", "")
    with_project = surface_of(tmp_path / "project", {"pyproject.toml": OLD})

    assert api_changes(alone, with_project) == api_changes(with_project, alone) == ()
    assert len([*not_compared(alone.metadata, with_project.metadata)]) == 1
    assert [*not_compared(alone.metadata, alone.metadata)] == []


def test_recorded_it_is_the_same(tmp_path: Path) -> None:
    surface = surface_of(tmp_path, {"pyproject.toml": OLD, "py.typed": ""})
    recorded = surface_from_json(surface_to_json(surface), name="api.json").metadata
    assert recorded == surface.metadata
    assert recorded.extras == {"aws": ()}
    assert recorded != Metadata()


def test_a_constant_that_says_the_version_is_no_change(tmp_path: Path) -> None:
    def files(version: str, constant: str) -> dict[str, str]:
        return {
            "pyproject.toml": f'[project]\nname = "m"\nversion = "{version}"\n',
            "__init__.py": f'VERSION = "{constant}"\n__version__ = "{constant}"\n',
        }

    def rules(place: str, old: dict[str, str], new: dict[str, str]) -> set[str]:
        return {each.rule for each in changes_of(tmp_path / place, old, new)}

    assert rules("moved", files("1.0", "1.0"), files("1.1", "1.1")) == {"body-changed"}
    assert "constant-changed" in rules("other", files("1.0", "1.0"), files("1.1", "1.2"))
    assert "constant-changed" in rules("unsaid", files("1.0", "0.9"), files("1.1", "1.1"))
