"""A command line that asks for what there is not, and a reader that goes away."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.cli._verbs import VERBS
from stories.conftest import COMMONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stories.conftest import Said

    Commons = Callable[..., Said]


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("status", "--locaton", "x"), "there is no option --locaton", "did you mean `--location`? commons status --help"),
        (("status", "-x"), "there is no option -x", "commons status --help"),
        (("add",), "missing argument 'MODULE[==VERSION]'", "commons add --help"),
        (("convert", "shared"), "missing option '--via'. Choose from: path, submodule,", "commons convert --help"),
        (("status", "--format", "jsn"), "invalid value for '--format': 'jsn' is not one of", "commons status --help"),
        (("registry", "lst"), "no such command 'lst'", "commons registry --help"),
        (("stauts",), "there is no command `stauts`", "did you mean `status`?"),
        (("frobnicate",), "there is no command `frobnicate`", "`commons --help` lists them"),
    ],
)  # fmt: skip
def test_a_mistake_on_the_command_line(commons: Commons, words: tuple[str, ...], message: str, hint: str) -> None:
    said = commons(*words)

    assert (said.exit_code, said.out) == (2, "")
    assert said.err.startswith(f"error: {message}")
    assert said.err.endswith(f"  hint: {hint}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_answers_a_mistake_in_json_when_asked(commons: Commons, verb: str) -> None:
    said = commons(verb, "--there-is-no-such-option", "--format", "json")

    assert said.exit_code == 2
    document = json.loads(said.out)
    assert (document["format"], document["error"]["exit_code"]) == (1, 2)
    assert document["error"]["message"] == "there is no option --there-is-no-such-option"
    assert document["error"]["hint"] == f"commons {verb} --help"


@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("status",), ("check", "--format", "json"), ("status", "-l", "x", "--format=json")]
)  # fmt: skip
def test_a_reader_that_goes_away_is_no_reason_to_say_anything(tmp_path: Path, words: tuple[str, ...]) -> None:
    workspace(tmp_path).module("shared").location("sales").repository()
    reader, writer = os.pipe()
    os.close(reader)

    ended = subprocess.run([COMMONS, *words], cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False)

    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, b"")
