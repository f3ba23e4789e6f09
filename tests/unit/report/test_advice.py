from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dagster_commons.model.advice import Advice, WeighedSource
from dagster_commons.report import advice
from dagster_commons.report.lines import cell_width

KEPT = Advice(
    module="shared",
    locations=("ops", "sales"),
    current="path",
    recommended="path",
    weighed=(
        WeighedSource(source="path", reasons_for=("one repository",), reasons_against=("no versions",)),
        WeighedSource(source="git"),
    ),
)
MOVED = Advice(
    module="shared",
    locations=("finance",),
    current="submodule",
    recommended="index",
    weighed=(WeighedSource(source="index", reasons_for=("registry corp has 0.1.3 | <0.2.0>",)),),
    command="commons convert shared --via index -l finance",
    first="commons release shared==0.1.3",
)


def test_what_stays_and_what_moves():
    assert advice.terminal((KEPT, MOVED), width=80, colour=False) == (
        "shared  ops, sales: path, as it is\n"
        "  path       + one repository\n"
        "             - no versions\n"
        "  git        nothing speaks for it or against it\n"
        "shared  finance: submodule → index\n"
        "  first: commons release shared==0.1.3\n"
        "  commons convert shared --via index -l finance\n"
        "  index      + registry corp has 0.1.3 | <0.2.0>\n"
        "1 shared module · 3 locations · 1 of 3 uses would change\n"
    )


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_wider_than_the_terminal_and_the_command_is_whole(width):
    many = tuple(f"location-{number}" for number in range(40))
    command = "commons convert shared --via index" + "".join(f" -l {each}" for each in many)
    wide = WeighedSource(source="index", reasons_for=("r " * 200,), reasons_against=("団体" * 90,))
    text = advice.terminal(
        (replace(MOVED, locations=many, command=command, weighed=(wide,)),), width=width, colour=False
    )
    assert max(map(cell_width, text.splitlines())) <= width
    assert command in " ".join(text.replace(" \\\n", " ").split())
    assert ("location-2 and 37 more: submodule → index" in text) is (width > 60)


def test_json_has_every_reason():
    found = json.loads(advice.as_json((KEPT, MOVED)))
    assert found["format"] == 1
    assert found["advice"][0] == {
        "module": "shared",
        "locations": ["ops", "sales"],
        "source": "path",
        "recommended": "path",
        "command": None,
        "first": None,
        "weighed": [
            {"source": "path", "for": ["one repository"], "against": ["no versions"]},
            {"source": "git", "for": [], "against": []},
        ],
    }


def test_markdown_is_a_table_of_the_ways():
    assert advice.markdown((MOVED,)) == (
        "### shared in finance: submodule → index\n\n"
        "First: commons release shared==0.1.3\n\n"
        "`commons convert shared --via index -l finance`\n\n"
        "| source | for | against |\n|---|---|---|\n"
        "| index | registry corp has 0.1.3 \\| &lt;0.2.0> |  |\n\n"
        "1 shared module · 1 location · 1 of 1 use would change\n"
    )
