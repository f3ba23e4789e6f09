"""Resources, IO managers among them, and what concerns a location's definitions as a whole."""

from __future__ import annotations

import json
from typing import Any, Callable

from _dagster_commons_fields import Fields, config_fields, configured_with, put, put_each, put_tree
from _dagster_commons_jobs import is_implicit, put_executor
from _dagster_commons_values import name_of

COMPONENT_TYPES = "plugin_component_types_json"


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
    """The default executor, metadata, description, and the variables that resources read."""
    fields: Fields = {}
    put_executor(fields, "executor", executor)
    metadata = dict(repository.metadata or {})
    put(fields, "component_types", _component_types(metadata.pop(COMPONENT_TYPES, None)))
    put_each(fields, "metadata", metadata)
    put(fields, "description", repository.description)
    variables = repository.get_env_vars_by_top_level_resource()
    put(fields, "resource_variables", sorted(variables))
    return fields


def _component_types(entry: Any) -> list[str]:
    """The component types that the environment's plugins offer, Dagster's own left out.

    Dagster puts all of them with their whole schemas into the metadata, in the order in which it found the plugins.
    """
    plugins = getattr(entry, "data", None) or getattr(entry, "value", None) or []
    names = {each["name"] for plugin in plugins for each in plugin.get("componentTypes", [])}
    return sorted(name for name in names if name.partition(".")[0] != "dagster")


def _configured(resource: Any) -> dict[str, Any]:
    schema = resource.config_schema
    given = configured_with(schema)
    if given is None and schema is not None and schema.default_provided:
        given = json.loads(schema.default_value_as_json_str)
    return given if isinstance(given, dict) else {}


def _name_of_nested(nested: Any, top_level: dict[str, Any]) -> str:
    """The key of a nested resource that is also there by itself, else its type."""
    definition = nested.get_resource_definition() if hasattr(nested, "get_resource_definition") else nested
    for name, each in top_level.items():
        if each is definition:
            return name
    return resource_type(definition) if hasattr(definition, "config_schema") else name_of(type(nested))


def default_executor(loaded: Any) -> Any:
    """What jobs without an executor of their own run with, as far as it can be told."""
    if loaded.definitions is not None and loaded.definitions.executor is not None:
        return loaded.definitions.executor
    implicit = [job for job in loaded.repository.get_all_jobs() if is_implicit(job.name)]
    return implicit[0].executor_def if implicit else None


def own_executors(loaded: Any) -> Callable[[Any], bool]:
    """Tells of a resolved job whether it names an executor.  It has one in any case: the default is put in."""
    if loaded.definitions is None:
        default = default_executor(loaded)
        return lambda job: job.executor_def is not default
    names = {
        job.name
        for job in loaded.definitions.jobs or ()
        if getattr(job, "has_specified_executor", getattr(job, "executor_def", None) is not None)
    }
    return lambda job: job.name in names
