# ruff: noqa: RUF001 - the en dash stands for what there is nothing to say about
from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from dagster_commons.model.findings import Finding
from dagster_commons.model.sources import MemberSource
from dagster_commons.model.workspace import SharedModule
from dagster_commons.report import mermaid, status
from drawn_uses import GIT, INDEX, PATH, ROOT, WHEEL, location, project, story, submodule_in, use, workspace


def document(drawn):
    return json.loads(status.as_json(drawn))


def test_json_has_the_keys_that_are_promised():
    found = document(story())
    assert found["format"] == 1
    assert found["locations"][0] == {
        "name": "finance",
        "project": "acme-finance",
        "module": "finance.definitions",
        "path": "finance",
        "build_directory": "finance/src",
        "not_loadable": None,
    }
    assert found["modules"] == [{"name": "shared", "version": "0.2.0", "path": "packages/shared"}]
    assert [each["location"] for each in found["uses"]] == ["finance", "marketing", "sales"]
    promised = {"location", "module", "source", "requirement", "locked", "available", "lock", "state"}
    assert {key: value for key, value in found["uses"][0].items() if key in promised} == {
        "location": "finance",
        "module": "shared",
        "source": "index",
        "requirement": "shared==0.1.3",
        "locked": "0.1.3",
        "available": "0.2.0",
        "lock": "current",
        "state": ["ok"],
    }


def test_json_has_sorted_keys_and_ends_with_a_newline():
    text = status.as_json(story())
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2) + "\n"


def test_json_has_whole_values_and_the_reason():
    name = "n" * 200
    [found] = document(workspace(use(name, PATH, "unknown", reason="its metadata is dynamic")))["uses"]
    assert found["location"] == name
    assert (found["lock"], found["lock_reason"]) == ("unknown", "its metadata is dynamic")


def test_json_says_what_lags_and_what_mends_it():
    by_location = {each["location"]: each for each in document(story())["uses"]}
    assert {name: (each["lag"], each["behind"], each["remedy"]) for name, each in by_location.items()} == {
        "sales": ("stale", False, "commons lock -l sales"),
        "marketing": ("behind", True, "commons upgrade shared==0.2.0 -l marketing"),
        "finance": ("behind", True, "commons upgrade shared==0.2.0 -l finance"),
    }


def test_json_paths_outside_the_root_go_up():
    elsewhere = replace(location("x"), path=ROOT.parent / "other/x", build_directory=ROOT)
    [found] = document(replace(workspace(), locations=(elsewhere,)))["locations"]
    assert (found["path"], found["build_directory"]) == ("../other/x", ".")


def test_json_of_findings_is_that_of_check():
    finding = Finding(rule="READ001", severity="error", subject="sales", message="no", file=ROOT / "a/dg.toml", line=2)
    assert document(replace(story(), findings=(finding,)))["findings"] == [
        {
            "rule": "READ001",
            "severity": "error",
            "file": "a/dg.toml",
            "line": 2,
            "subject": "sales",
            "message": "no",
            "fix": None,
            "related": [],
        }
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (PATH, {"source": "path", "path": "packages/shared", "written": "../packages/shared", "editable": True}),
        (INDEX, {"source": "index", "index": "corp"}),
        (MemberSource(path=ROOT / "m"), {"source": "member", "path": "m"}),
        (
            GIT,
            {
                "source": "git",
                "url": "https://git.example.com/shared",
                "reference_kind": "tag",
                "reference": "v0.1.3",
                "subdirectory": None,
            },
        ),
        (
            submodule_in("x"),
            {
                "source": "submodule",
                "path": "x/shared",
                "written": "./shared",
                "editable": True,
                "submodule": "x/shared",
            },
        ),
    ],
)
def test_json_tells_where_a_source_points(source, expected):
    [found] = document(workspace(replace(use("x", source), alternatives=(WHEEL,))))["uses"]
    assert found["origin"] == expected
    assert [each["source"] for each in found["alternatives"]] == ["path"]


