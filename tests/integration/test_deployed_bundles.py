"""Two bundles, installed and served, behind a real `dagster-webserver`: `commons status` tells what runs."""

from __future__ import annotations

import contextlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from builders import commit
from compared_fleet import COMMONS, make_fleet
from dagster_commons.tools.uv import uv
from environments import once_per_run
from served_bundles import bundle, install, serving
from webservers import webserver

if TYPE_CHECKING:
    from pathlib import Path

    from environments import Environment

pytestmark = [pytest.mark.network, pytest.mark.matrix, pytest.mark.timeout(600)]


def release(root: Path, version: str) -> None:
    """`shared` in that version, and every lock of it."""
    file = root / "shared/pyproject.toml"
    lines = (
        f'version = "{version}"' if each.startswith("version = ") else each for each in file.read_text().splitlines()
    )
    file.write_text("\n".join(lines) + "\n")
    for name in ("sales", "marketing"):
        uv(root / name, "lock", "--quiet")
    commit(root, f"shared {version}")


@pytest.fixture
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`root`, where `shared` is at 0.2.0, with a bundle of `marketing`; that of `sales` has been made of 0.1.3."""

    def make(place: Path) -> None:
        make_fleet(place)
        root = place / "root"
        for version, name in (("0.1.3", "sales"), ("0.2.0", "marketing")):
            release(root, version)
            ended = bundle(root, "-l", name, "-o", str(place / "bundles" / name))
            assert ended.returncode == 0, ended.stdout + ended.stderr

    return once_per_run(tmp_path_factory, "deployed-bundles", make)


def test_declared_locked_and_running_of_two_bundles(
    tmp_path: Path, bundled: Path, dagster_environment: Environment
) -> None:
    root = bundled / "root"
    with contextlib.ExitStack() as opened:
        entries = []
        for name in ("sales", "marketing"):
            made, environment = bundled / "bundles" / name, tmp_path / name
            install(made, environment, is_vendored=False, compiled=dagster_environment.python)
            port = opened.enter_context(serving(made, environment, tmp_path / f"{name}-nowhere"))
            entries.append({"grpc_server": {"host": "127.0.0.1", "port": port, "location_name": name}})
        url = opened.enter_context(webserver(dagster_environment, tmp_path / "served", {"load_from": entries}))
        told = json.loads(status(root, "--deployed", url, "--format", "json"))
        shown = status(root, "--deployed", url)

    assert {each["location"]: (each["locked"], each["running"], each["running_state"]) for each in told["uses"]} == {
        "sales": ("0.2.0", "0.1.3", "behind"),
        "marketing": ("0.2.0", "0.2.0", "same-version"),
    }
    assert "runs 0.1.3, behind 0.2.0: deploy it" in shown
    versions = {
        each["name"]: {one["name"]: one["version"] for one in each["libraries"]}
        for each in told["deployment"]["locations"]
    }
    assert (versions["sales"]["sales"], versions["marketing"]["marketing"]) == ("0.1.0", "0.1.0")


def status(root: Path, *words: str) -> str:
    ended = subprocess.run([COMMONS, "status", *words], cwd=root, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout
