"""Resources, IO managers among them."""

from __future__ import annotations

import json
from typing import Any

from _dagster_commons_fields import Fields, captured, config_fields, configured_with, described, put, put_tree
from _dagster_commons_values import concealed, name_of


def resource_fields(resource: Any, top_level: dict[str, Any]) -> Fields:
    """A resource: its class or function, its config schema, what it was configured with, what it needs."""
    fields: Fields = {"type": resource_type(resource)}
    put(fields, "description", resource.description)
    put(fields, "version", resource.version)
    put(fields, "required_resources", sorted(resource.required_resource_keys))
    schema, configured = resource.config_schema, _configured(resource)
    while configured_with(schema) is not None and schema.parent_def.config_schema:
        schema = schema.parent_def.config_schema
    fields.update(config_fields(schema, is_configured=True))
    values: Fields = {}
    for name, value in configured.items():
        put_tree(values, f"config.{name}", value)
    fields.update({f"{path}.value": value for path, value in values.items() if fields.get(f"{path}.default") != value})
    put(fields, "value", _hardcoded_value(resource))
    for name, nested in (getattr(resource, "nested_resources", None) or {}).items():
        _put_nested(fields, f"nested.{name}", nested, top_level)
    return fields


def own_resources(resources: Any, top_level: dict[str, Any]) -> Fields:
    """Those of `resources` that a job or asset brings itself: their keys, and what each is."""
    fields: Fields = {}
    own = {key: each for key, each in sorted(resources.items()) if top_level.get(key) is not each}
    own.pop("io_manager", None)  # Dagster's own, where there is none of the user's
    put(fields, "resources", list(own))
    for key, resource in own.items():
        fields.update(
            {f"resources.{key}.{path}": value for path, value in resource_fields(resource, top_level).items()}
        )
    return fields


def resource_type(resource: Any) -> str:
    """`module:Class` of a resource's own class, or of the function that makes it."""
    configurable = getattr(resource, "configurable_resource_cls", None)
    if configurable is not None:
        return name_of(configurable)
    hardcoded = getattr(resource, "_hardcoded_resource_type", None)
    return name_of(hardcoded or resource.resource_fn)


def _configured(resource: Any) -> dict[str, Any]:
    schema = resource.config_schema
    given = configured_with(schema)
    if given is None and schema is not None and schema.default_provided:
        given = json.loads(schema.default_value_as_json_str)
    return given if isinstance(given, dict) else {}


def _hardcoded_value(resource: Any) -> Any:
    """The plain value that stands for a resource; of text, which may be a secret, only that it changed."""
    value = captured(getattr(resource, "resource_fn", None)).get("value")
    if isinstance(value, str):
        return concealed("secret", value)
    return described(value) if isinstance(value, (bool, int, float, list, tuple, dict)) else None


def _put_nested(fields: Fields, path: str, nested: Any, top_level: dict[str, Any]) -> None:
    """The key of a nested resource that is also there by itself, else its type and its own fields."""
    definition = nested.get_resource_definition() if hasattr(nested, "get_resource_definition") else nested
    for name, each in top_level.items():
        if each is definition:
            fields[path] = name
            return
    if not hasattr(definition, "config_schema"):
        fields[path] = name_of(type(nested))
        return
    inner = resource_fields(definition, top_level)
    fields[path] = inner.pop("type")
    fields.update({f"{path}.{name}": value for name, value in inner.items()})
