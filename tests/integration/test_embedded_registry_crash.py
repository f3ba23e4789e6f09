"""The embedded registry under concurrent publishers, `kill -9` at every step, and a disk that fills up."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.tools.indexes import embedded
from wheelhouse import write_sdist, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHERS = 8

PUBLISH = """
import sys
from pathlib import Path
from dagster_commons.errors import VersionPolicyError
from dagster_commons.tools.indexes import embedded
print("ready", flush=True)
sys.stdin.read(1)
try:
    embedded.publish(Path(sys.argv[1]), tuple(map(Path, sys.argv[2:])))
except VersionPolicyError as error:
    sys.exit(error.exit_code)
"""

# Kills itself before the STEP-th call that changes the file system.
PUBLISH_AND_DIE = """
import os, signal, sys
from pathlib import Path
from dagster_commons.tools.indexes import embedded
remaining = int(sys.argv[1])

def fatal(call):
    def counting(*arguments, **keywords):
        global remaining
        remaining -= 1
        if remaining < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **keywords)
    return counting

for name in ("open", "fsync", "fchmod", "link", "replace", "unlink", "mkdir"):
    setattr(os, name, fatal(getattr(os, name)))
embedded.publish(Path(sys.argv[2]), tuple(map(Path, sys.argv[3:])))
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    directory = tmp_path / "registry"
    embedded.initialise(directory, names=("shared",))
    return directory


def test_of_concurrent_publishers_with_different_bytes_exactly_one_wins(registry: Path, tmp_path: Path) -> None:
    wheels = [
        write_wheel(tmp_path / f"publisher {number}", "shared", "0.1.3", source=f"number = {number}\n" * 20_000)
        for number in range(PUBLISHERS)
    ]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISH, registry, wheel], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for wheel in wheels
    ]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == b"ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.close()
    codes = [each.wait() for each in running]
    for each in running:
        assert each.stdout is not None
        each.stdout.close()

    assert sorted(codes) == [0, *[7] * (PUBLISHERS - 1)]
    winner = wheels[codes.index(0)]
    assert (registry / "shared" / winner.name).read_bytes() == winner.read_bytes()
    assert embedded.verify(registry) == ()


def test_concurrent_publishers_of_different_versions_are_all_listed(registry: Path, tmp_path: Path) -> None:
    wheels = [write_wheel(tmp_path, "shared", f"0.1.{number}") for number in range(PUBLISHERS)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISH, registry, wheel], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        for wheel in wheels
    ]

    assert [each.wait() for each in running] == [0] * PUBLISHERS
    assert len(embedded.releases(registry, "shared")) == PUBLISHERS
    assert embedded.verify(registry) == ()


def test_killed_at_any_step_it_lists_nothing_or_all_and_completes_when_run_again(tmp_path: Path) -> None:
    files = (write_wheel(tmp_path, "shared", "0.1.3"), write_sdist(tmp_path, "shared", "0.1.3"))
    listed = set()
    for step in range(1000):
        registry = tmp_path / f"registry {step}"
        embedded.initialise(registry, names=())
        died = subprocess.run(
            [sys.executable, "-c", PUBLISH_AND_DIE, str(step), registry, *files], check=False, capture_output=True
        )
        assert died.returncode in (0, -signal.SIGKILL), died.stderr
        listed.add(files_listed(registry))
        embedded.publish(registry, files)
        assert files_listed(registry) == 2
        assert embedded.verify(registry) == ()
        assert not list(registry.rglob("*.part"))
        if died.returncode == 0:
            break
    assert listed == {0, 2}
    assert step > 15, "the steps were not counted"


def files_listed(registry: Path) -> int:
    """How many files the page lists; each of them is whole."""
    incomplete = [each for each in embedded.verify(registry) if "no page lists" not in each.message]
    assert incomplete == []
    return sum(len(release.files) for release in embedded.releases(registry, "shared"))


def test_a_full_disk_leaves_the_registry_as_it_was(registry: Path, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "shared", "0.1.3", source="big = True\n" * 20_000)
    before = sorted(registry.rglob("*"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ToolError, match="cannot write the registry: File too large"):
            embedded.publish(registry, (wheel,))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert sorted(registry.rglob("*")) == before
    assert embedded.publish(registry, (wheel,))