def test_markdown_is_a_table_per_module():
    assert status.markdown(story()) == (
        "### shared 0.2.0 (`packages/shared`)\n"
        "\n"
        "3 uses · 2 behind · 1 stale lock\n"
        "\n"
        "| location | source | in use | newest | lock | mend |\n"
        "|---|---|---|---|---|---|\n"
        "| sales | path | worktree | – | stale; lock: shared needs 3 packages, the lock says 2 "
        "| `commons lock -l sales` |\n"
        "| marketing | submodule | 0.1.3 | 0.2.0 | current | `commons upgrade shared==0.2.0 -l marketing` |\n"
        "| finance | index | 0.1.3 | 0.2.0 | current | `commons upgrade shared==0.2.0 -l finance` |\n"
        "\n"
        "3 code locations · 1 shared module\n"
    )


def test_markdown_cells_hold_what_would_end_them():
    text = status.markdown(workspace(use("a|b<i>", PATH, "stale")))
    row = next(line for line in text.splitlines() if "worktree" in line)
    assert row.startswith(r"| a\|b&lt;i> | path |")
    assert len(re.findall(r"(?<!\\)\|", row)) == 7


def test_mermaid_colours_locations_by_lag():
    drawn = story()
    drawn = replace(drawn, uses=(*drawn.uses, use("hr", INDEX, locked="0.2.0", available="0.2.0")))
    chart = mermaid.chart(drawn)
    assert chart.splitlines()[:10] == [
        "flowchart LR",
        '  module_shared["shared 0.2.0"]',
        '  location_finance["finance"]:::behind',
        '  location_hr["hr"]:::current',
        '  location_marketing["marketing"]:::behind',
        '  location_sales["sales"]:::stale',
        '  module_shared -->|"path worktree"| location_sales',
        '  module_shared -->|"submodule 0.1.3"| location_marketing',
        '  module_shared -->|"index 0.1.3"| location_finance',
        '  module_shared -->|"index 0.2.0"| location_hr',
    ]
    assert [line.split()[1] for line in chart.splitlines()[10:]] == ["stale", "behind", "current"]


def test_mermaid_takes_the_worst_of_a_location():
    both = workspace(
        use("x", INDEX, locked="1", available="1"),
        use("x", PATH, "stale", module="other"),
        modules=(SharedModule(name="shared"), SharedModule(name="other")),
    )
    assert 'location_x["x"]:::stale' in mermaid.chart(both)


NODE = re.compile(r'^  (\w+)\["[^"\n]*"\](:::\w+)?$')
EDGE = re.compile(r'^  (\w+) -->\|"[^"\n|]*"\| (\w+)$')
CLASS = re.compile(r"^  classDef (\w+) [\w:#,-]+$")


@pytest.mark.parametrize(
    "drawn",
    [
        workspace(),
        workspace(use('a "quoted" | <b>#1</b> `x`', PATH), use("end", PATH), use("a-b", PATH), use("a_b", PATH)),
        workspace(use("データ", PATH), use("!!!", PATH), use("???", PATH), projects=(project("x", None),)),
        workspace(*(use(f"team-{i}", PATH if i % 2 else INDEX, locked="1") for i in range(1000))),
    ],
    ids=["nothing", "syntax", "no letters", "1000"],
)
def test_mermaid_stays_within_its_grammar_and_limits(drawn):
    first, *rest = mermaid.chart(drawn).splitlines()
    assert first == "flowchart LR"
    nodes = [match.group(1) for line in rest if (match := NODE.match(line))]
    edges = [match.groups() for line in rest if (match := EDGE.match(line))]
    classes = [match.group(1) for line in rest if (match := CLASS.match(line))]
    assert len(nodes) + len(edges) + len(classes) == len(rest)
    assert len(set(nodes)) == len(nodes)
    assert {end for edge in edges for end in edge} <= set(nodes)
    assert len(edges) <= 500
    assert {line.rsplit(":::", 1)[1] for line in rest if ":::" in line} <= set(classes)


def test_mermaid_groups_when_there_are_too_many_edges():
    many = workspace(*(use(f"team-{i}", PATH if i % 2 else INDEX, locked="1") for i in range(1000)))
    chart = mermaid.chart(many)
    assert chart.count('"500 code locations"') == 2
