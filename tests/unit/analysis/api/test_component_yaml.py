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


MODELS = """\
import dagster as dg
from typing import Literal


class Source(dg.Model, dg.Resolvable):
    table: str
    mode: Literal["append", "merge"] = "append"


class Family(dg.Component, dg.Model, dg.Resolvable):
    main: Source
    others: list[Source] = []
    by_name: dict[str, Source] | None = None
    modes: list[Literal["append", "merge"]] = []
"""
NESTED = """\
type: m.Family
attributes:
  main: {table: a, mode: merge}
  others:
    - table: b
    - mode: append
      table: c
  by_name:
    first:
      table: "{{ env.TABLE }}"
      mode: merge
  modes: [append, merge]
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "table: str",
            "name: str",
            [(line, "write `name:` instead of `table:`") for line in (3, 5, 7, 10)],
        ),
        ("table: str\n", "table: str\n    team: str\n", [(line, "add `team:` (str)") for line in (3, 5, 6, 10)]),
        ('mode: Literal["append", "merge"] =', 'mode: Literal["append"] =', [(3, "append"), (11, "append")]),
        (
            'mode: Literal["append", "merge"] =',
            'mode: Literal["append", "upsert"] | None =',
            [(3, "append or upsert"), (11, "append or upsert")],
        ),
        ('modes: list[Literal["append", "merge"]]', 'modes: list[Literal["append"]]', [(12, "append")]),
        ('mode: Literal["append", "merge"] =', "mode: str =", []),
        ("main: Source", "main: str", []),  # a type that is no model any more is told by the API alone
    ],
)
def test_models_inside_of_attributes_are_followed(
    tmp_path: Path, old: str, new: str, expected: list[tuple[int, str]]
) -> None:
    before, after = surface_of(tmp_path / "old", MODELS), surface_of(tmp_path / "new", MODELS.replace(old, new))

    found = yaml_changes(before, after, [YamlFile(shown="defs.yaml", text=NESTED)])

    told = [each.advice.removeprefix("write ").removesuffix(" instead of merge") for each in found]
    wanted = [advice.removeprefix("write ") for _, advice in expected]
    assert list(zip([each.line for each in found], told, strict=True)) == [
        (line, advice) for (line, _), advice in zip(expected, wanted, strict=True)
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"__init__.py": "import m.other\n", "other.py": OLD}, "write `type: m.other.Family`"),
        ({"__init__.py": ""}, "there is no Family any more"),
        ({"__init__.py": "from m._other import Family as Family\n", "_other.py": OLD}, None),
        ({"__init__.py": "def __getattr__(name: str) -> object: ...\n"}, None),  # it may still give it
    ],
)
def test_a_component_that_is_elsewhere_or_gone(tmp_path: Path, files: dict[str, str], expected: str | None) -> None:
    before, after = surface_of(tmp_path / "old", OLD), surface_of(tmp_path / "new", files)

    found = yaml_changes(before, after, [YamlFile(shown="defs.yaml", text=YAML)])

    assert [(each.line, each.advice) for each in found] == ([(1, expected)] if expected is not None else [])


def test_of_a_module_that_could_not_be_read_nothing_is_said(tmp_path: Path) -> None:
    before = surface_of(tmp_path / "old", {"parts.py": OLD})
    after = surface_of(tmp_path / "new", {"parts.py": "def f(:\n"})
    file = YamlFile(shown="defs.yaml", text=YAML.replace("m.Family", "m.parts.Family"))

    assert yaml_changes(before, after, [file]) == ()


def test_a_field_that_is_read_in_its_own_way_says_nothing_of_its_yaml(tmp_path: Path) -> None:
    own = MODELS.replace("main: Source", "main: Annotated[Source, dg.Resolver(lambda context, value: value)]")
    before = surface_of(tmp_path / "old", f"from typing import Annotated\n{own}")
    after = surface_of(tmp_path / "new", f"from typing import Annotated\n{own.replace('table: str', 'name: str')}")

    found = yaml_changes(before, after, [YamlFile(shown="defs.yaml", text=NESTED)])

    assert [each.line for each in found] == [5, 7, 10]
