"""The recipes of the deployment page: their shell is run, their files are read, the options that they name exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from builders import workspace
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv
from environments import DAGSTER_VERSION, Environment, make_environment, once_per_run

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/how-to/deploy.md").read_text("utf-8")
COMMONS = Path(sys.executable).with_name("commons")
BASH = shutil.which("bash") or "bash"
BLOCKS = re.findall(r"^```(yaml|json|console)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="the recipes select with jq")


def block(first_line: str) -> Any:
    """The YAML file of the page that begins with the comment `first_line`."""
    (text,) = (text for _, text in BLOCKS if text.startswith(f"# {first_line}"))
    return yaml.safe_load(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """`sales` and `marketing` use `shared`; the last commit changed what only `sales` has."""
    drawing = workspace(tmp_path / "root").module("shared")
    for name in ("sales", "marketing"):
        drawing.location(name, uses={"shared": '{ path = "../shared", editable = true }'})
        uv(drawing.root / name, "lock")
    drawing.repository().file("sales/src/sales/more.py", "").repository()
    return drawing.root


def run(script: str, root: Path, **variables: str) -> None:
    """Run a step as CI does, `commons` being the one that is tested."""
    path = f"{COMMONS.parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        [BASH, "-c", script],
        cwd=root,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_every_file_of_the_page_can_be_read() -> None:
    languages = [language for language, _ in BLOCKS]
    assert (languages.count("yaml"), languages.count("json")) == (8, 1)
    assert all(yaml.safe_load(text) for language, text in BLOCKS if language == "yaml")
    assert all(json.loads(text) for language, text in BLOCKS if language == "json")


def test_one_image_has_one_port_and_one_target_everywhere() -> None:
    (deployment,) = block("user-code.yaml")["deployments"]
    (server,) = block("dagster.yaml")["dagsterWebserver"]["workspace"]["servers"]
    (entry,) = block("workspace.yaml")["load_from"]
    (container,) = (json.loads(text) for language, text in BLOCKS if language == "json")
    ports = (
        deployment["port"],
        server["port"],
        entry["grpc_server"]["port"],
        container["portMappings"][0]["containerPort"],
    )
    assert ports == (4000,) * 4
    assert (server["host"], server["name"]) == (deployment["name"], "sales")
    assert deployment["dagsterApiGrpcArgs"] == [
        "-m",
        block("dagster_cloud.yaml")["locations"][0]["code_source"]["module_name"],
    ]
    assert container["healthCheck"]["command"][1:] == ["dagster", "api", "grpc-health-check", "-p", "4000"]


def test_commons_reads_the_dagster_cloud_yaml_of_the_page(root: Path) -> None:
    (root / "dagster_cloud.yaml").write_text(yaml.safe_dump(block("dagster_cloud.yaml")))
    ended = subprocess.run(
        [COMMONS, "status", "--format", "json"], cwd=root, capture_output=True, text=True, check=True
    )
    built = {each["name"]: (each["path"], each["build_directory"]) for each in json.loads(ended.stdout)["locations"]}
    assert built["sales"] == ("sales", "dist/bundles/sales")


@needs_jq
def test_github_builds_what_a_change_reaches(root: Path, tmp_path: Path) -> None:
    jobs = block(".github/workflows/deploy.yml")["jobs"]
    (step,) = (each for each in jobs["affected"]["steps"] if each.get("id") == "affected")
    for base, expected in (("HEAD~1", ["sales"]), ("HEAD", [])):
        output = tmp_path / base
        run(step["run"], root, BASE=git(root, "rev-parse", base).text.strip(), GITHUB_OUTPUT=str(output))
        name, _, value = output.read_text().partition("=")
        assert name == "locations"
        assert [each["name"] for each in json.loads(value)] == expected
    checkouts = [each["with"] for job in jobs.values() for each in job["steps"] if "checkout" in each.get("uses", "")]
    assert [(each["submodules"], each["fetch-depth"]) for each in checkouts] == [("recursive", 0)] * 2


@needs_jq
def test_gitlab_makes_a_child_pipeline_of_what_a_change_reaches(root: Path) -> None:
    (script,) = block(".gitlab-ci.yml")["affected"]["script"]
    for base, expected in (("HEAD~1", {"bundle sales", "image sales"}), ("HEAD", set())):
        run(script, root, CI_COMMIT_BEFORE_SHA=git(root, "rev-parse", base).text.strip())
        child = json.loads((root / "images.json").read_text())
        assert set(child) == {"include", "nothing", *expected}
        (included,) = child["include"]
        templates = block(included["local"])
        jobs = {name: child[name] for name in expected}
        assert {each["extends"] for each in jobs.values()} <= set(templates)
        assert all(each["variables"] == {"NAME": "sales"} for each in jobs.values())
        assert all(need in child for each in jobs.values() for need in each.get("needs", ()))
    for document in (block(".gitlab-ci.yml"), block("ci/images.yml")):
        assert document["variables"] == {"GIT_DEPTH": "0", "GIT_SUBMODULE_STRATEGY": "recursive"}


@pytest.mark.network
@pytest.mark.matrix
def test_the_options_of_dagster_cloud_exist(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    def make(directory: Path) -> None:
        make_environment(directory, f"dagster-cloud-cli=={DAGSTER_VERSION}")

    environment = Environment(directory=once_per_run(tmp_path_factory, "dagster-cloud-cli", make))
    shell = "\n".join(text for language, text in BLOCKS if language == "console").replace("\\\n", " ")
    calls = [shlex.split(line)[1:] for line in shell.splitlines() if line.startswith("$ dagster-cloud ")]
    assert len(calls) == 6
    for _, *words in calls:
        verb = words[: next((at for at, each in enumerate(words) if each.startswith("--")), len(words))]
        said = environment.run("dagster-cloud", *verb, "--help", at=tmp_path, environment={"COLUMNS": "300"}).text
        for option in (each for each in words if each.startswith("--")):
            assert re.search(rf"{option}\b", said), f"{' '.join(verb)} has no {option}"
