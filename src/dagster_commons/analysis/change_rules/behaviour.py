"""Notable changes: what runs, when it runs, or how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.change_rules.config_types import accepts_less
from dagster_commons.analysis.change_rules.rule import ALL_KINDS, ChangeRule, gains

if TYPE_CHECKING:
    from dagster_commons.model.definitions import ObjectKind, Value

STARTERS: tuple[ObjectKind, ...] = ("schedule", "sensor")
RUNS: tuple[ObjectKind, ...] = ("job", "schedule", "sensor")
# Tags that run launchers, queues and executors read.
MACHINE_TAGS = tuple(
    f"{tags}.{key}*" for tags in ("tags", "run_tags", "job_tags") for key in ("dagster/", "dagster-", "ecs/")
)

_COMPUTED: tuple[ObjectKind, ...] = ("asset", "check")
_OPS: tuple[ObjectKind, ...] = ("asset", "check", "job")
_LAUNCHED = "its runs are launched, queued or retried otherwise"


def _field(
    id: str,  # noqa: A002 - the field's own name
    reason: str,
    objects: tuple[ObjectKind, ...],
    field: str,
    *values: Value,
    fields: tuple[str, ...] | None = None,
) -> ChangeRule:
    """A rule for one field whatever its direction; `values` are those of its example, old and new."""
    old, new = values
    return ChangeRule(
        id=id,
        severity="notable",
        reason=reason,
        objects=objects,
        fields=fields or (field,),
        old=() if old is None else ((field, old),),
        new=() if new is None else ((field, new),),
    )


RULES = (
    ChangeRule(
        id="resource-removed",
        severity="notable",
        reason="what asks for it by key gets none",
        objects=("resource",),
        kind="removed",
        old=(("type", "Warehouse"),),
        new=None,
    ),
    ChangeRule(
        id="resource-renamed",
        severity="notable",
        reason="what asks for it by the old key gets none",
        objects=("resource",),
        kind="renamed",
        old=(("type", "Warehouse"),),
        new=(("type", "Warehouse"),),
    ),
    ChangeRule(
        id="config-optional",
        severity="notable",
        reason="runs that do not set it are no longer refused",
        objects=ALL_KINDS,
        fields=("config.*.required",),
        direction=lambda old, new: old is True and new is False,
        old=(("config.retries.required", True), ("config.retries.type", "Int")),
        new=(
            ("config.retries.default", 3),
            ("config.retries.required", False),
            ("config.retries.type", "Int"),
        ),
    ),
    ChangeRule(
        id="config-widened",
        severity="notable",
        reason="it accepts values that it refused",
        objects=ALL_KINDS,
        fields=("config.*.type",),
        direction=lambda old, new: not accepts_less(old, new),
        old=(("config.retries.required", True), ("config.retries.type", "Int")),
        new=(("config.retries.required", True), ("config.retries.type", "Float")),
    ),
    ChangeRule(
        id="resource-no-longer-required",
        severity="notable",
        reason="it runs without that resource",
        objects=ALL_KINDS,
        fields=("required_resources",),
        direction=lambda old, new: not gains(old, new),
        old=(("required_resources", ("io_manager", "warehouse")),),
        new=(("required_resources", ("io_manager",)),),
    ),
    _field(
        "config-default",
        "runs that do not set it get another value",
        ALL_KINDS,
        "config.retries.default",
        3,
        5,
        fields=("config.*.default",),
    ),
    _field(
        "resource-value",
        "it is configured with another value",
        ("resource",),
        "config.schema.value",
        "main",
        "raw",
        fields=("value", "value.*"),
    ),
    _field("deps", "it waits for other assets", _COMPUTED, "deps", ("raw/a",), ("raw/a", "raw/b")),
    _field(
        "partition-mapping",
        "it reads other partitions of what it depends on",
        ("asset", "check"),
        "partition_mapping.raw/a",
        "IdentityPartitionMapping()",
        "LastPartitionMapping()",
        fields=("partition_mapping", "partition_mapping.*"),
    ),
    _field("automation", "it runs at other times", _OPS, "automation_condition", None, "eager"),
    _field("io-manager", "it is stored elsewhere or otherwise", ("asset",), "io_manager_key", "io_manager", "lake"),
    _field(
        "backfill-policy", "backfills make other runs", ("asset", "job"), "backfill_policy", "multi_run", "single_run"
    ),
    _field(
        "freshness",
        "it counts as late at other times",
        ("asset",),
        "freshness_policy",
        None,
        "1 day",
        fields=("freshness_policy", "legacy_freshness_policy"),
    ),
    _field("code-version", "it counts as changed", _OPS, "code_version", "1", "2"),
    _field("retry-policy", "it is retried otherwise", _OPS, "retry_policy", None, "RetryPolicy(3)"),
    _field(
        "op-tags",
        "its steps are run otherwise",
        _OPS,
        "op_tags.dagster/priority",
        None,
        "3",
        fields=("op_tags", "op_tags.*"),
    ),
    _field("pool", "its steps queue elsewhere", _OPS, "pool", None, "warehouse"),
    _field("dagster-type", "its value is checked otherwise", ("asset",), "dagster_type", "Any", "DataFrame"),
    _field("execution", "whether Dagster materialises it", ("asset",), "execution", "materialization", "unexecutable"),
    _field("op-name", "the op behind it has another name: run config goes by it", _COMPUTED, "op", "load", "load_all"),
    _field("can-subset", "whether its keys can be materialised one by one", ("asset",), "can_subset", None, True),
    _field("optional", "whether it may be left out of a run", ("asset",), "optional", None, True),
    _field("virtual", "whether it is stored at all", ("asset",), "virtual", None, True),
    _field("observe-interval", "it is observed at other times", ("asset",), "observe_interval_minutes", 5, 10),
    _field("blocking", "whether its failure stops what comes after", ("check",), "blocking", False, True),
    _field("selection", "it runs other assets", ("job",), "selection", ("a", "b"), ("a", "c")),
    _field("ops", "it runs other ops, or wires them otherwise", _OPS, "ops.a.definition", "a", None, fields=("ops.*",)),
    _field("config-mapping", "its configuration is made otherwise", _OPS, "config_mapping", None, True),
    _field("run-tags", _LAUNCHED, RUNS, "tags.dagster/max_retries", "1", "3", fields=MACHINE_TAGS),
    _field(
        "run-config",
        "its runs get other configuration",
        ("job", "schedule"),
        "run_config.ops.load.config.limit",
        10,
        20,
        fields=("run_config", "run_config.*"),
    ),
    _field("partitioned-config", "its runs get other configuration", ("job",), "partitioned_config", None, True),
    _field(
        "executor",
        "its steps run elsewhere or otherwise",
        ("job", "definitions"),
        "executor",
        "multiprocess",
        "k8s",
        fields=("executor", "executor.*"),
    ),
    _field("hooks", "something else happens when its steps end", _OPS, "hooks", ("slack",), None),
    _field("loggers", "its runs are logged elsewhere", ("job",), "loggers", None, ("json",)),
    _field("job-resources", "it brings other resources of its own", ("job",), "resources", None, ("warehouse",)),
    _field("cron", "it runs at other times", ("schedule",), "cron", "0 3 * * *", "0 5 * * *"),
    _field("timezone", "it runs at other times", ("schedule",), "timezone", "UTC", "Europe/Berlin"),
    _field("environment", "it needs other variables", ("schedule",), "environment", None, ("REGION",)),
    _field("op-selection", "it runs other ops", ("schedule",), "op_selection", None, ("load",)),
    _field("job", "it runs another job", STARTERS, "job", ("nightly",), ("weekly",)),
    _field(
        "targets",
        "it runs other assets",
        STARTERS,
        "targets",
        ("a", "b"),
        ("a", "c"),
        fields=("targets", "target_selection"),
    ),
    _field(
        "default-status", "whether it is on where nobody switched it", STARTERS, "default_status", "STOPPED", "RUNNING"
    ),
    _field("interval", "it looks at other times", ("sensor",), "interval", 30, 60),
    _field("sensor-kind", "it is another kind of sensor", ("sensor",), "kind", "STANDARD", "ASSET"),
    _field(
        "monitors", "it listens to something else", ("sensor",), "monitors.asset_key", "a", "b", fields=("monitors.*",)
    ),
    _field(
        "sensor-automation",
        "it evaluates conditions otherwise",
        ("sensor",),
        "default_condition",
        None,
        "eager",
        fields=("default_condition", "emit_backfills", "use_user_code_server"),
    ),
    _field("resource-type", "another class is behind the key", ("resource",), "type", "acme:Warehouse", "acme:Lake"),
    _field("resource-version", "it counts as changed", ("resource",), "version", "1", "2"),
    _field("nested", "it uses another resource", ("resource",), "nested.pool", "a", "b", fields=("nested.*",)),
    _field("variables", "its resources read other variables", ("definitions",), "resource_variables", None, ("DSN",)),
)
