from __future__ import annotations

import json
from pathlib import Path

from dagster_commons.errors import CommonsError, RefusedError, ToolError, UsageError
from dagster_commons.report import errors

ROOT = Path("/repo")


def test_an_error_says_where_what_and_what_next():
    error = UsageError(
        "there is no shared module `sharde`",
        file=ROOT / "sales/pyproject.toml",
        line=7,
        hint="did you mean `shared`?",
        docs="reference/errors.md#unknown-module",
    )
    assert errors.as_text(error, root=ROOT) == (
        "error: there is no shared module `sharde`\n"
        "  --> sales/pyproject.toml:7\n"
        "  hint: did you mean `shared`?\n"
        "  docs: reference/errors.md#unknown-module\n"
    )


def test_what_a_tool_printed_is_indented():
    assert errors.as_text(ToolError("`uv lock` ended with exit code 1\nno solution\n\nbecause")) == (
        "error: `uv lock` ended with exit code 1\n  no solution\n\n  because\n"
    )


def test_a_file_without_a_line():
    assert "  --> a.toml\n" in errors.as_text(RefusedError("no", file=ROOT / "a.toml"), root=ROOT)


def test_files_are_seen_from_the_current_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert "  --> x/a.toml\n" in errors.as_text(RefusedError("no", file=tmp_path / "x/a.toml"))


def test_an_empty_message_and_a_hint_of_two_lines():
    assert errors.as_text(CommonsError("", hint="one\ntwo")) == "error:\n  hint: one\n        two\n"


def test_control_characters_of_a_tool_do_not_reach_the_terminal():
    assert "\x1b" not in errors.as_text(ToolError("git said \x1b[2J", hint="\x1b[1m"))


def test_colour_marks_the_word_error():
    assert errors.as_text(UsageError("no"), colour=True) == "\x1b[31merror\x1b[0m: no\n"


def test_json():
    error = UsageError("no", file=ROOT / "a.toml", line=3, hint="yes")
    assert json.loads(errors.as_json(error, root=ROOT)) == {
        "format": 1,
        "error": {
            "type": "Usage",
            "message": "no",
            "file": "a.toml",
            "line": 3,
            "hint": "yes",
            "docs": None,
            "exit_code": 2,
        },
    }


def test_a_bug_names_its_log_and_shows_no_traceback():
    assert errors.as_bug_text(KeyError("shared"), Path("/logs/commons-1.log")) == (
        "error: a bug of commons: KeyError: 'shared'\n"
        "  --> /logs/commons-1.log\n"
        "  hint: the log has what is needed to find it; read it before you send it to anybody\n"
    )


def test_a_bug_is_json_as_well():
    document = json.loads(errors.as_bug_json(ZeroDivisionError("division by zero\nmore"), Path("/logs/commons.log")))
    assert document["error"] | {"hint": ""} == {
        "type": "Bug",
        "message": "a bug of commons: ZeroDivisionError: division by zero",
        "file": "/logs/commons.log",
        "line": None,
        "hint": "",
        "docs": None,
        "exit_code": 70,
    }
