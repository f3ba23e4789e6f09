"""`commons status --deployed` beside a real `dagster-webserver` on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from builders import draw, workspace
from dagster_commons.tools.uv import uv
from environments import once_per_run
from webservers import webserver

COMMONS = Path(sys.executable).with_name("commons")
# Bundles register the versions of shared modules in this way, outside of the definitions.
TELLS = """\
import dagster as dg
from dagster._core.libraries import DagsterLibraryRegistry

DagsterLibraryRegistry.register("acme-shared", "{version}", is_dagster_package=False)
defs = dg.Definitions()
"""
SERVED = {
    "behind.py": TELLS.format(version="0.1.3"),
    "current.py": TELLS.format(version="0.2.0"),
    "silent.py": "import dagster as dg\n\ndefs = dg.Definitions()\n",
    "failing.py": "import gone\n",
}
# Location names of the deployment: the workspace declares all but `legacy`, and `hr` besides.
FILES = {
    "sales": "behind.py",
    "ops": "current.py",
    "marketing": "silent.py",
    "finance": "failing.py",
    "legacy": "behind.py",
}

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """Five locations that use `acme-shared` by path and are locked at 0.2.0."""

    def make(place):
        drawing = workspace(place).module("acme-shared", version="0.2.0")
        uses = {"acme-shared": '{ path = "../acme-shared", editable = true }'}
        for name in ("sales", "ops", "marketing", "finance", "hr"):
            drawing.location(name, uses=uses)
            uv(place / name, "lock")
        drawing.repository()

    return once_per_run(tmp_path_factory, "deployed-workspace", make)


@pytest.fixture(scope="module", name="webserver")
def _webserver(tmp_path_factory, dagster_environment):
    """The URL of a webserver that serves `FILES`; every location is loaded, or failed to."""
    served = draw(tmp_path_factory.mktemp("served"), SERVED)
    entries = [{"python_file": {"relative_path": file, "location_name": name}} for name, file in FILES.items()]
    with webserver(dagster_environment, served, {"load_from": entries}) as url:
        yield url


def status(repository, *words):
    ended = subprocess.run([COMMONS, "status", *words], cwd=repository, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_declared_locked_and_running_stand_side_by_side(repository, webserver):
    said = json.loads(status(repository, "--deployed", webserver, "--format", "json"))
    assert {each["location"]: (each["locked"], each["running"], each["running_state"]) for each in said["uses"]} == {
        "sales": ("0.2.0", "0.1.3", "behind"),
        "ops": ("0.2.0", "0.2.0", "same-version"),
        "marketing": ("0.2.0", None, "not-told"),
        "finance": ("0.2.0", None, "not-loaded"),
        "hr": ("0.2.0", None, "not-deployed"),
    }
    deployment = said["deployment"]
    assert (deployment["url"], deployment["not_deployed"]) == (webserver, ["hr"])
    told = {each["name"]: each for each in deployment["locations"]}
    assert {name: (each["state"], each["declared"]) for name, each in told.items()} == {
        name: ("not-loaded" if file == "failing.py" else "running", name != "legacy") for name, file in FILES.items()
    }
    assert told["finance"]["error"] == "ModuleNotFoundError: No module named 'gone'"
    assert {each["name"]: each["version"] for each in told["legacy"]["libraries"]}["acme-shared"] == "0.1.3"


def test_the_matrix_says_what_to_deploy(repository, webserver):
    lines = status(repository, "--deployed", webserver).splitlines()
    assert max(map(len, lines)) <= 80
    rows = {line.split()[0]: line.split("worktree")[1].split("  ")[1] for line in lines if "worktree" in line}
    assert rows == {
        "sales": "0.1.3",
        "ops": "0.2.0",
        "marketing": "not told",
        "finance": "not loaded",
        "hr": "not deployed",
    }
    assert lines[lines.index(next(line for line in lines if line.startswith("  sales"))) + 1].strip() == (
        "runs 0.1.3, behind 0.2.0: deploy it"
    )
    assert lines[-4:] == [
        f"{webserver}: 5 code locations",
        "not loaded: finance: ModuleNotFoundError: No module named 'gone'",
        "not declared here: legacy (acme-shared 0.1.3)",
        "not deployed: hr",
    ]


def test_a_page_of_the_webserver_is_no_graphql(repository, webserver):
    ended = subprocess.run(
        [COMMONS, "status", "--deployed", f"{webserver}/locations"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr.startswith(f"error: there is no GraphQL at {webserver}/locations/graphql (HTTP 405)\n")
