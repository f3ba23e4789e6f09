from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMONS = Path(sys.executable).with_name("commons")
LOCK = """version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "sales"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "shared" },
]

[package.metadata]
requires-dist = [{ name = "shared", editable = "../shared" }]

[[package]]
name = "shared"
version = "0.1.3"
source = { editable = "../shared" }
"""


@pytest.fixture
def root(tmp_path):
    """Location `sales` by path with a lock from before the module's version was raised, and a dg.toml that is broken."""
    files = {
        "shared/pyproject.toml": '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        '[project]\nname = "shared"\nversion = "0.2.0"\nrequires-python = ">=3.11"\n',
        "shared/src/shared/__init__.py": "",
        "sales/pyproject.toml": '[project]\nname = "sales"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
        'dependencies = ["shared"]\n\n[tool.dg]\ndirectory_type = "project"\n\n[tool.dg.project]\nroot_module = "sales"\n'
        '\n[tool.uv.sources]\nshared = { path = "../shared", editable = true }\n',
        "sales/src/sales/definitions.py": "",
        "sales/uv.lock": LOCK,
        "other/dg.toml": 'directory_type = "project"\n[project\n',
    }
    for name, text in files.items():
        file = tmp_path / "repo" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    subprocess.run(["git", "init", "--quiet", tmp_path / "repo"], check=True)
    return tmp_path / "repo"


def status(root, *arguments, **environment):
    inherited = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "NO_COLOR"}}
    return subprocess.run(
        [COMMONS, "status", "--offline", *arguments],
        cwd=root,
        env=inherited | {"DAGSTER_COMMONS_CACHE": str(root.parent / "cache"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def tree(root):
    return {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}


def test_the_matrix_in_a_pipe_is_80_columns_without_colour(root):
    done = status(root, COLUMNS="200")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "shared 0.2.0  shared                         1 use · 1 stale lock",
        "  location  source  in use    newest  lock",
        "  sales     path    worktree  –       stale  commons lock -l sales",  # noqa: RUF001
    ]
    assert max(map(len, lines)) <= 80
    assert "other/dg.toml:2" in done.stdout
    assert "\x1b" not in done.stdout


def test_nothing_is_written(root):
    before = tree(root)
    assert status(root).returncode == 0
    assert tree(root) == before


def test_colour_can_be_asked_for(root):
    assert "\x1b[31mstale\x1b[0m" in status(root, FORCE_COLOR="1").stdout


def test_json_stands_alone_and_has_relative_paths(root):
    done = status(root, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert [(use["location"], use["lock"], use["remedy"]) for use in document["uses"]] == [
        ("sales", "stale", "commons lock -l sales")
    ]
    assert str(root) not in done.stdout


@pytest.mark.parametrize(("output_format", "first"), [("markdown", "### shared 0.2.0"), ("mermaid", "flowchart LR")])
def test_other_formats(root, output_format, first):
    done = status(root, "--format", output_format)
    assert done.returncode == 0
    assert done.stdout.startswith(first)


def test_a_chosen_location_is_shown_in_detail(root):
    assert "lock: " in status(root, "-l", "sales").stdout


def test_an_unknown_location_is_a_usage_error(root):
    done = status(root, "-l", "slaes")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "hint: did you mean `sales`?" in done.stderr


def test_uv_agrees_when_asked(root):
    [use] = json.loads(status(root, "--exact", "--format", "json").stdout)["uses"]
    assert use["lock"] == "stale"
