"""The net: what Dagster's own serialisation of a repository says beyond the fields that we know.

It is what a running Dagster tells its webserver, internal but the same on 1.9 to 1.13.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from _dagster_commons_fields import CODE_REFERENCES, pack
from _dagster_commons_values import concealed, plain

Raw = dict[tuple[str, str], dict[str, Any]]

# Said by a field of ours, or following from other objects (which jobs an asset is in, who uses a resource).
NAMES_AND_USERS = (
    "name",
    "asset_key",
    "job_names",
    "asset_keys_using",
    "job_ops_using",
    "schedules_using",
    "sensors_using",
)
COVERED: dict[str, tuple[str, ...]] = {
    "asset": (
        "dependencies",
        "depended_by",
        "auto_materialize_policy",
        "automation_condition_snapshot",
        "backfill_policy",
        "code_version",
        "execution_type",
        "group_name",
        "is_source",
        "is_virtual",
        "metadata_entries",
        "op_description",
        "owners",
        "partitions_def_data",
        "pools",
        "required_top_level_resources",
        "tags",
        "freshness_policy",
        "new_freshness_policy",
        "op_name",
        "op_names",
        "node_definition_name",
        "atomic_execution_unit_id",
        "auto_observe_interval_minutes",
        "compute_kind",
    ),
    "check": (
        "blocking",
        "description",
        "additional_asset_keys",
        "automation_condition",
        "automation_condition_snapshot",
        "atomic_execution_unit_id",
        "partitions_def_snapshot",
    ),
    "job": ("active_presets", "preview_tags", "owners", "automation_condition", "is_legacy_pipeline", "snapshot_id"),
    "schedule": (
        "cron_schedule",
        "pipeline_name",
        "solid_selection",
        "environment_vars",
        "execution_timezone",
        "description",
        "default_status",
        "asset_selection",
        "tags",
        "metadata",
        "owners",
    ),
    "sensor": (
        "pipeline_name",
        "solid_selection",
        "min_interval",
        "description",
        "target_dict",
        "metadata",
        "default_status",
        "sensor_type",
        "asset_selection",
        "tags",
        "run_tags",
        "owners",
    ),
    "resource": (
        "resource_snapshot",
        "configured_values",
        "config_field_snaps",
        "config_schema_snap",
        "nested_resources",
        "parent_resources",
        "resource_type",
    ),
    "definitions": (),
}
# Sections of the whole that are not per object, and that a field or an object's own part already says.
SECTIONS = [
    "name",
    "schedules",
    "partition_sets",
    "sensors",
    "asset_nodes",
    "job_datas",
    "job_refs",
    "resources",
    "asset_check_nodes",
    "metadata",
    "utilized_env_vars",
    "component_tree",
    "defs_state_info",
]


def raw_fields(repository: Any) -> Raw:
    """By kind and name, what Dagster says of every object, flattened."""
    said: Raw = {}
    covered = {kind: frozenset((*NAMES_AND_USERS, *names)) for kind, names in COVERED.items()}
    for kind, name, snap in _snaps(repository):
        flat = said.setdefault((kind, name), {})
        for path, value in _flattened(plain(snap, pack)):
            if path.split(".", 1)[0] not in covered[kind] and value is not None:
                flat[path] = concealed(path, value)
    return said


def _snaps(repository: Any) -> Iterator[tuple[str, str, Any]]:
    snap = _repository_snap(repository)
    for node in snap.asset_nodes:
        yield "asset", node.asset_key.to_user_string(), node
    for check in snap.asset_check_nodes or ():
        yield "check", f"{check.asset_key.to_user_string()}:{check.name}", check
    for job in snap.job_refs or ():
        yield "job", job.name, job
    for schedule in snap.schedules:
        yield "schedule", schedule.name, schedule
    for sensor in snap.sensors:
        yield "sensor", sensor.name, sensor
    for resource in snap.resources or ():
        yield "resource", resource.name, resource
    yield "definitions", "", dict(_whole(snap))


def _whole(snap: Any) -> Iterator[tuple[str, Any]]:
    """The components that the definitions came from, and sections that a newer Dagster may have."""
    tree = getattr(snap, "component_tree", None)
    for component in tree.leaf_instances if tree is not None else ():
        yield f"components.{component.key}", component.full_type_name
    for section in type(snap).__annotations__:
        if section not in SECTIONS:
            yield section, getattr(snap, section)


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


def _flattened(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a plain value by path; a list of plain values is a leaf, other lists are numbered."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key not in ("__class__", CODE_REFERENCES):
                yield from _flattened(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value):
        for number, each in enumerate(value):
            yield from _flattened(each, f"{path}.{number}")
    elif value or value == 0:
        yield path, value
