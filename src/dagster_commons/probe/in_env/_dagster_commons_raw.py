"""The net: what Dagster's own serialisation of a repository says beyond the fields that we know.

It is what a running Dagster tells its webserver, internal but the same on 1.9 to 1.13.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from _dagster_commons_fields import CODE_REFERENCES, pack
from _dagster_commons_values import concealed, plain

Raw = dict[tuple[str, str], dict[str, Any]]

# Said by a field of ours, or following from other objects (which jobs an asset is in, who uses a resource), or saying
# only where a definition is written (the component tree).
COVERED = {
    "asset": """asset_key job_names parent_edges child_edges auto_materialize_policy automation_condition_snapshot
        backfill_policy code_version compute_kind description execution_set_identifier execution_type freshness_policy
        legacy_freshness_policy group_name is_source is_virtual is_observable metadata op_name op_names
        node_definition_name owners partitions pools required_top_level_resources tags auto_observe_interval_minutes""",
    "check": """asset_key name job_names blocking description additional_asset_keys automation_condition
        automation_condition_snapshot execution_set_identifier partitions_def_snapshot""",
    "job": """name active_presets preview_tags owners automation_condition snapshot_id parent_snapshot_id""",
    "schedule": """name cron_schedule job_name op_selection environment_vars execution_timezone description
        default_status asset_selection tags metadata owners""",
    "sensor": """name job_name op_selection min_interval description target_dict metadata default_status sensor_type
        asset_selection tags run_tags owners""",
    "resource": """name resource_snapshot configured_values config_field_snaps config_schema_snap nested_resources
        parent_resources resource_type dagster_maintained is_top_level asset_keys_using job_ops_using schedules_using
        sensors_using""",
    "definitions": """name schedules partition_sets sensors asset_nodes job_datas job_refs resources asset_check_nodes
        metadata utilized_env_vars component_tree defs_state_info""",
}


def raw_fields(repository: Any) -> Raw:
    """By kind and name, what Dagster says of every object, flattened."""
    covered = {kind: frozenset(names.split()) for kind, names in COVERED.items()}
    said: Raw = {}
    for kind, name, snap in _snaps(_repository_snap(repository)):
        flat: dict[str, Any] = {}
        for field in _field_names(snap):
            if field not in covered[kind]:
                flat.update(_flattened(plain(getattr(snap, field), pack), field))
        said[(kind, name)] = {path: concealed(path, value) for path, value in flat.items()}
    return said


def _snaps(snap: Any) -> Iterator[tuple[str, str, Any]]:
    for node in snap.asset_nodes:
        yield "asset", node.asset_key.to_user_string(), node
    for check in snap.asset_check_nodes or ():
        yield "check", f"{check.asset_key.to_user_string()}:{check.name}", check
    for kind, each in (
        *(("job", job) for job in snap.job_refs or ()),
        *(("schedule", schedule) for schedule in snap.schedules),
        *(("sensor", sensor) for sensor in snap.sensors),
        *(("resource", resource) for resource in snap.resources or ()),
    ):
        yield kind, each.name, each
    yield "definitions", "", snap


def _repository_snap(repository: Any) -> Any:
    """Without the snapshots of whole jobs: they repeat what their ops say, and take the square of the assets' time."""
    import dagster
    from dagster._core.remote_representation.external_data import RepositorySnap

    original = dagster.JobDefinition.get_job_snapshot_id
    dagster.JobDefinition.get_job_snapshot_id = lambda _job: ""
    try:
        return RepositorySnap.from_def(repository, defer_snapshots=True)
    finally:
        dagster.JobDefinition.get_job_snapshot_id = original


def _field_names(snap: Any) -> list[str]:
    """The fields that a record of Dagster's declares."""
    declared = [name for each in type(snap).__mro__ for name in vars(each).get("__annotations__", ())]
    return sorted({name for name in declared if not name.startswith("_")})


def _flattened(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The leaves of a plain value by path; a list of plain values is a leaf, other lists are numbered."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key not in ("__class__", CODE_REFERENCES):
                yield from _flattened(each, f"{path}.{key}")
    elif isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value):
        for number, each in enumerate(value):
            yield from _flattened(each, f"{path}.{number}")
    elif value or value == 0:
        yield path, value
