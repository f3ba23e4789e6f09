"""The transcript of the demo."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from dagster_commons.report import story


def test_a_heading_says_where_we_are_in_80_columns() -> None:
    first, *rest = story.heading(3, 13, "By path: sales", "word " * 40).splitlines()
    assert first == "── 3/13 By path: sales"
    assert max(map(len, rest)) <= 80
    assert rest[-1] == ""


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("commons", "status"), ()),
        (("git", "commit", "--message", "it's sales"), ()),
        (("commons", "sync"), (("DIRECTORY", "a b"), ("KEY", "value"))),
        (("commons", *(f"--option-{number}=value" for number in range(12))), (("KEY", "value" * 9), ("B", "c" * 70))),
        (("x" * 100, "y"), ()),
    ],
)
def test_a_command_can_be_pasted(words, environment) -> None:
    prompt, _, text = story.command(words, environment).partition(" ")
    assert prompt == "$"
    pasted = shlex.split(text.replace("\\\n", ""))
    assert tuple(pasted) == (*(f"{name}={value}" for name, value in environment), *words)


def test_a_command_is_broken_at_80_columns_between_words() -> None:
    shown = story.command(("commons", *["word"] * 30)).splitlines()
    assert [len(line) <= 80 for line in shown] == [True] * 3
    assert all(line.endswith(" word \\") for line in shown[:-1])
    assert all(line.startswith("    word") for line in shown[1:])


def test_a_command_that_fills_the_line_is_not_broken() -> None:
    assert story.command(("a" * 38, "b" * 37)) == f"$ {'a' * 38} {'b' * 37}\n"


def test_files_are_counted_below_a_place_and_named_at_the_top() -> None:
    assert story.written("platform/shared", ("a", "b")) == "+ platform/shared/  2 files\n"
    assert story.written(".", ("commons.toml", ".gitignore")) == "+ commons.toml\n+ .gitignore\n"


def test_an_edit_is_a_diff() -> None:
    shown = story.edited(Path("/demo/a.py"), b"one\ntwo\n", b"one\n2\n", Path("/demo"))
    assert shown.splitlines() == ["--- a/a.py", "+++ b/a.py", "@@ -1,2 +1,2 @@", " one", "-two", "+2", ""]


def test_silence_leaves_no_gap() -> None:
    assert story.printed(" \n") == ""
    assert story.printed("said\n\n\n") == "said\n\n"


def test_how_a_command_ended_is_told_where_that_was_not_with_0() -> None:
    assert story.printed("said\n", exit_code=1) == "said\n(exit code 1)\n\n"
    assert story.printed("", exit_code=1) == "(exit code 1)\n\n"
