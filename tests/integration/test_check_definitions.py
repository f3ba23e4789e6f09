"""`commons check --definitions` on real Dagster: what the definitions of all code locations say together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from compared_fleet import Fleet, make_fleet
from stories.conftest import files_below

pytestmark = pytest.mark.network

TARGETS = """\
import dagster as dg

from shared.factory import asset_factory

NOBODY = dg.AssetSelection.groups("nobody")


@dg.sensor(name="of_side_effects")
def of_side_effects():
    yield dg.SkipReason("nothing to do")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[
        dg.JobSelector(location_name="marketing", repository_name="__repository__", job_name="gone"),
    ],
)
def waiting(): ...


defs = dg.Definitions(
    assets=[asset_factory("asset_1", "sales"), asset_factory("asset_2", "sales", deps=["nowhere"])],
    jobs=[
        dg.define_asset_job("of_nothing", selection=NOBODY),
        dg.define_asset_job("of_all", selection="*"),
    ],
    schedules=[
        dg.ScheduleDefinition(name="selects_nothing", target=NOBODY, cron_schedule="@daily"),
        dg.ScheduleDefinition(name="of_an_empty_job", job_name="of_nothing", cron_schedule="@daily"),
        dg.ScheduleDefinition(name="fine", job_name="of_all", cron_schedule="@daily"),
        dg.ScheduleDefinition(name="fine_too", target="*", cron_schedule="@daily"),
    ],
    sensors=[of_side_effects, waiting, dg.AutomationConditionSensorDefinition("automatic", target=NOBODY)],
)
"""
OPS = """\
import dagster as dg


def make(prefix):
    @dg.op(name="load")
    def load():
        return 1

    @dg.graph_asset(name=f"{prefix}_a")
    def a():
        return load()

    return a


defs = dg.Definitions(assets=[make("one"), make("two")])
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("checked")
    make_fleet(base)
    return base


@pytest.fixture
def fleet(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(prepared / "cache"))
    return Fleet(Path(shutil.copytree(prepared / "root", tmp_path / "root")))


def checked(fleet: Fleet, *words: str, code: int) -> dict[str, Any]:
    before = files_below(fleet.root)
    ended = fleet.run("check", "--select", "DEF", "--format", "json", *words)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert files_below(fleet.root) == before
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def found(fleet: Fleet, *words: str, code: int) -> list[tuple[str, str, str]]:
    return [
        (each["rule"], each["subject"], each["message"])
        for each in checked(fleet, "--definitions", *words, code=code)["findings"]
    ]


def test_definitions_that_go_together(fleet: Fleet) -> None:
    assert checked(fleet, "--definitions", code=0) == {"findings": [], "format": 1, "skipped": []}
    assert "definitions loaded, nothing written" in fleet.run("check", "--definitions", "--offline").stdout


def test_without_the_option_nothing_is_imported(fleet: Fleet, tmp_path: Path) -> None:
    marker = tmp_path / "imported"
    fleet.write("sales/src/sales/definitions.py", f"open({str(marker)!r}, 'w').close()\nraise ValueError('no')\n")
    assert fleet.run("check", "--offline").returncode == 0
    assert not marker.exists()
    [finding] = checked(fleet, "--definitions", code=1)["findings"]
    assert (finding["rule"], finding["file"], finding["line"]) == ("DEF005", "sales/src/sales/definitions.py", 2)
    assert finding["message"] == "ValueError: no"
    assert marker.exists()


def test_a_key_that_both_produce_and_a_dependency_that_none_defines(fleet: Fleet) -> None:
    fleet.replace("marketing/src/marketing/definitions.py", '("asset_1", "marketing")', '("asset_1", "sales")')
    fleet.replace(
        "marketing/src/marketing/definitions.py",
        '"asset_2", "marketing")',
        '"asset_2", "marketing", deps=["oders"])',
    )
    assert found(fleet, code=1) == [
        ("DEF001", "sales", "asset sales/asset_1 is produced by marketing and sales"),
        ("DEF002", "marketing", "asset marketing/asset_2 depends on oders, which no code location defines"),
    ]
    assert found(fleet, "-l", "marketing", code=1)[0][:2] == ("DEF001", "marketing")


def test_schedules_and_sensors_that_target_nothing(fleet: Fleet) -> None:
    fleet.write("sales/src/sales/definitions.py", TARGETS)
    assert [message for rule, _, message in found(fleet, "--ignore", "DEF002", code=0) if rule == "DEF004"] == [
        "schedule of_an_empty_job targets of_nothing, which selects nothing",
        "schedule selects_nothing selects nothing",
        "sensor automatic selects nothing",
        "sensor waiting waits for marketing/gone, which is not there",
    ]


def test_a_factory_whose_ops_collide(fleet: Fleet) -> None:
    fleet.write("marketing/src/marketing/definitions.py", OPS)
    told = checked(fleet, "--definitions", code=1)
    assert [(each["rule"], each["message"]) for each in told["findings"]] == [
        ("DEF003", "two different ops are called load")
    ]
    assert {each["rule"] for each in told["skipped"]} == {"DEF001", "DEF002", "DEF004"}
