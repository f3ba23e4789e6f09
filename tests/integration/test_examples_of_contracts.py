"""Everything that `examples()` of a module's contracts may return, loaded by real Dagster."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.tools.process import Command, run

if TYPE_CHECKING:
    from pathlib import Path

    from environments import Environment

pytestmark = pytest.mark.network

KINDS = {
    "a": """
@dg.asset(io_manager_key="warehouse", required_resource_keys={"db", "given"})
def asset(): ...
def examples():
    return [asset, {"given": dg.ResourceDefinition.mock_resource()}]
""",
    "b": """
def examples():
    yield dg.AssetSpec("spec")
    yield dg.define_asset_job("asset_job", selection="asset")
    yield dg.Definitions(assets=[dg.AssetSpec("of_definitions")])
""",
    "c": """
@dg.op(required_resource_keys={"queue"})
def one(): ...
@dg.graph
def graph():
    one()
def examples():
    return (one, graph, dg.DailyPartitionsDefinition("2024-01-01"), dg.AutomationCondition.eager())
""",
    "d": """
class Warehouse(dg.ConfigurableResource):
    url: str
def examples():
    return [Warehouse, Warehouse(url="x"), dg.mem_io_manager]
""",
    "e": """
import dataclasses
@dataclasses.dataclass
class Row:
    count: int
class Family(dg.Component, dg.Model, dg.Resolvable):
    key: str
    def build_defs(self, context):
        return dg.Definitions(assets=[dg.AssetSpec(self.key)])
def examples():
    return Family(key="of_component")
""",
    "f": """
class Limits(dg.Config):
    rows: int
@dg.schedule(cron_schedule="0 0 * * *", target="*", required_resource_keys={"clock"})
def nightly(): ...
def examples():
    return [Limits, nightly]
""",
}
DRIVER = """
import json, pathlib, runpy, sys
defs = runpy.run_path(str(pathlib.Path(sys.argv[1]) / "definitions.py"))["defs"]
found = defs.get_repository_def()
found.load_all_definitions()
print(json.dumps({
    "assets": sorted(each.to_user_string() for each in found.asset_graph.get_all_asset_keys()),
    "jobs": sorted(each for each in found.job_names if not each.startswith("__")),
    "schedules": [each.name for each in found.schedule_defs],
    "resources": sorted(each.partition("_")[0] for each in found.get_top_level_resources()),
}))
"""


def loading(directory: Path, environment: Environment, files: dict[str, str]) -> Command:
    """Load `files` as contracts in `directory` and print what they define."""
    script = resources.files("dagster_commons.probe") / "in_env" / "_dagster_commons_contracts.py"
    heads = "from __future__ import annotations\nimport dagster as dg\n"
    contracts = {f"contracts/{name}.py": heads + text for name, text in files.items()}
    draw(directory, {"definitions.py": script.read_text("utf-8"), "driver.py": DRIVER, **contracts})
    return Command(argv=(str(environment.python), "-W", "ignore", str(directory / "driver.py"), str(directory)))


def test_every_kind_is_loaded(tmp_path: Path, dagster_environment: Environment) -> None:
    ended = run(loading(tmp_path, dagster_environment, KINDS))

    found = json.loads(ended.text)
    numbered = [each for each in found["assets"] if each.startswith("example_")]
    assert len(numbered) == 2  # of partitions and of a condition
    assert found["assets"] == ["asset", *numbered, "of_component", "of_definitions", "spec"]
    assert found["jobs"] == ["asset_job", "example_of_Limits", "example_of_graph", "example_of_one"]
    assert found["schedules"] == ["nightly"]
    assert found["resources"] == ["clock", "db", *["example"] * 3, "given", "queue", "warehouse"]


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("None", "TypeError: examples() in contracts/bad.py returns None instead of assets, checks, jobs, "),
        ("'x'", "TypeError: an example is a value of type str, which is none of assets, checks, jobs, "),
        ("[dg.Component]", "TypeError: an example is the class Component, which is none of assets, checks, jobs, "),
    ],
)
def test_what_is_no_example_says_so(tmp_path: Path, dagster_environment: Environment, returned: str, said: str) -> None:
    files = {"bad": f"def examples():\n    return {returned}\n"}

    ended = run(loading(tmp_path, dagster_environment, files), check=False)

    assert said in ended.error_text
