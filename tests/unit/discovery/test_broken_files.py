"""A broken file is a finding with file and line, and everything else is still read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.discovery import read_workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("path", "text", "line", "message"),
    [
        ("x/pyproject.toml", '[project]\nname = "x"\ndependencies = [\n', 3, "malformed TOML"),
        ("x/pyproject.toml", "<<<<<<< HEAD\n[project]\n", 1, "malformed TOML"),
        ("x/pyproject.toml", "[project]\nversion = '1'\n", 1, "`[project]` has no `name`"),
        ("x/pyproject.toml", "[project]\nname = ['x']\n", 2, "`project.name` must be a string"),
        (
            "x/pyproject.toml",
            "[project]\nname = 'x'\ndependencies = 'dagster'\n",
            3,
            "`project.dependencies` must be a list",
        ),
        (
            "x/pyproject.toml",
            "[project]\nname = 'x'\ndependencies = [\n'a',\n'not a requirement']\n",
            5,
            "not a requirement",
        ),
        (
            "x/pyproject.toml",
            "[project]\nname = 'x'\n[tool.uv.sources]\ny = '../y'\n",
            4,
            "`tool.uv.sources.y` must be a table",
        ),
        (
            "x/pyproject.toml",
            "[project]\nname = 'x'\n[tool.uv.sources]\ny = { editable = true }\n",
            4,
            "a source needs one of",
        ),
        ("x/pyproject.toml", "[project]\nname = 'x'\n[tool.uv.sources]\ny = [{ path = 1 }]\n", 4, "must be a string"),
        (
            "x/pyproject.toml",
            "[project]\nname = 'x'\n[dependency-groups]\na = [{ include-group = 'b' }]\n",
            4,
            "no dependency group `b`",
        ),
        (
            "x/pyproject.toml",
            "[tool.dg]\ndirectory_type = 'project'\n[tool.dg.project]\ndefs_module = 'x'\n",
            3,
            "no `root_module`",
        ),
        ("x/pyproject.toml", "[tool.dagster]\nmodule_name = ['x']\n", 2, "`tool.dagster.module_name` must be a string"),
        ("x/pyproject.toml", "[tool.dagster]\nmodules = [{ type = 'module' }]\n", 2, "has no `name`"),
        ("x/dg.toml", "directory_type = 'project'\n[project\n", 2, "malformed TOML"),
        ("x/dg.toml", "[workspace]\nprojects = [{ name = 'y' }]\n", 2, "has no `path`"),
        (
            "x/dg.toml",
            "[workspace]\n[[workspace.projects]]\npath = 'gone'\n",
            3,
            "names gone, but there is no dg project",
        ),
        ("x/workspace.yaml", "load_from:\n  - python_module: [\n", 3, "malformed YAML"),
        ("x/workspace.yaml", "load_from:\n\t- a\n", 2, "malformed YAML"),
        ("x/workspace.yaml", "- python_module: a\n", 1, "must hold a mapping"),
        ("x/workspace.yaml", "load_form: []\n", None, "no `load_from`"),
        ("x/workspace.yaml", "load_from:\n  python_module: a\n", 1, "`load_from` must be a list"),
        ("x/workspace.yaml", "load_from:\n  - python_module: a\n  - python_modul: b\n", 3, "needs one of"),
        ("x/workspace.yaml", "load_from:\n  - python_module:\n      attribute: a\n", 2, "needs `module_name`"),
        (
            "x/workspace.yaml",
            "load_from:\n  - python_module: a\n  - python_module: a\n",
            3,
            "declared twice, first in line 2",
        ),
        ("x/workspace.yaml", "load_from:\n  - 3\n", 2, "needs one of"),
        ("x/workspace.yaml", "a: &a [*a]\n", None, "no `load_from`"),
        ("x/dagster_cloud.yaml", "locations:\n  - code_source: {module_name: a}\n", 2, "no `location_name`"),
        ("x/dagster-cloud.yaml", "location: []\n", None, "no `locations`"),
        ("x/setup.py", "from setuptools import setup\nsetup(name='x'\n", 2, "not Python"),
        ("x/setup.cfg", "[metadata]\nname = x\n[metadata]\n", 3, "malformed"),
        ("x/requirements.txt", "dagster\n\nnot a requirement\n", 3, "not a requirement"),
        ("x/requirements.txt", "-r gone.txt\n", None, "cannot be read"),
        ("x/uv.lock", "version = ", None, ""),  # read only with a project beside it
    ],
)
def test_the_rest_is_still_read(tmp_path: Path, path: str, text: str, line: int | None, message: str) -> None:
    workspace(tmp_path).module("shared").location("sales", uses={"shared": '{ path = "../shared" }'})
    file = tmp_path / path
    file.parent.mkdir()
    file.write_text(text)

    found = read_workspace(tmp_path)

    assert "sales" in [each.name for each in found.locations]
    assert [(use.location, use.module) for use in found.uses] == [("sales", "shared")]
    if path == "x/uv.lock":
        assert found.findings == ()
        return
    findings = [each for each in found.findings if message in each.message]
    assert [each.line for each in findings] == [line], found.findings
    assert findings[0].file is not None
    assert findings[0].file.parent == file.parent


def test_a_broken_lock_is_a_finding_and_an_unknown_lock_state(tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales", uses={"shared": '{ path = "../shared" }'}).file(
        "sales/uv.lock", "version = 1\n[[package\n"
    )
    found = read_workspace(tmp_path)
    (use,) = found.uses
    assert (use.lock.kind, use.locked) == ("unknown", None)
    (finding,) = found.findings
    assert finding.file == tmp_path / "sales/uv.lock"


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    workspace(tmp_path).location("sales")
    (tmp_path / "dg.toml").write_bytes(b"a = '\xff'\n")
    found = read_workspace(tmp_path)
    assert [each.name for each in found.locations] == ["sales"]
    assert ["not UTF-8" in each.message for each in found.findings] == [True]


def test_a_dg_project_without_root_module_is_listed_as_not_loadable(tmp_path: Path) -> None:
    workspace(tmp_path).file("x/dg.toml", 'directory_type = "project"\n[project]\ndefs_module = "x.defs"\n')
    (location,) = read_workspace(tmp_path).locations
    assert (location.name, location.module) == ("x", "")
    assert location.not_loadable == "`[project]` has no `root_module`"


def test_a_url_source_is_named_and_left_alone(tmp_path: Path) -> None:
    workspace(tmp_path).module("shared").location("sales", uses={"shared": '{ url = "https://example.com/s.whl" }'})
    found = read_workspace(tmp_path)
    assert found.uses == ()
    (finding,) = found.findings
    assert (finding.rule, finding.severity, finding.subject) == ("SRC090", "warning", "shared")
    assert (finding.file, finding.line) == (tmp_path / "sales/pyproject.toml", 14)
