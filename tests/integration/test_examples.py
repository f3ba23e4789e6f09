"""The examples, carried out: every `sh` block of their READMEs runs, and Dagster loads what they promise."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.plans.new import TEMPLATE, new_plan
from dagster_commons.tools import builds
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.templates import LEFT_BY_TOOLS, template_files
from dagster_commons.tools.uv import binary, uv

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LOCATIONS = {"path": "sales", "submodule": "marketing", "index": "finance"}
ASSETS = ("asset_1", "asset_2", "asset_3")
LOAD = """\
import importlib, json, sys
from pathlib import Path
shared = importlib.import_module("shared")
definitions = importlib.import_module(sys.argv[1]).defs()
keys = sorted(key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys())
Path(sys.argv[2]).write_text(json.dumps({"assets": keys, "shared": shared.__file__, "version": shared.__version__}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What the location's own interpreter says of its definitions."""

    assets: tuple[str, ...]
    shared: Path
    version: str


@pytest.fixture
def copied(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the example, without what tools left behind in the checkout."""
    directory = tmp_path / request.param
    shutil.copytree(EXAMPLES / request.param, directory, ignore=shutil.ignore_patterns(*LEFT_BY_TOOLS))
    return directory


def example(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("copied", [name], indirect=True, ids=[name])


def shell_blocks(readme: Path) -> tuple[str, ...]:
    return tuple(re.findall(r"^```sh\n(.*?)^```$", readme.read_text(), re.MULTILINE | re.DOTALL))


def run_block(block: str, *, at: Path) -> str:
    environment = {"PATH": f"{binary().parent}{os.pathsep}{os.environ['PATH']}"}
    command = Command(argv=("bash", "-euo", "pipefail", "-c", block), cwd=at, environment=environment)
    completed = run(command)
    return completed.text + completed.error_text


def load(project: Path, location: str, environment: Path | None = None) -> Loaded:
    python = (environment or project / ".venv") / "bin" / "python"
    result = project.parent / "loaded.json"
    run(Command(argv=(str(python), "-c", LOAD, f"{location}.definitions", str(result)), cwd=project.parent))
    answer = json.loads(result.read_text())
    return Loaded(assets=tuple(answer["assets"]), shared=Path(answer["shared"]), version=answer["version"])


def keys(location: str) -> tuple[str, ...]:
    return tuple(f"{location}/{asset}" for asset in ASSETS)


@pytest.mark.parametrize("example", ["submodule", "index"])
def test_the_module_is_the_same_bytes_in_every_example(example: str) -> None:
    assert template_files(f"{example}/shared") == template_files("path/shared")


@pytest.mark.parametrize(("example", "location"), LOCATIONS.items())
def test_the_locations_differ_in_their_names_and_sources_only(example: str, location: str) -> None:
    def without_source(name: str, own: str) -> dict[str, bytes]:
        files = {str(path): content for path, content in template_files(f"{name}/{own}")}
        return {
            path.replace(own, "LOCATION"): content.replace(own.encode(), b"LOCATION")
            for path, content in files.items()
            if path != "pyproject.toml"
        }

    assert without_source(example, location) == without_source("path", "sales")


@pytest.mark.parametrize(("example", "location"), LOCATIONS.items())
def test_the_readme_shows_the_lines_that_the_project_has(example: str, location: str) -> None:
    project = tomllib.loads((EXAMPLES / example / location / "pyproject.toml").read_text())
    readme = (EXAMPLES / example / "README.md").read_text()
    shown = [tomllib.loads(block) for block in re.findall(r"^```toml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)]
    dependencies = [block["dependencies"] for block in shown if "dependencies" in block]
    uv_tables = [block["tool"]["uv"] for block in shown if "tool" in block]
    assert dependencies == [project["project"]["dependencies"]]
    assert uv_tables[0] == project["tool"]["uv"]


@pytest.mark.network
@example("path")
def test_path(copied: Path) -> None:
    before = (copied / "sales/pyproject.toml").read_bytes()
    said = [run_block(block, at=copied) for block in shell_blocks(copied / "README.md")]
    assert (copied / "sales/pyproject.toml").read_bytes() == before, "`uv add` writes other lines than the example"
    assert "sales/asset_3" in said[-1]
    loaded = load(copied / "sales", "sales")
    assert loaded.assets == keys("sales")
    assert loaded.shared.is_relative_to(copied / "shared")
    assert "shared.components.AssetFamily" in run_block("cd sales; uv run dg list components", at=copied)


@pytest.mark.network
@example("path")
def test_an_environment_without_editable_installs_needs_the_module_s_folder_no_longer(copied: Path) -> None:
    uv(copied / "sales", "sync", "--quiet", "--no-dev", "--no-editable")
    shutil.rmtree(copied / "shared")
    assert load(copied / "sales", "sales").assets == keys("sales")


@pytest.mark.network
@example("submodule")
def test_submodule(copied: Path) -> None:
    for block in shell_blocks(copied / "README.md"):
        run_block(block, at=copied)
    gitmodules = (copied / "marketing/.gitmodules").read_text()
    assert f"```ini\n{gitmodules}```" in (copied / "README.md").read_text()
    for clone in ("colleague", "forgetful"):
        loaded = load(copied / clone, "marketing")
        assert loaded.assets == keys("marketing")
        assert loaded.shared.is_relative_to(copied / clone / "shared")


@pytest.mark.network
@example("submodule")
def test_without_its_submodule_uv_says_what_the_readme_says(copied: Path) -> None:
    (copied / "marketing/shared").mkdir()
    with pytest.raises(ToolError) as failed:
        uv(copied / "marketing", "sync")
    readme = " ".join((copied / "README.md").read_text().split())
    said = "does not appear to be a Python project"
    assert said in " ".join(failed.value.message.split())
    assert said in readme


@pytest.mark.network
@example("index")
def test_index(copied: Path) -> None:
    said = [run_block(block, at=copied) for block in shell_blocks(copied / "README.md")]
    assert "finance/asset_3" in said[-1]
    assert [each.version for each in embedded.releases(copied / "finance/registry", "shared")] == ["0.1.3"]
    loaded = load(copied / "finance", "finance")
    assert loaded.assets == keys("finance")
    assert loaded.version == "0.1.3"
    assert loaded.shared.is_relative_to(copied / "finance/.venv")


@pytest.mark.network
@example("path")
def test_the_module_s_own_tests_pass(copied: Path) -> None:
    assert "6 passed" in uv(copied / "shared", "run", "--quiet", "pytest", "-q").text


@pytest.mark.network
def test_a_new_module_is_ready(tmp_path: Path) -> None:
    """What `commons new` writes passes its own tests and builds, under a name that differs from its import package."""
    directory = tmp_path / "acme-base"
    plan = new_plan(template_files(TEMPLATE), directory=directory, module="acme-base", requires_python=">=3.10")
    for step in plan.steps:
        step.path.parent.mkdir(parents=True, exist_ok=True)
        step.path.write_bytes(step.content)
    assert "6 passed" in uv(directory, "run", "--quiet", "pytest", "-q").text
    built = [each.name for each in builds.build(directory, tmp_path / "dist")]
    assert built == ["acme_base-0.1.0.tar.gz", "acme_base-0.1.0-py3-none-any.whl"]
