"""Ctrl-C ends a comparison at once, with everything that it has started."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from compared_fleet import COMMONS, LOCATIONS, Fleet, make_fleet
from environments import once_per_run
from processes import descendants, is_running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

SECONDS_TO_START = 120
SECONDS_TO_END = 20


@pytest.fixture
def fleet(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    drawn = once_per_run(tmp_path_factory, "interrupted-fleet", make_fleet)
    shutil.copytree(drawn / "root", tmp_path / "root", symlinks=True)
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(tmp_path / "cache"))
    return Fleet(tmp_path / "root")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_diff_ends_at_once_and_leaves_nothing_running(
    fleet: Fleet, tmp_path: Path, number: signal.Signals
) -> None:
    for name in LOCATIONS:
        mark = f"import pathlib, time\n\npathlib.Path({str(tmp_path / name)!r}).touch()\ntime.sleep(600)\n"
        fleet.write(f"{name}/src/{name}/definitions.py", mark)
    running = subprocess.Popen(
        [COMMONS, "diff", "--from", "HEAD"], cwd=fleet.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + SECONDS_TO_START
    while not any((tmp_path / name).exists() for name in LOCATIONS) and time.monotonic() < deadline:
        time.sleep(0.1)
    started = descendants(running.pid)
    running.send_signal(number)
    _, said = running.communicate(timeout=SECONDS_TO_END)
    assert (running.returncode, "interrupted" in said) == (130, True), said
    assert started
    assert not [each for each in started if is_running(each)]
