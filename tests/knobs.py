"""The location `knobbed`: one knob per thing that a snapshot must show, and what each must show, no more and no less."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.model.workspace import Target
from dagster_commons.probe.snapshots import SnapshotRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.definitions import Snapshot

FIXTURES = Path(__file__).parent / "fixtures_dagster"
# `-` an object is gone, `+` there is a new one; otherwise object and field.
KNOBS: dict[str, tuple[str, ...]] = {
    "freshness": ("asset facts freshness_policy",),
    "asset config default": ("asset facts config.limit.default",),
    "asset config type": ("asset facts config.size.default", "asset facts config.size.type"),
    "op config default": ("job fan ops.prepare.config.retries.default", "job work ops.prepare.config.retries.default"),
    "resource default": ("resource secret config.timeout.default", "resource store config.timeout.default"),
    "resource type": (
        "resource secret config.depth.default",
        "resource secret config.depth.type",
        "resource store config.depth.default",
        "resource store config.depth.type",
    ),
    "partitions start": ("asset days partitions.start", "job by_day partitions.start"),
    "partitions kind": ("asset weeks partitions.cron", "asset weeks partitions.format", "asset weeks partitions.kind"),
    "partitions keys": ("asset countries partitions.keys",),
    "partitions dimension": ("asset both partitions.sort.keys",),
    "partitions name": ("asset customers partitions.name",),
    "partition mapping": ("asset later_days partition_mapping.days",),
    "backfill policy": ("asset later_days backfill_policy",),
    "deps": ("asset facts deps",),
    "automation": ("+ sensor default_automation_condition_sensor", "asset facts automation_condition"),
    "group": ("asset facts group",),
    "kinds": ("asset facts kinds",),
    "tags": ("asset facts tags.tier",),
    "owners": ("asset facts owners",),
    "metadata": ("asset facts metadata.rows",),
    "code version": ("asset facts code_version",),
    "description": ("asset facts description",),
    "io manager key": ("asset facts io_manager_key",),
    "retry policy": ("asset facts retry_policy",),
    "op tags": ("asset facts op_tags.cpu",),
    "pool": ("asset facts pool",),
    "dagster type": ("asset facts dagster_type",),
    "resource requirement": ("asset facts required_resources",),
    "asset renamed": ("- asset old_name", "+ asset new_name"),
    "spec code version": ("asset left code_version",),
    "skippable": ("asset right optional",),
    "can subset": ("asset left can_subset", "asset right can_subset"),
    "graph asset": (
        "asset assembled ops.output_mappings.result",
        "asset assembled ops.second.definition",
        "asset assembled ops.second.inputs.number.from",
        "asset assembled ops.second.outputs.result.io_manager_key",
        "asset assembled ops.second.outputs.result.type",
        "asset assembled ops.third.definition",
        "asset assembled ops.third.inputs.number.from",
        "asset assembled ops.third.outputs.result.io_manager_key",
        "asset assembled ops.third.outputs.result.type",
    ),
    "external group": ("asset outside group",),
    "observed group": ("asset observed group",),
    "check blocking": ("check facts:sound blocking",),
    "check description": ("check facts:sound description",),
    "check deps": ("check facts:sound deps",),
    "op retry policy": ("job fan ops.prepare.retry_policy", "job work ops.prepare.retry_policy"),
    "tags of an op": ("job fan ops.prepare.op_tags.cpu", "job work ops.prepare.op_tags.cpu"),
    "op output type": ("job fan ops.prepare.outputs.result.type", "job work ops.prepare.outputs.result.type"),
    "job tags": ("job work tags.team",),
    "job run config": ("job work run_config.ops.prepare.config.retries",),
    "job executor": ("job work executor",),
    "job hooks": ("job work hooks",),
    "job retry policy": ("job work retry_policy",),
    "job metadata": ("job work metadata.page",),
    "job description": ("job work description",),
    "op graph": (
        "job work ops.finish.definition",
        "job work ops.finish.inputs.number.from",
        "job work ops.finish.outputs.result.io_manager_key",
        "job work ops.finish.outputs.result.type",
        "job work ops.finish_otherwise.definition",
        "job work ops.finish_otherwise.inputs.number.from",
        "job work ops.finish_otherwise.outputs.result.io_manager_key",
        "job work ops.finish_otherwise.outputs.result.type",
    ),
    "op wiring": (
        "job fan ops.between.definition",
        "job fan ops.between.inputs.number.from",
        "job fan ops.between.outputs.result.io_manager_key",
        "job fan ops.between.outputs.result.type",
        "job fan ops.third.inputs.number.from",
    ),
    "executor config": ("job parallel executor.config.max_concurrent",),
    "job selection": ("job chosen selection",),
    "asset job config": ("job chosen run_config.ops.source.config.n",),
    "asset job tags": ("job chosen tags.team",),
    "schedule job": ("schedule nightly job",),
    "cron": ("schedule nightly cron",),
    "timezone": ("schedule nightly timezone",),
    "schedule status": ("schedule nightly default_status",),
    "schedule run config": ("schedule nightly run_config.ops.prepare.config.retries",),
    "schedule tags": ("schedule nightly tags.team",),
    "schedule description": ("schedule nightly description",),
    "schedule target": ("schedule of_assets targets",),
    "cron list": ("schedule decorated cron",),
    "sensor job": ("sensor look job",),
    "sensor interval": ("sensor look interval",),
    "sensor status": ("sensor look default_status",),
    "sensor description": ("sensor look description",),
    "sensor target": ("sensor look_at_assets targets",),
    "asset sensor": ("sensor follow monitors.asset_key",),
    "run status": ("sensor listen monitors.run_status",),
    "monitored jobs": ("sensor listen monitors.monitored_jobs",),
    "resource value": ("resource store config.url.value",),
    "hardcoded resource": ("resource more value",),
    "environment variable": ("definitions  resource_variables", "resource secret config.url.value"),
    "default executor": ("definitions  executor",),
    "definitions metadata": ("definitions  metadata.team",),
    "asset config field": ("asset facts config.added.required", "asset facts config.added.type"),
    "resource field": (
        "resource secret config.added.default",
        "resource secret config.added.type",
        "resource store config.added.default",
        "resource store config.added.type",
    ),
    "resource removed": ("- resource removable",),
    "asset removed": ("- asset removable",),
    "check removed": ("- check countries:removable_check",),
    "job removed": ("- job removable_job",),
    "schedule removed": ("- schedule removable_schedule",),
    "sensor removed": ("- sensor removable_sensor",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobbed:
    """A copy of the location in a directory of its own."""

    directory: Path

    @property
    def sources(self) -> Path:
        return self.directory / "src"

    def turned(self, knob: str | None) -> SnapshotRequest:
        """What to ask for a snapshot with only `knob` turned."""
        (self.directory / "turning" / "turned.json").write_text(json.dumps(knob))
        return SnapshotRequest(
            target=Target(kind="module", value="knobbed.definitions"),
            directory=self.sources,
            expect_modules=(("knobbed", self.sources),),
            first_party=((self.sources, "knobbed/src"),),
            path=(self.directory / "turning",),
        )


def make_knobbed(directory: Path) -> Knobbed:
    knobbed = Knobbed(directory=directory)
    shutil.copytree(FIXTURES / "knobbed", knobbed.sources / "knobbed")
    (knobbed.sources / "knobbed" / "__init__.py").touch()
    (directory / "turning").mkdir()
    shutil.copy(FIXTURES / "turning.py", directory / "turning")
    return knobbed


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What differs between two snapshots, as `KNOBS` says it; a field of Dagster's own serialisation as `raw:field`."""
    return sorted(_differences(before, after))


def _differences(before: Snapshot, after: Snapshot) -> Iterator[str]:
    old = {(each.kind, each.name): each for each in before.objects}
    new = {(each.kind, each.name): each for each in after.objects}
    yield from (f"- {kind} {name}" for kind, name in old.keys() - new.keys())
    yield from (f"+ {kind} {name}" for kind, name in new.keys() - old.keys())
    for kind, name in old.keys() & new.keys():
        one, other = old[(kind, name)], new[(kind, name)]
        for prefix, fields in (("", set(one.fields) ^ set(other.fields)), ("raw:", set(one.raw) ^ set(other.raw))):
            yield from (f"{kind} {name} {prefix}{path}" for path in {path for path, _ in fields})
