"""Resources, IO managers among them, and what concerns a location's definitions as a whole."""

from __future__ import annotations

import json
from typing import Any

from _dagster_commons_fields import Fields, config_fields, put, put_each, put_tree
from _dagster_commons_jobs import put_executor
from _dagster_commons_values import name_of


def resource_fields(resource: Any, top_level: dict[str, Any]) -> Fields:
    """A resource: its class or function, its config schema, what it was configured with, what it needs."""
    fields: Fields = {"type": resource_type(resource)}
    put(fields, "description", resource.description)
    put(fields, "version", resource.version)
    put(fields, "required_resources", sorted(resource.required_resource_keys))
    schema, configured = resource.config_schema, _configured(resource)
    while getattr(schema, "parent_def", None) is not None and schema.parent_def.config_schema:
        schema = schema.parent_def.config_schema
    fields.update(config_fields(schema, is_configured=True))
    values: Fields = {}
    for name, value in configured.items():
        put_tree(values, f"config.{name}", value)
    fields.update({f"{path}.value": value for path, value in values.items() if fields.get(f"{path}.default") != value})
    for name, nested in (getattr(resource, "nested_resources", None) or {}).items():
        fields[f"nested.{name}"] = _name_of_nested(nested, top_level)
    return fields


def resource_type(resource: Any) -> str:
    """`module:Class` of a resource's own class, or of the function that makes it."""
    configurable = getattr(resource, "configurable_resource_cls", None)
    if configurable is not None:
        return name_of(configurable)
    hardcoded = getattr(resource, "_hardcoded_resource_type", None)
    return name_of(hardcoded or resource.resource_fn)


def definitions_fields(repository: Any, executor: Any) -> Fields:
    """The default executor, metadata, loggers, and the components that the definitions came from."""
    fields: Fields = {}
    put_executor(fields, "executor", executor)
    put_each(fields, "metadata", repository.metadata)
    put(fields, "description", repository.description)
    variables = repository.get_env_vars_by_top_level_resource()
    put(fields, "resource_variables", sorted(variables))
    return fields


def _configured(resource: Any) -> dict[str, Any]:
    schema = resource.config_schema
    if schema is None or not schema.default_provided:
        return {}
    default = json.loads(schema.default_value_as_json_str)
    return default if isinstance(default, dict) else {"": default}


def _name_of_nested(nested: Any, top_level: dict[str, Any]) -> str:
    """The key of a nested resource that is also there by itself, else its type."""
    definition = nested.get_resource_definition() if hasattr(nested, "get_resource_definition") else nested
    for name, each in top_level.items():
        if each is definition:
            return name
    return resource_type(definition) if hasattr(definition, "config_schema") else name_of(type(nested))
