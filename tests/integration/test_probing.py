"""One process that has imported Dagster takes the snapshots of all environments that are alike for it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_commons.probe.snapshots import snapshot
from dagster_commons.proof.probing import probing
from dagster_commons.tools.uv import uv
from dagster_environments import NEWEST_DAGSTER, OLDEST_DAGSTER, OWN_PYTHON, dagster_of
from drawn_locations import draw_location, find, loaded, names, request_for
from environments import Environment, once_per_run

if TYPE_CHECKING:
    from dagster_commons.probe.snapshots import SnapshotRequest

pytestmark = pytest.mark.network

TIMEOUT_SECONDS = 120.0
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
CURIOUS = """
    import importlib.metadata
    import shutil
    import sys
    import sysconfig

    import dagster as dg
    import dagster.components
    import humanize
    from humanize import __version__

    @dg.asset(
        metadata={
            "installed": importlib.metadata.version("humanize"),
            "imported": __version__,
            "everything": sorted(f"{each.name} {each.version}" for each in importlib.metadata.distributions()),
            "place": humanize.__file__,
            "prefixes": [sys.prefix, sys.exec_prefix, sys.executable, sysconfig.get_path("purelib")],
            "program": str(shutil.which("dagster")),
            "search": sorted(each for each in sys.path if "site-packages" in each),
            "packages": sorted(dagster.components.__path__),
        }
    )
    def orders():
        return 1

    defs = dg.Definitions(assets=[orders])
"""


def environment_with(factory: pytest.TempPathFactory, humanize: str, python: str) -> Environment:
    """Of that Python; a copy of the environment that other tests have of it, with one more package."""

    def make(directory: Path) -> None:
        base = dagster_of(factory, NEWEST_DAGSTER, python)
        uv(directory.parent, "venv", "--quiet", "--python", str(base.python.resolve()), str(directory))
        packages = (f"dagster=={NEWEST_DAGSTER}", f"humanize=={humanize}")
        uv(directory.parent, "pip", "install", "--quiet", "--python", str(directory / "bin/python"), *packages)

    return Environment(directory=once_per_run(factory, f"humanize-{humanize}-python-{python}", make))


@pytest.fixture(scope="module")
def curious(tmp_path_factory: pytest.TempPathFactory) -> SnapshotRequest:
    return request_for(draw_location(tmp_path_factory.mktemp("curious"), CURIOUS))


@pytest.fixture
def plain(tmp_path: Path) -> SnapshotRequest:
    return request_for(draw_location(tmp_path / "plain"))


def children() -> set[int]:
    """The processes that we have started and that still run."""
    return {int(each) for task in Path("/proc/self/task").iterdir() for each in (task / "children").read_text().split()}


@pytest.mark.parametrize(
    "python",
    [pytest.param(each, marks=[] if each == OWN_PYTHON else pytest.mark.matrix) for each in PYTHONS],
)
def test_a_server_of_another_environment_gives_what_a_fresh_process_gives(
    tmp_path_factory: pytest.TempPathFactory, curious: SnapshotRequest, python: str
):
    one, two = (environment_with(tmp_path_factory, version, python) for version in ("4.9.0", "4.10.0"))
    before = children()
    with probing(most=2) as probes:
        for environment in (one, two, one):
            found, how = probes.shared(environment.python, curious, timeout_seconds=TIMEOUT_SECONDS)
            assert how == "fork"
            fresh = loaded(snapshot(environment.python, curious))
            assert (loaded(found).objects, loaded(found).code) == (fresh.objects, fresh.code)
            fields = dict(find(loaded(found), "asset", "orders").fields)
            assert fields["metadata.installed"] == fields["metadata.imported"]
        assert len(children() - before) == 1
    assert not children() - before


def test_an_environment_with_another_dagster_gets_a_server_of_its_own_within_the_bound(
    tmp_path_factory: pytest.TempPathFactory, plain: SnapshotRequest
):
    newest, oldest = (dagster_of(tmp_path_factory, version) for version in (NEWEST_DAGSTER, OLDEST_DAGSTER))
    before = children()
    with probing(most=2) as probes:
        for environment, version in ((newest, NEWEST_DAGSTER), (oldest, OLDEST_DAGSTER), (newest, NEWEST_DAGSTER)):
            found, how = probes.shared(environment.python, plain, timeout_seconds=TIMEOUT_SECONDS)
            assert (loaded(found).dagster, how) == (version, "fork")
        assert len(children() - before) == 2
    with probing(most=1) as probes:
        for environment in (newest, oldest, newest):
            probes.shared(environment.python, plain, timeout_seconds=TIMEOUT_SECONDS)
            assert len(children() - before) == 1


def test_a_killed_server_is_replaced(tmp_path_factory: pytest.TempPathFactory, plain: SnapshotRequest):
    environment = dagster_of(tmp_path_factory, NEWEST_DAGSTER)
    before = children()
    with probing(most=2) as probes:
        how = []
        for is_killed in (False, True, False):
            if is_killed:
                (server,) = children() - before
                os.kill(server, signal.SIGKILL)
            found, way = probes.shared(environment.python, plain, timeout_seconds=TIMEOUT_SECONDS)
            assert names(loaded(found)) == ["orders"]
            how.append(way)
        assert how == ["fork", "fresh", "fork"]
