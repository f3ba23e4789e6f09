from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dagster_commons.model.affected import Affected, AffectedLocation
from dagster_commons.report import affected
from dagster_commons.report.lines import cell_width
from drawn_uses import ROOT, location

DRAWN = Affected(
    base="main",
    locations=(
        AffectedLocation(location=location("sales"), because=("shared: src/shared/io.py", "sales/uv.lock")),
        AffectedLocation(location=location("finance"), because=("finance/pyproject.toml",)),
    ),
)


def test_one_line_per_location_with_its_reasons():
    assert affected.terminal(DRAWN, ROOT, width=80, colour=False) == (
        "since main: 2 locations affected\n"
        "  finance  finance/pyproject.toml\n"
        "  sales    shared: src/shared/io.py · sales/uv.lock\n"
    )


def test_reasons_that_do_not_fit_stand_below_each_other():
    assert affected.terminal(DRAWN, ROOT, width=40, colour=False).splitlines()[2:] == [
        "  sales    shared: src/shared/io.py",
        "           sales/uv.lock",
    ]


@pytest.mark.parametrize("width", [30, 80, 200])
def test_nothing_is_wider_than_the_terminal(width):
    long = AffectedLocation(location=location("n" * 90), because=("r" * 300, "団体" * 90))
    text = affected.terminal(replace(DRAWN, locations=(long,)), ROOT, width=width, colour=False)
    assert max(map(cell_width, text.splitlines())) <= width


def test_json_is_a_matrix():
    found = json.loads(affected.as_json(DRAWN, ROOT))
    assert (found["format"], found["base"]) == (1, "main")
    assert found["locations"][1] == {
        "name": "sales",
        "project": "acme-sales",
        "module": "sales.definitions",
        "path": "sales",
        "build_directory": "sales/src",
        "not_loadable": None,
        "because": ["shared: src/shared/io.py", "sales/uv.lock"],
    }


def test_arguments_are_those_of_dagster_plus():
    assert affected.arguments(DRAWN) == "--location-name finance --location-name sales\n"
    odd = AffectedLocation(location=location("my location"), because=())
    assert affected.arguments(Affected(base="main", locations=(odd,))) == "--location-name 'my location'\n"


def test_nothing_affected():
    nothing = Affected(base="v1")
    assert affected.terminal(nothing, ROOT, width=80, colour=False) == "since v1: 0 locations affected\n"
    assert json.loads(affected.as_json(nothing, ROOT))["locations"] == []
    assert affected.arguments(nothing) == "\n"


def test_markdown_is_a_list():
    assert affected.markdown(DRAWN) == (
        "2 locations affected since `main`\n\n"
        "- `finance`: finance/pyproject.toml\n"
        "- `sales`: shared: src/shared/io.py; sales/uv.lock\n"
    )
