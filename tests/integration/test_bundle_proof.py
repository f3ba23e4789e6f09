"""A bundle is installed elsewhere, booted and compared before it gets its name."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from compared_fleet import COMMONS, Fleet, make_fleet
from environments import once_per_run
from processes import descendants, is_running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

READS_A_FILE_BESIDE_IT = """\
from pathlib import Path

import dagster as dg

from shared.factory import asset_factory

NAMES = Path("names.txt").read_text().split()
defs = dg.Definitions(assets=[asset_factory(name, "sales") for name in NAMES])
"""
ASKS_WHERE_IT_IS = """\
import os

import dagster as dg

from shared.factory import asset_factory

assets = [asset_factory("asset_1", "sales")]
if os.path.exists("pyproject.toml"):
    assets.append(asset_factory("asset_2", "sales"))
defs = dg.Definitions(assets=assets)
"""
# Loads where it is developed, and hangs anywhere else.
HANGS_ELSEWHERE = """\
import pathlib, time

if not pathlib.Path("pyproject.toml").exists():
    pathlib.Path({mark!r}).touch()
    time.sleep(600)

import dagster as dg

from shared.factory import asset_factory

defs = dg.Definitions(assets=[asset_factory("asset_1", "sales")])
"""
SECONDS_TO_BOOT = 240
SECONDS_TO_END = 20


@pytest.fixture
def fleet(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    drawn = once_per_run(tmp_path_factory, "bundled-fleet", make_fleet)
    shutil.copytree(drawn / "root", tmp_path / "root", symlinks=True)
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(drawn / "cache"))
    return Fleet(tmp_path / "root")


def test_all_are_bundled_booted_and_compared(fleet: Fleet) -> None:
    ended = fleet.run("bundle", "--all", "--format", "json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    bundles = json.loads(ended.stdout)["bundles"]
    assert [(each["location"]["name"], each["outcome"], each["verdict"]["verdict"]) for each in bundles] == [
        ("marketing", "applied", "unchanged"),
        ("sales", "applied", "unchanged"),
    ]
    assert not [change for each in bundles for change in each["verdict"]["code"]]
    shared = [each["sha256"] for bundle in bundles for each in bundle["first_party"] if each["name"] == "shared"]
    assert len(shared) == 2
    assert len(set(shared)) == 1


def test_only_what_a_change_reaches_is_bundled(fleet: Fleet) -> None:
    fleet.replace("sales/src/sales/definitions.py", "asset_2", "asset_3")
    assert fleet.run("bundle", "--base", "HEAD").returncode == 0
    assert [each.name for each in (fleet.root / "dist/bundles").iterdir()] == ["sales"]
    shutil.rmtree(fleet.root / "dist")
    fleet.commit()
    assert "nothing to bundle" in fleet.run("bundle", "--base", "HEAD").stdout
    assert not (fleet.root / "dist").exists()


def test_a_bundle_that_does_not_boot_is_kept_under_another_name(fleet: Fleet) -> None:
    fleet.write("sales/src/sales/definitions.py", READS_A_FILE_BESIDE_IT)
    fleet.write("sales/names.txt", "asset_1 asset_2\n")
    ended = fleet.run("bundle", "-l", "sales")
    assert ended.returncode == 1
    assert "refused: the bundle of sales is not as it should be; kept as dist/bundles/sales.refused" in ended.stdout
    assert "FileNotFoundError" in ended.stdout
    assert "sales/src/sales/definitions.py:7" in ended.stdout
    assert [each.name for each in (fleet.root / "dist/bundles").iterdir()] == ["sales.refused"]


def test_a_bundle_that_defines_less_is_refused_with_the_difference(fleet: Fleet) -> None:
    assert fleet.run("bundle", "-l", "sales").returncode == 0
    before = (fleet.root / "dist/bundles/sales/bundle.json").read_bytes()
    fleet.write("sales/src/sales/definitions.py", ASKS_WHERE_IT_IS)
    ended = fleet.run("bundle", "-l", "sales")
    assert ended.returncode == 1
    assert "breaking" in ended.stdout
    assert "− asset" in ended.stdout  # noqa: RUF001 - the minus sign of the report
    assert "sales/asset_2" in ended.stdout
    assert (fleet.root / "dist/bundles/sales/bundle.json").read_bytes() == before


def test_a_server_that_never_becomes_healthy_is_given_up(fleet: Fleet, tmp_path: Path) -> None:
    fleet.write("sales/src/sales/definitions.py", HANGS_ELSEWHERE.format(mark=str(tmp_path / "mark")))
    ended = fleet.run("bundle", "-l", "sales", "--timeout", "8")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert (tmp_path / "mark").exists()
    assert "8 seconds" in ended.stdout
    assert [each.name for each in (fleet.root / "dist/bundles").iterdir()] == ["sales.refused"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_it_boots_it_leaves_no_bundle_and_nothing_running(
    fleet: Fleet, tmp_path: Path, number: signal.Signals
) -> None:
    mark = tmp_path / "mark"
    fleet.write("sales/src/sales/definitions.py", HANGS_ELSEWHERE.format(mark=str(mark)))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    running = subprocess.Popen(
        [COMMONS, "bundle", "-l", "sales"],
        cwd=fleet.root,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + SECONDS_TO_BOOT
    while not mark.exists() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    started = descendants(running.pid)
    running.send_signal(number)
    out, said = running.communicate(timeout=SECONDS_TO_END)
    assert (running.returncode, "interrupted" in said, mark.exists()) == (130, True, True), out + said
    assert started
    assert not [each for each in started if is_running(each)]
    assert not (fleet.root / "dist").exists()
    assert not list(scratch.iterdir())


def test_variables_of_the_shell_are_not_there_but_those_given_are(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (fleet.root / "sales/src/sales/definitions.py").read_text()
    fleet.write("sales/src/sales/definitions.py", f"import os\n\nTEAM = os.environ['TEAM']\n{text}")
    monkeypatch.setenv("TEAM", "red")
    assert "TEAM" in (refused := fleet.run("bundle", "-l", "sales")).stdout
    assert refused.returncode == 1
    fleet.write("commons.toml", '[locations.sales]\nenv = { TEAM = "red" }\n')
    assert fleet.run("bundle", "-l", "sales").returncode == 0


def test_what_cannot_be_proven_here_is_not_made_unless_that_is_asked_for(fleet: Fleet) -> None:
    other = "linux/arm64" if platform.machine() == "x86_64" else "linux/amd64"
    ended = fleet.run("bundle", "-l", "sales", "--platform", other)
    assert ended.returncode == 1
    assert f"not compared: it is for {other}" in ended.stdout
    assert not (fleet.root / "dist").exists()
    assert fleet.run("bundle", "-l", "sales", "--platform", other, "--no-proof").returncode == 0


@pytest.mark.matrix
def test_a_pex_is_unpacked_and_booted_as_dagster_plus_serverless_does(fleet: Fleet, tmp_path: Path) -> None:
    ended = fleet.run("bundle", "-l", "sales", "--pex", "--vendor-all", "--format", "json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (bundle,) = json.loads(ended.stdout)["bundles"]
    assert bundle["pex"]["file"] == "dist/bundles/sales.pex"
    assert bundle["pex"]["verdict"]["verdict"] == "unchanged"
    pex = fleet.root / "dist/bundles/sales.pex"
    first = pex.read_bytes()
    with zipfile.ZipFile(pex) as archive:
        assert str(tmp_path) not in archive.read("PEX-INFO").decode()
    assert fleet.run("bundle", "-l", "sales", "--pex", "--no-proof", "-o", str(tmp_path / "sales")).returncode == 0
    assert (tmp_path / "sales.pex").read_bytes() == first
