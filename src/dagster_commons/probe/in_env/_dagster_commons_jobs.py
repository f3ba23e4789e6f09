"""Jobs, schedules and sensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _dagster_commons_assets import condition_text
from _dagster_commons_fields import (
    Fields,
    captured,
    config_fields,
    configured_with,
    described,
    keys_of,
    partition_fields,
    put,
    put_each,
    put_tags,
    put_tree,
)
from _dagster_commons_resources import own_resources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _dagster_commons_ops import OpFields

AUTOMATIC_SENSOR = "default_automation_condition_sensor"  # Dagster's own: it follows from the assets
IMPLICIT_PREFIXES = ("__ASSET_JOB", "__anonymous_asset_job")


def is_implicit(job_name: str) -> bool:
    """Whether Dagster made the job by itself: it says nothing that assets, schedules and sensors do not."""
    return job_name.startswith(IMPLICIT_PREFIXES)


def job_fields(
    job: Any, ops: OpFields, *, has_own_executor: bool, resources: dict[str, Any], loggers: dict[str, Any]
) -> Fields:
    """A job; `resources` and `loggers` are those of its repository, which are not said again."""
    fields: Fields = {}
    put(fields, "description", job.description)
    put(fields, "owners", sorted(getattr(job, "owners", None) or ()))
    put_tags(fields, job.tags)
    if job.has_separately_defined_run_tags and job.run_tags != job.tags:
        put_each(fields, "run_tags", job.run_tags)
    put_each(fields, "metadata", job.metadata)
    put(fields, "hooks", sorted(hook.name for hook in job.hook_defs))
    put(fields, "retry_policy", described(job.op_retry_policy))
    put(fields, "automation_condition", condition_text(getattr(job, "automation_condition", None)))
    fields.update(partition_fields(job.partitions_def))
    if job.partitions_def is not None:
        put(fields, "backfill_policy", described(job.backfill_policy))
    _put_configuration(fields, job)
    if has_own_executor:
        put_executor(fields, "executor", job.executor_def)
    if job.has_specified_loggers:
        put(fields, "loggers", sorted(key for key, each in job.loggers.items() if loggers.get(key) is not each))
    fields.update(own_resources(job.resource_defs, resources))
    put_each(fields, "input_values", job.input_values)
    fields.update(_what_it_runs(job, ops))
    return fields


def put_executor(fields: Fields, path: str, executor: Any) -> None:
    """An executor's name, and what it was configured with."""
    if executor is None:
        return
    if not hasattr(executor, "config_schema"):
        fields[path] = described(executor)
        return
    fields[path] = executor.name
    put_tree(fields, f"{path}.config", configured_with(executor.config_schema))


def schedule_fields(schedule: Any, repository: Any) -> Fields:
    fields: Fields = {}
    cron = schedule.cron_schedule
    fields["cron"] = cron if isinstance(cron, str) else list(cron)
    put(fields, "timezone", schedule.execution_timezone)
    fields["default_status"] = schedule.default_status.name
    put(fields, "environment", sorted(schedule.environment_vars or ()))
    put_tree(fields, "run_config", _as_mapping(_run_config_of(schedule)))
    _put_instigator(fields, schedule)
    _put_targets(fields, [schedule.target], repository)
    return fields


def sensor_fields(sensor: Any, repository: Any) -> Fields:
    fields: Fields = {}
    held = captured(getattr(sensor, "_raw_fn", None))
    # Until 1.11 a copy forgets what kind of sensor it was made from; the function that Dagster wraps remembers it.
    original = held.get("self", sensor)
    fields["kind"] = original.sensor_type.name
    fields["default_status"] = sensor.default_status.name
    put(fields, "interval", sensor.minimum_interval_seconds)
    _put_instigator(fields, sensor)
    if sensor.asset_selection is None:
        _put_targets(fields, sensor.targets, repository)
    elif sensor.name != AUTOMATIC_SENSOR:
        graph = repository.asset_graph
        checks = sensor.asset_selection.resolve_checks(graph)
        put(fields, "targets", keys_of(sensor.asset_selection.resolve(graph)) + keys_of(checks))
    put_each(fields, "run_tags", getattr(sensor, "run_tags", None))
    put(fields, "use_user_code_server", getattr(sensor, "_use_user_code_server", None))
    put(fields, "emit_backfills", getattr(sensor, "emit_backfills", None))
    put(fields, "default_condition", condition_text(getattr(sensor, "default_condition", None)))
    _put_monitored(fields, original, held)
    return fields


