"""What code every kind of object runs: its functions, and those of the resources and IO managers it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _dagster_commons_code import CodeReach


class CodeOfObjects:
    """The code units of the objects of one repository; those of an op or a resource are found once."""

    def __init__(self, reach: CodeReach, resources: dict[str, Any]) -> None:
        self._reach = reach
        self._resources = resources
        self._known: dict[int, frozenset[str]] = {}
        self._kept: list[Any] = []

    def of_asset(self, definition: Any) -> frozenset[str]:
        """Of an asset or a check: its op, with the resources and IO managers that it uses."""
        known = self._known.get(id(definition))
        if known is None:
            known = self._of_node(definition) if definition.is_executable else self._of_partitions(definition)
            self._remember(definition, known)
        return known

    def of_job(self, job: Any, *, is_of_assets: bool) -> frozenset[str]:
        """Of a job: its hooks and config functions, and its ops if it is not one of assets."""
        roots: list[Any] = [*job.hook_defs, job.config_mapping, job.partitioned_config, job.executor_def]
        units = self._reach.of([each for each in roots if each is not None], f"job {job.name}")
        if is_of_assets:
            return units
        own = {key: each for key, each in job.resource_defs.items() if self._resources.get(key) is not each}
        for op in job.graph.iterate_op_defs():
            units |= self._of_op(op) | self._of_resources(op.required_resource_keys | _io_manager_keys(op), own)
        return units

    def of_instigator(self, instigator: Any, kind: str) -> frozenset[str]:
        """Of a schedule or sensor: its functions and resources; not those of what it starts."""
        units = self._reach.of([instigator], f"{kind} {instigator.name}")
        return units | self._of_resources(instigator.required_resource_keys)

    def of_resource(self, resource: Any) -> frozenset[str]:
        known = self._known.get(id(resource))
        if known is None:
            self._remember(resource, frozenset())
            known = self._reach.of([resource], "resource") | self._of_resources(resource.required_resource_keys)
            self._remember(resource, known)
        return known

    def _of_node(self, definition: Any) -> frozenset[str]:
        units = self._of_partitions(definition)
        ops = list(definition.node_def.iterate_op_defs())
        hooks = getattr(definition, "hook_defs", None) or ()
        units |= self._reach.of(hooks, f"op {definition.node_def.name}")
        for op in ops:
            units |= self._of_op(op)
        return units | self._of_resources(definition.required_resource_keys, definition.resource_defs)

    def _of_partitions(self, definition: Any) -> frozenset[str]:
        """Functions that decide partitions, their mapping or the automation of an asset."""
        units: frozenset[str] = frozenset()
        for root in _deciding(definition):
            units |= self._reach.behind_name(root)
        return units

    def _of_op(self, op: Any) -> frozenset[str]:
        known = self._known.get(id(op))
        if known is None:
            known = self._reach.of([op.compute_fn], f"op {op.name}")
            for each in (*op.input_defs, *op.output_defs):
                known |= self._reach.behind_name(each.dagster_type)
            self._remember(op, known)
        return known

    def _of_resources(self, keys: Iterable[str], own: Any = None) -> frozenset[str]:
        units: frozenset[str] = frozenset()
        for key in sorted(keys):
            resource = (own or {}).get(key) or self._resources.get(key)
            if resource is not None:
                units |= self.of_resource(resource)
        return units

    def _remember(self, subject: Any, units: frozenset[str]) -> None:
        self._known[id(subject)] = units
        self._kept.append(subject)


def _deciding(definition: Any) -> Iterator[Any]:
    """What may hold functions of the user's; Dagster's own conditions and mappings, which serialise, hold none."""
    if definition.partitions_def is not None:
        yield definition.partitions_def
    for spec in definition.specs:
        condition = spec.automation_condition
        if condition is not None and not getattr(condition, "is_serializable", False):
            yield condition
        for dependency in spec.deps:
            mapping = dependency.partition_mapping
            if mapping is not None and not type(mapping).__module__.startswith("dagster."):
                yield mapping


def _io_manager_keys(op: Any) -> set[str]:
    return {each.io_manager_key for each in op.output_defs if each.io_manager_key}
