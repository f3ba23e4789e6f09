"""Assets and asset checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _dagster_commons_fields import (
    Fields,
    described,
    keys_of,
    partition_fields,
    put,
    put_each,
    put_tags,
)
from _dagster_commons_resources import own_resources

if TYPE_CHECKING:
    from _dagster_commons_ops import OpFields

# What an op says of itself and its asset says better.
SAID_BY_ASSET = ("description", "code_version", "pool")


class AssetWalk:
    """Fields of the assets and checks of one repository; what several share is computed once."""

    def __init__(self, graph: Any, ops: OpFields, resources: dict[str, Any]) -> None:
        self._graph = graph
        self._ops = ops
        self._resources = resources
        self._known: dict[tuple[str, int], Any] = {}
        self._kept: list[Any] = []

    def asset(self, key: Any, definition: Any) -> Fields:
        node = self._graph.get(key)
        fields = dict(self._op_part(definition))
        fields.update(self._partitions(node.partitions_def))
        put(fields, "deps", keys_of(node.parent_keys))
        for parent, mapping in node.partition_mappings.items():
            put(fields, f"partition_mapping.{parent.to_user_string()}", self._described(mapping))
        for name in ("group_name", "code_version", "description"):
            put(fields, name.replace("_name", ""), getattr(node, name))
        put(fields, "owners", sorted(node.owners or ()))
        put_tags(fields, node.tags)
        put_each(fields, "metadata", node.metadata)
        put(fields, "automation_condition", condition_text(node.automation_condition, self._described))
        put(fields, "backfill_policy", self._described(node.backfill_policy))
        put(fields, "freshness_policy", self._described(node.freshness_policy))
        put(fields, "legacy_freshness_policy", self._described(getattr(node, "legacy_freshness_policy", None)))
        put(fields, "observe_interval_minutes", node.auto_observe_interval_minutes)
        put(fields, "virtual", getattr(node, "is_virtual", False))
        put(fields, "pool", ", ".join(sorted(node.pools)) if node.is_executable else None)
        fields["execution"] = described(node.execution_type).lower()
        if node.is_executable:
            self._put_output(fields, key, definition)
        return fields

    def check(self, key: Any, spec: Any, definition: Any) -> Fields:
        fields = {name: value for name, value in self._op_part(definition).items() if name not in SAID_BY_ASSET}
        fields["asset"] = key.asset_key.to_user_string()
        fields["blocking"] = bool(spec.blocking)
        put(fields, "description", spec.description)
        put(fields, "deps", keys_of(dependency.asset_key for dependency in spec.additional_deps))
        put(fields, "automation_condition", condition_text(spec.automation_condition, self._described))
        put_each(fields, "metadata", spec.metadata)
        fields.update(self._partitions(getattr(spec, "partitions_def", None)))
        return fields

    def _op_part(self, definition: Any) -> Fields:
        """What all assets of one definition have in common."""
        fields: Fields = self._once("op", definition, self._compute_op_part)
        return fields

    def _compute_op_part(self, definition: Any) -> Fields:
        if not definition.is_executable:
            return {}
        node = definition.node_def
        fields = {
            path: value
            for path, value in self._ops.of(node).items()
            if path not in SAID_BY_ASSET and not path.startswith("outputs.")
        }
        fields["op"] = node.name
        fields.update(own_resources(definition.resource_defs, self._resources))
        put(fields, "can_subset", definition.can_subset and len(definition.keys) > 1)
        put(fields, "hooks", sorted(hook.name for hook in getattr(definition, "hook_defs", None) or ()))
        return fields

    def _put_output(self, fields: Fields, key: Any, definition: Any) -> None:
        node = definition.node_def
        output = node.output_def_named(definition.get_output_name_for_asset_key(key))
        fields["dagster_type"] = output.dagster_type.display_name
        put(fields, "io_manager_key", definition.get_io_manager_key_for_asset_key(key))
        put(fields, "optional", not output.is_required and not definition.can_subset)

    def _partitions(self, definition: Any) -> Fields:
        fields: Fields = self._once("partitions", definition, partition_fields)
        return fields

    def _described(self, value: Any) -> Any:
        return None if value is None else self._once("described", value, described)

    def _once(self, what: str, subject: Any, compute: Any) -> Any:
        known = self._known.get((what, id(subject)))
        if known is None:
            known = self._known[(what, id(subject))] = compute(subject)
            self._kept.append(subject)
        return known


def condition_text(condition: Any, describe: Any = described) -> Any:
    """An automation condition: its label, if it has one, and all that it is made of."""
    if condition is None:
        return None
    said = describe(condition if getattr(condition, "is_serializable", True) else condition.get_snapshot())
    label = getattr(condition, "label", None)
    return f"{label}: {said}" if label else said