def _run_config_of(schedule: Any) -> Any:
    """The run config that a schedule was made with.  A copy of it remembers only a function that asks the original."""
    function = getattr(schedule, "_run_config_fn", None)
    if function is not None:
        return captured(function).get("run_config")
    original = captured(getattr(schedule, "_execution_fn", None)).get("self")
    return None if original is None or original is schedule else _run_config_of(original)


def _put_instigator(fields: Fields, instigator: Any) -> None:
    put(fields, "description", instigator.description)
    put(fields, "owners", sorted(getattr(instigator, "owners", None) or ()))
    put(fields, "required_resources", sorted(instigator.required_resource_keys))
    put_tags(fields, instigator.tags)
    put_each(fields, "metadata", instigator.metadata)


def _put_targets(fields: Fields, targets: Iterable[Any], repository: Any) -> None:
    """Jobs by name; of a job that Dagster made for the purpose, its assets and checks."""
    names = [target.job_name for target in targets if target.job_name is not None]
    put(fields, "job", ", ".join(sorted(name for name in names if not is_implicit(name))))
    put(fields, "op_selection", sorted({op for target in targets for op in target.op_selection or ()}))
    for name in names:
        if is_implicit(name) and repository.has_job(name):
            job = repository.get_job(name)
            put(fields, "targets", _selected(job))
            fields.update(partition_fields(job.partitions_def))
            put_each(fields, "job_tags", job.tags)


def _put_monitored(fields: Fields, original: Any, held: dict[str, Any]) -> None:
    """What a sensor listens to: an attribute of it, or of the function that Dagster wraps around the user's."""
    for name in ("asset_key", "monitored_assets", "run_status", "monitored_jobs", "monitor_all_code_locations"):
        own = getattr(original, f"_{name}", None)
        value: Any = held.get(name) if own is None else own
        if type(value) in (list, tuple):  # a record of Dagster's is a tuple, too
            put(fields, f"monitors.{name}", sorted(_name_of_monitored(each) for each in value))
        elif value is not None:
            put(fields, f"monitors.{name}", _name_of_monitored(value))


def _name_of_monitored(value: Any) -> Any:
    if hasattr(value, "to_user_string"):
        return value.to_user_string()
    name = getattr(value, "name", None) or getattr(value, "job_name", None)
    if name is not None and hasattr(value, "location_name"):
        return f"{value.location_name}/{name}"
    return name if isinstance(name, str) else described(value)


def _put_configuration(fields: Fields, job: Any) -> None:
    put_tree(fields, "run_config", _as_mapping(job.run_config))
    if not job.run_config and job.config_mapping is not None:
        fields["config_mapping"] = True
        fields.update(config_fields(job.config_mapping.config_schema))


def _what_it_runs(job: Any, ops: OpFields) -> Fields:
    """Of a job that materialises assets, which; of another, its ops and how they are wired."""
    selection = _selected(job)
    return {"selection": selection} if selection else ops.of_graph(job.graph)


def _selected(job: Any) -> list[str]:
    layer = job.asset_layer
    if layer is None:
        return []
    # Until 1.9 the job's own graph holds its executable assets; from 1.10 it may hold others, too.
    keys = layer.selected_asset_keys if hasattr(layer, "selected_asset_keys") else layer.executable_asset_keys
    return keys_of(keys) + keys_of(layer.asset_graph.asset_check_keys)


def _as_mapping(run_config: Any) -> Any:
    return run_config.to_config_dict() if hasattr(run_config, "to_config_dict") else run_config
