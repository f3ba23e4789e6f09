# ruff: noqa: RUF001 - the en dash stands for what there is nothing to say about
from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from dagster_commons.model.findings import Finding
from dagster_commons.model.workspace import SharedModule
from dagster_commons.report import status
from dagster_commons.report.lines import NOTHING, cell_width
from drawn_uses import GIT, INDEX, MEMBER, PATH, ROOT, location, project, story, submodule_in, use, workspace

OLD = {"locked": "0.1.3", "available": "0.2.0"}
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def shown(drawn, *, width=80, **options):
    return status.terminal(drawn, width=width, colour=False, **options)


def fleet(number):
    """`number` locations: a third stale by path, a third behind by index, a third fine."""
    forms = (
        lambda name: use(name, PATH, "stale"),
        lambda name: use(name, INDEX, **OLD),
        lambda name: use(name, INDEX, locked="0.2.0", available="0.2.0"),
    )
    return workspace(*(forms[i % 3](f"team_{i:04}") for i in range(number)))


def awkward():
    """Everything that asks for width at once."""
    long = "a-location-whose-name-nobody-wanted-to-shorten-in-time"
    return replace(
        workspace(
            use(long, INDEX, "stale", locked="0.1.3.dev17+g0123456789abcdef", available="0.2.0.post99"),
            use(
                "東京の売上データ",
                submodule_in("tokyo"),
                "current",
                "dirty",
                "untracked",
                "not-on-remote",
                "shallow",
                locked="0.1.3",
            ),
            use("x", GIT, through="another-module-with-a-long-name", locked="0.1.3", available="10.20.30"),
            use("gone", PATH, "unknown", "missing"),
            modules=(
                SharedModule(
                    name="a-module-with-a-really-long-name-indeed",
                    version="0.2.0",
                    project=project("packages/" + "deep/" * 20 + "shared", "0.2.0"),
                ),
                SharedModule(name="shared", version=None),
            ),
        ),
        findings=(
            Finding(
                rule="READ001",
                severity="error",
                subject="dg.toml",
                message="something is wrong here, and it takes many words to say what exactly that is " * 3,
                file=ROOT / ("folder/" * 15 + "dg.toml"),
                line=3,
                fix="commons " + "do-something " * 12,
            ),
        ),
    )


def test_the_example_of_the_documentation_at_100_columns():
    assert shown(story(), width=100) == (
        "shared 0.2.0  packages/shared                      3 uses · 2 behind · 1 stale lock\n"
        "  location   source     in use    newest  lock\n"
        "  sales      path       worktree  –       stale    commons lock -l sales\n"
        "  marketing  submodule  0.1.3     0.2.0   current  commons upgrade shared==0.2.0 -l marketing\n"
        "  finance    index      0.1.3     0.2.0   current  commons upgrade shared==0.2.0 -l finance\n"
        "\n"
        "3 code locations · 1 shared module\n"
    )


def test_at_80_columns_a_command_without_room_stands_whole_on_the_next_line():
    assert shown(story()) == (
        "shared 0.2.0  packages/shared                   3 uses · 2 behind · 1 stale lock\n"
        "  location   source     in use    newest  lock\n"
        "  sales      path       worktree  –       stale    commons lock -l sales\n"
        "  marketing  submodule  0.1.3     0.2.0   current\n"
        "             commons upgrade shared==0.2.0 -l marketing\n"
        "  finance    index      0.1.3     0.2.0   current\n"
        "             commons upgrade shared==0.2.0 -l finance\n"
        "\n"
        "3 code locations · 1 shared module\n"
    )


