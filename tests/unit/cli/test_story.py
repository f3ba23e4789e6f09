"""The story of `commons demo` as values: it fits the examples and the verbs that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dagster_commons.cli._story.script import PROJECTS, TEMPLATES, story
from dagster_commons.cli._story.steps import Call, Edit, Write
from dagster_commons.cli._verbs import VERBS
from dagster_commons.report.story import command
from dagster_commons.tools import pyproject
from dagster_commons.tools.templates import template_files

DIRECTORY = Path("/home/ada/it's here: a demo")
TUTORIAL = (Path(__file__).resolve().parents[3] / "docs/tutorial.md").read_text("utf-8")
ACTIONS = [action for step in story(DIRECTORY) for action in step.actions]
WRITTEN = {
    f"{action.place}/{path}": content
    for action in ACTIONS
    if isinstance(action, Write)
    for path, content in action.files
}


def test_every_commons_command_is_a_verb_that_there_is() -> None:
    calls = [action.words for action in ACTIONS if isinstance(action, Call) and action.words[0] == "commons"]
    verbs = {words[1] for words in calls}
    assert verbs <= set(VERBS)
    assert {"add", "convert", "diff", "registry", "release", "status", "sync", "upgrade"} <= verbs


def test_every_command_runs_by_the_way_that_a_reader_has() -> None:
    programs = {action.words[0] for action in ACTIONS if isinstance(action, Call)}
    assert programs == {"commons", "git", *(f"{project}/.venv/bin/python" for project in PROJECTS.values())}


def test_nothing_names_the_machine_it_is_told_on_but_workspace_yaml() -> None:
    named = [path for path, content in WRITTEN.items() if b"/home/ada" in content]
    assert named == ["./workspace.yaml"]
    assert not [action for action in ACTIONS if isinstance(action, Call) and str(DIRECTORY) in " ".join(action.words)]


@pytest.mark.parametrize("location", PROJECTS)
def test_a_location_begins_as_its_example_without_the_lines_on_the_module(location: str) -> None:
    example = dict(template_files(TEMPLATES[location]))
    begun = {path: WRITTEN[f"{PROJECTS[location]}/{path}"] for path in example}
    assert [str(path) for path in example if example[path] != begun[path]] == ["pyproject.toml"]
    text = next(content for path, content in begun.items() if path.name == "pyproject.toml").decode()
    assert "shared" not in text
    document = pyproject.read(text, Path("pyproject.toml"))
    assert pyproject.strings(document, "project", "dependencies") == ("dagster>=1.13",)
    assert pyproject.table(document, "tool", "uv") == {}


@pytest.mark.parametrize("edit", [action for action in ACTIONS if isinstance(action, Edit)], ids=lambda edit: edit.path)
def test_each_edit_finds_what_it_replaces_in_the_example(edit: Edit) -> None:
    text = WRITTEN[edit.path].decode()
    assert [text.count(old) for old, _ in edit.replacements] == [1] * len(edit.replacements)


def test_workspace_yaml_survives_any_path() -> None:
    entries = yaml.safe_load(WRITTEN["./workspace.yaml"])["load_from"]
    assert [each["python_module"] for each in entries] == [
        {
            "module_name": f"{location}.definitions",
            "location_name": location,
            "working_directory": str(DIRECTORY / project),
            "executable_path": str(DIRECTORY / project / ".venv/bin/python"),
        }
        for location, project in PROJECTS.items()
    ]


def test_the_tutorial_tells_the_commands_that_the_demo_runs() -> None:
    shown = re.findall(r"^\$ (.*)$", TUTORIAL.replace(" \\\n    ", " "), re.MULTILINE)
    run = [command(action.words, action.environment) for action in ACTIONS if isinstance(action, Call)]
    unbroken = [each.replace(" \\\n    ", " ").removeprefix("$ ").rstrip() for each in run]
    strangers = [each for each in shown if each not in unbroken]
    assert strangers == ["commons demo", "commons demo --open commons-demo"]
    assert [each for each in unbroken if "commons " in each and each not in shown] == []


def test_the_tutorial_has_the_steps_of_the_demo() -> None:
    assert re.findall(r"^## \d+\. (.*)$", TUTORIAL, re.MULTILINE) == [step.title for step in story(DIRECTORY)][:-1]
