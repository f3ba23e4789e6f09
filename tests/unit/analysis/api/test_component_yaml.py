from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_texts import surface_of
from dagster_commons.analysis.api.component_yaml import YamlFile, yaml_changes

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import dagster as dg\n\n\nclass Family(dg.Component, dg.Model, dg.Resolvable):\n"
OLD = f"{HEAD}    owner: str\n    names: list[str]\n    prefix: str = ''\n"
YAML = """\
type: m.Family

attributes:
  owner: data
  names: [a]
  prefix: raw
---
type: elsewhere.Other
attributes:
  owner: data
"""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("    owner: str\n    names: list[str]\n    prefix: str = ''\n", []),
        ("    owners: str\n    names: list[str]\n    prefix: str = ''\n", [(4, "write `owners:` instead of `owner:`")]),
        ("    owner: str\n    names: list[str]\n", [(6, "take `prefix:` out")]),
        (
            "    owner: str\n    names: list[str]\n    prefix: str = ''\n    team: str\n",
            [(1, "add `team:` (str)")],
        ),
        ("    owner: str\n    names: list[str]\n    prefix: str\n", []),  # it is given already
        ("    owner: str\n    names: list[str]\n    prefix: str = ''\n    team: str = 'x'\n", []),
    ],
)
def test_what_to_write_instead(tmp_path: Path, fields: str, expected: list[tuple[int, str]]) -> None:
    before, after = surface_of(tmp_path / "old", OLD), surface_of(tmp_path / "new", HEAD + fields)

    found = yaml_changes(before, after, [YamlFile(shown="defs.yaml", text=YAML)])

    assert [(each.line, each.advice) for each in found] == expected
    assert {(each.file, each.component) for each in found} <= {("defs.yaml", "m.Family")}


def test_an_attribute_that_became_required_and_is_not_given(tmp_path: Path) -> None:
    before = surface_of(tmp_path / "old", OLD)
    after = surface_of(tmp_path / "new", OLD.replace("prefix: str = ''", "prefix: str"))
    file = YamlFile(shown="defs.yaml", text="- type: m.Family\n  attributes: {owner: a, names: []}\n")

    (found,) = yaml_changes(before, after, [file])

    assert (found.line, found.advice) == (1, "add `prefix:` (str)")


@pytest.mark.parametrize("text", ["", "type: [", "just text", "type: m.Family", "a: {type: 1}\n", "type: m.Gone\n"])
def test_other_files_say_nothing(tmp_path: Path, text: str) -> None:
    before = surface_of(tmp_path / "old", OLD)
    after = surface_of(tmp_path / "new", OLD.replace("prefix: str = ''\n", "prefix: str = 'x'\n"))

    assert yaml_changes(before, after, [YamlFile(shown="x.yaml", text=text)]) == ()
