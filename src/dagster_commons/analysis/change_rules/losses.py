"""Breaking changes: state is lost, or what worked before is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.change_rules.config_types import accepts_less
from dagster_commons.analysis.change_rules.rule import ALL_KINDS, ChangeRule, gains, loses, vanishes

if TYPE_CHECKING:
    from dagster_commons.model.definitions import ObjectKind

_HISTORY_STAYS = "its history stays on the old key"
_PARTITIONED: tuple[ObjectKind, ...] = ("asset", "check", "job", "schedule", "sensor")
_PARTITIONS = "what is materialised belongs to the partitions that were"

RULES = (
    ChangeRule(
        id="asset-removed",
        severity="breaking",
        reason="its materialisations and partitions have no asset any more",
        objects=("asset",),
        kind="removed",
        old=(("group", "default"),),
        new=None,
    ),
    ChangeRule(
        id="check-removed",
        severity="breaking",
        reason="nothing is checked any more, and its results have no check",
        objects=("check",),
        kind="removed",
        old=(("blocking", False),),
        new=None,
    ),
    ChangeRule(
        id="job-removed",
        severity="breaking",
        reason="what launches it fails, and its runs have no job any more",
        objects=("job",),
        kind="removed",
        old=(("executor", "multiprocess"),),
        new=None,
    ),
    ChangeRule(
        id="schedule-removed",
        severity="breaking",
        reason="nothing runs on it any more, and whether it is on is forgotten",
        objects=("schedule",),
        kind="removed",
        old=(("cron", "0 3 * * *"),),
        new=None,
    ),
    ChangeRule(
        id="sensor-removed",
        severity="breaking",
        reason="nothing runs on it any more; its cursor and whether it is on are forgotten",
        objects=("sensor",),
        kind="removed",
        old=(("interval", 30),),
        new=None,
    ),
    ChangeRule(
        id="asset-renamed",
        severity="breaking",
        reason=f"{_HISTORY_STAYS}: materialisations and partitions",
        objects=("asset",),
        kind="renamed",
        old=(("io_manager_key", "warehouse"),),
        new=(("io_manager_key", "warehouse"),),
    ),
    ChangeRule(
        id="check-renamed",
        severity="breaking",
        reason="its history stays on the old name: the results so far",
        objects=("check",),
        kind="renamed",
        old=(("blocking", True),),
        new=(("blocking", True),),
    ),
    ChangeRule(
        id="job-renamed",
        severity="breaking",
        reason="its history stays on the old name: the runs so far",
        objects=("job",),
        kind="renamed",
        old=(("executor", "multiprocess"),),
        new=(("executor", "multiprocess"),),
    ),
    ChangeRule(
        id="schedule-renamed",
        severity="breaking",
        reason="its history stays on the old name: ticks, and whether it is on",
        objects=("schedule",),
        kind="renamed",
        old=(("cron", "0 3 * * *"),),
        new=(("cron", "0 3 * * *"),),
    ),
    ChangeRule(
        id="sensor-renamed",
        severity="breaking",
        reason="its history stays on the old name: ticks, cursor, and whether it is on",
        objects=("sensor",),
        kind="renamed",
        old=(("interval", 30),),
        new=(("interval", 30),),
    ),
    ChangeRule(
        id="partitions-changed",
        severity="breaking",
        reason=_PARTITIONS,
        objects=_PARTITIONED,
        fields=("partitions", "partitions.*"),
        other_than=("partitions.keys", "partitions.*.keys"),
        old=(("partitions.kind", "daily"), ("partitions.start", "2024-01-01")),
        new=(("partitions.kind", "hourly"), ("partitions.start", "2024-01-01T00:00")),
    ),
    ChangeRule(
        id="partitions-lost",
        severity="breaking",
        reason=_PARTITIONS,
        objects=_PARTITIONED,
        fields=("partitions.keys", "partitions.*.keys"),
        direction=loses,
        old=(("partitions.keys", ("de", "fr")), ("partitions.kind", "static")),
        new=(("partitions.keys", ("de", "it")), ("partitions.kind", "static")),
    ),
    ChangeRule(
        id="config-required",
        severity="breaking",
        reason="runs that do not set it are refused",
        objects=ALL_KINDS,
        fields=("config.*.required",),
        direction=lambda old, new: new is True and old is not True,
        old=(("config.retries.default", 3), ("config.retries.required", False), ("config.retries.type", "Int")),
        new=(("config.retries.required", True), ("config.retries.type", "Int")),
    ),
    ChangeRule(
        id="config-removed",
        severity="breaking",
        reason="runs that set it are refused",
        objects=ALL_KINDS,
        fields=("config.*.required",),
        direction=vanishes,
        old=(("config.retries.required", False), ("config.retries.type", "Int")),
        new=(),
    ),
    ChangeRule(
        id="config-narrowed",
        severity="breaking",
        reason="values that were accepted are refused",
        objects=ALL_KINDS,
        fields=("config.*.type",),
        direction=accepts_less,
        old=(("config.retries.required", True), ("config.retries.type", "Int")),
        new=(("config.retries.required", True), ("config.retries.type", "Bool")),
    ),
    ChangeRule(
        id="resource-required",
        severity="breaking",
        reason="it fails wherever that resource is not given",
        objects=ALL_KINDS,
        fields=("required_resources",),
        direction=gains,
        old=(("required_resources", ("io_manager",)),),
        new=(("required_resources", ("io_manager", "warehouse")),),
    ),
)
