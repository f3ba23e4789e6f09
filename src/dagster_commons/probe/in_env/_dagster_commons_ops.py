"""Ops and graphs: what one runs with, and how they are wired."""

from __future__ import annotations

from typing import Any

from _dagster_commons_fields import Fields, config_fields, configured_with, described, put, put_each, put_tree


class OpFields:
    """Fields of op definitions, computed once each: a multi-asset shares one among all its assets."""

    def __init__(self) -> None:
        self._known: dict[int, Fields] = {}
        self._kept: list[Any] = []  # an id is unique only while its object lives

    def of(self, definition: Any) -> Fields:
        """An op's fields; of a graph, its structure."""
        known = self._known.get(id(definition))
        if known is None:
            known = self._op(definition) if hasattr(definition, "compute_fn") else self.of_graph(definition)
            self._known[id(definition)] = known
            self._kept.append(definition)
        return known

    def of_graph(self, graph: Any, path: str = "ops") -> Fields:
        """The nodes of `graph`, recursively: their definitions, what each input gets, mappings to the outside."""
        fields: Fields = {}
        own = "" if path == "ops" else f"{path}."
        if graph.config_mapping is not None:
            fields[f"{own}config_mapping"] = True
            fields.update(config_fields(graph.config_mapping.config_schema, f"{own}config"))
        for name, node in graph.node_dict.items():
            self._node(fields, f"{path}.{name}", node)
        for key, inputs in graph.dependencies.items():
            name = key if isinstance(key, str) else (key.alias or key.name)
            for input_name, dependency in inputs.items():
                origins = [f"{each.node}.{each.output}" for each in dependency.get_node_dependencies()]
                put(fields, f"{path}.{name}.inputs.{input_name}.from", origins)
        for mapping in graph.input_mappings:
            inner = f"{mapping.mapped_node_name}.{mapping.mapped_node_input_name}"
            fields[f"{path}.input_mappings.{mapping.graph_input_name}.{inner}"] = True
        for mapping in graph.output_mappings:
            inner = f"{mapping.maps_from.node_name}.{mapping.maps_from.output_name}"
            fields[f"{path}.output_mappings.{mapping.graph_output_name}"] = inner
        return fields

    def _node(self, fields: Fields, path: str, node: Any) -> None:
        definition = node.definition
        fields[f"{path}.definition"] = definition.name
        if hasattr(definition, "compute_fn"):
            fields.update({f"{path}.{key}": value for key, value in self.of(definition).items()})
        else:
            fields.update(self.of_graph(definition, path))
        put_each(fields, f"{path}.op_tags", node.tags)
        put(fields, f"{path}.hooks", sorted(hook.name for hook in node.hook_defs))
        put(fields, f"{path}.retry_policy", described(node.retry_policy))

    def _op(self, op: Any) -> Fields:
        fields = config_fields(op.config_schema)
        put_tree(fields, "configured", configured_with(op.config_schema))
        put(fields, "description", op.description)
        put(fields, "retry_policy", described(op.retry_policy))
        put(fields, "pool", op.pool)
        put(fields, "code_version", op.version)
        put(fields, "required_resources", sorted(op.required_resource_keys))
        put_each(fields, "op_tags", op.tags)
        for definition in op.input_defs:
            _put_input(fields, f"inputs.{definition.name}", definition)
        for definition in op.output_defs:
            _put_output(fields, f"outputs.{definition.name}", definition)
        return fields


def _put_input(fields: Fields, path: str, definition: Any) -> None:
    put(fields, f"{path}.type", _type_name(definition.dagster_type))
    put(fields, f"{path}.manager", definition.input_manager_key)
    put(fields, f"{path}.description", definition.description)
    if definition.has_default_value:
        fields[f"{path}.default"] = described(definition.default_value)
    put_each(fields, f"{path}.metadata", definition.metadata)


def _put_output(fields: Fields, path: str, definition: Any) -> None:
    fields[f"{path}.type"] = definition.dagster_type.display_name
    put(fields, f"{path}.io_manager_key", definition.io_manager_key)
    put(fields, f"{path}.optional", not definition.is_required)
    put(fields, f"{path}.dynamic", definition.is_dynamic)
    put(fields, f"{path}.description", definition.description)
    put_each(fields, f"{path}.metadata", definition.metadata)


def _type_name(dagster_type: Any) -> Any:
    return None if dagster_type.display_name in ("Any", "Nothing") else dagster_type.display_name