def test_states_of_sources_have_words_and_commands():
    drawn = workspace(
        use("clone", submodule_in("clone"), "unknown", "not-initialised"),
        use("gone", PATH, "unknown", "missing"),
        use("hacked", submodule_in("hacked"), "current", "other-commit", "dirty", locked="0.1.3"),
        use("linked", INDEX, "current", "linked", locked="0.2.0", available="0.2.0"),
        use("member", MEMBER),
        use("nested", INDEX, "unknown", through="core", locked="0.2.0"),
    )
    assert shown(drawn) == (
        "shared 0.2.0  packages/shared\n"
        "  6 uses · 1 not initialised · 1 missing · 1 linked · 1 unknown lock\n"
        "  location  source          in use    newest  lock\n"
        "  gone      path            –         –       unknown\n"
        "            ../packages/shared is not there\n"
        "  clone     submodule       –         –       unknown  commons sync -l clone\n"
        "            submodule not initialised\n"
        "  hacked    submodule       0.1.3     –       current  commons sync -l hacked\n"
        "            checked out at another commit than recorded\n"
        "            uncommitted changes in the submodule\n"
        "  linked    index           linked    0.2.0   current\n"
        "            a local link overrides it in the environment\n"
        "            commons unlink shared -l linked\n"
        "  nested    index via core  0.2.0     –       unknown\n"
        "  member    member          worktree  –       –\n"
        "\n"
        "6 code locations · 1 shared module\n"
    )


def test_a_row_without_a_command_takes_one_line_also_where_the_table_needs_the_whole_width():
    drawn = workspace(
        use("a_name_that_takes_all_the_room_there", INDEX, locked="0.2.0", available="0.2.0", through="acme-core"),
        use("member", MEMBER),
    )
    table, _ = shown(drawn, width=72).split("\n\n")
    assert len(table.splitlines()) == 4


def test_counts_that_do_not_fit_go_on_in_the_next_line():
    states = ("not-initialised",), ("orphan",), ("linked",), ()
    uses = [use(f"n{number}", submodule_in("x"), "unknown", *each) for number, each in enumerate(states)]
    assert shown(workspace(*uses), width=40).splitlines()[:4] == [
        "shared 0.2.0  packages/shared",
        "  4 uses · 1 not initialised · 1 missing",
        "  1 linked · 2 unknown locks",
        "  locat…  source  in use  newest  lock",
    ]


def test_the_reason_of_a_lock_is_told_in_detail_only():
    assert "the lock says 2" not in shown(story())
    assert "             lock: shared needs 3 packages, the lock says 2\n" in shown(story(), is_detailed=True)


def test_the_footer_tells_what_the_matrix_leaves_out():
    drawn = story()
    drawn = replace(
        drawn,
        locations=(
            *drawn.locations,
            location("idle"),
            location("legacy", not_loadable="a gRPC server at localhost:4266"),
        ),
        findings=(
            Finding(
                rule="READ001", severity="error", subject="b", message="not closed", file=ROOT / "b/dg.toml", line=3
            ),
            Finding(rule="READ001", severity="error", subject="a", message="no key", file=ROOT / "a.yaml", line=12),
        ),
    )
    footer = shown(drawn, unfinished="`commons add shared` did not end; the next command takes it back")
    assert footer.split("\n\n", 1)[1] == (
        "5 code locations · 1 shared module · 2 without a shared module\n"
        "not loadable: legacy (legacy/pyproject.toml:7): a gRPC server at localhost:4266\n"
        "\n"
        "error READ001  2 findings\n"
        "  a.yaml:12    no key\n"
        "  b/dg.toml:3  not closed\n"
        "\n"
        "unfinished: `commons add shared` did not end; the next command takes it back\n"
    )


def test_many_locations_that_are_not_loadable_are_counted():
    drawn = replace(story(), locations=tuple(location(f"g{i}", not_loadable="a gRPC server") for i in range(8)))
    text = shown(drawn)
    assert text.count("not loadable: ") == 5
    assert "…3 more are not loadable\n" in text


def test_a_workspace_without_modules_says_what_to_do():
    drawn = replace(workspace(), modules=(), locations=(location("sales"),))
    assert shown(drawn) == (
        "no shared module yet: `commons new MODULE` scaffolds one\n1 code location · 0 shared modules\n"
    )


def test_a_location_without_modules_where_others_have_some_says_how_to_wire_one_in():
    drawn = replace(workspace(), modules=(), locations=(location("data eng"),))
    assert shown(drawn, modules=("shared",)).startswith(
        "no shared module is used here: `commons add shared -l 'data eng'` wires one in\n1 code location"
    )
    assert "`commons add MODULE -l 'data eng'`" in shown(drawn, modules=("shared", "utils"))


def test_a_module_that_nothing_uses_is_named():
    assert shown(workspace()).startswith("shared 0.2.0  packages/shared  0 uses\n\n")


def test_of_200_locations_those_that_read_the_same_are_counted():
    text = shown(fleet(200))
    assert text == (
        "shared 0.2.0  packages/shared              200 uses · 67 behind · 67 stale locks\n"
        "  location   source  in use    newest  lock\n"
        "  team_0000  path    worktree  –       stale    commons lock -l team_0000\n"
        "  team_0003  path    worktree  –       stale    commons lock -l team_0003\n"
        "  team_0006  path    worktree  –       stale    commons lock -l team_0006\n"
        "  …and 64 more like it                          commons lock\n"
        "  team_0001  index   0.1.3     0.2.0   current\n"
        "             commons upgrade shared==0.2.0 -l team_0001\n"
        "  team_0004  index   0.1.3     0.2.0   current\n"
        "             commons upgrade shared==0.2.0 -l team_0004\n"
        "  team_0007  index   0.1.3     0.2.0   current\n"
        "             commons upgrade shared==0.2.0 -l team_0007\n"
        "  …and 64 more like it                          commons upgrade shared==0.2.0\n"
        "  team_0002  index   0.2.0     0.2.0   current\n"
        "  team_0005  index   0.2.0     0.2.0   current\n"
        "  team_0008  index   0.2.0     0.2.0   current\n"
        "  …and 63 more like it\n"
        "\n"
        "200 code locations · 1 shared module\n"
        "rows that read the same are counted: `commons status -l NAME` shows one\n"
    )


def test_a_single_row_is_shown_rather_than_counted():
    drawn = workspace(
        *(use(f"a{i}", PATH, "stale") for i in range(4)), *(use(f"b{i:02}", INDEX, locked="1") for i in range(30))
    )
    text = shown(drawn)
    assert "  a3 " in text
    assert "…and 27 more like it\n" in text


def test_in_detail_nothing_is_counted():
    text = shown(fleet(200), is_detailed=True)
    assert all(f"  team_{i:04}  " in text for i in range(200))
    assert "more like it" not in text


@pytest.mark.parametrize("width", [60, 72, 80, 81, 100, 132, 200])
@pytest.mark.parametrize("drawn", [story(), fleet(200), fleet(24), awkward()], ids=["story", "200", "24", "awkward"])
@pytest.mark.parametrize("is_detailed", [False, True])
def test_nothing_is_wider_than_the_terminal(drawn, width, is_detailed):
    text = shown(drawn, width=width, is_detailed=is_detailed, unfinished="a run " * 40)
    assert [line for line in text.splitlines() if cell_width(line) > width] == []


def test_what_is_cut_shows_it():
    text = shown(awkward())
    assert "  a-location-whose…  index" in text
    assert "0123456789abcdef" not in text


def test_colour_marks_only_what_needs_attention():
    coloured = status.terminal(story(), width=80, colour=True)
    marked = re.findall(r"\x1b\[[0-9;]+m([^\x1b]*)\x1b\[0m", coloured)
    assert sorted(marked) == ["0.1.3", "0.1.3", "stale"]
    assert ANSI.sub("", coloured) == shown(story())


def test_names_do_not_drive_the_terminal():
    text = shown(workspace(use("x\x1b[31m\nfake: fine", PATH, "stale")))
    assert "\x1b" not in text
    assert "x\N{REPLACEMENT CHARACTER}[31m fake: fine" in text


def test_what_a_registry_did_not_tell_is_unknown_and_never_nothing():
    reason = "registry corp cannot be read: corp.example.com asks for credentials"
    untold = replace(use("finance", INDEX, locked="0.1.3"), available_unread=reason)
    drawn = workspace(untold, replace(untold, location="ops"), use("sales", PATH))

    text = shown(drawn)

    rows = [line.split() for line in text.splitlines() if line.startswith("  ")]
    newest = {row[0]: row[3] for row in rows if len(row) > 3}
    assert (newest["finance"], newest["ops"], newest["sales"]) == ("unknown", "unknown", NOTHING)
    assert " ".join(text.split()).count(f"newest unknown: {reason}") == 1
    assert max(map(cell_width, text.splitlines())) <= 80
    assert f"- newest unknown: {reason}\n" in status.markdown(drawn)
    (document, *_) = json.loads(status.as_json(drawn))["uses"]
    assert (document["available"], document["available_unread"]) == (None, reason)
