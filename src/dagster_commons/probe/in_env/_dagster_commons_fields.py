"""What every kind of object is made of: metadata, tags, partitions, config schemas, run config, as flat fields.

A field path is what a person would write: `partitions.start`, `config.retries.default`.
Python 3.9 syntax; Dagster's objects are read through the attributes that 1.9 to 1.13 have in common.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from _dagster_commons_values import concealed, plain, text_of

Fields = dict[str, Any]

KIND_TAG = "dagster/kind/"
CODE_REFERENCES = "dagster/code_references"
ABSENT = object()
TIME_WINDOW = {
    "start": "start",
    "end": "end",
    "timezone": "timezone",
    "cron": "cron_schedule",
    "format": "fmt",
    "end_offset": "end_offset",
    "exclusions": "exclusions",
}
# A text or number that may also be given as an environment variable.
SOURCES = {"StringSourceType": "String", "IntSourceType": "Int", "BoolSourceType": "Bool"}


def pack(value: Any) -> Any:
    """Dagster's own serialisation of `value` as JSON values, or None when it has none."""
    from dagster._serdes import pack_value

    try:
        return pack_value(value)
    except Exception:
        return None


def described(value: Any) -> Any:
    """One JSON scalar or text that says all of `value`."""
    simple = plain(value, pack)
    return text_of(simple) if isinstance(simple, (dict, list)) else simple


def keys_of(keys: Iterable[Any]) -> list[str]:
    """Asset keys or check keys, sorted, as a person writes them."""
    return sorted(key if isinstance(key, str) else key.to_user_string() for key in keys)


def put(fields: Fields, path: str, value: Any) -> None:
    """Set a field unless there is nothing to say: None, nothing in it, or False."""
    if value or (value == 0 and value is not False):
        fields[path] = concealed(path, value)


def put_each(fields: Fields, path: str, values: Mapping[str, Any] | None) -> None:
    """One field per entry: tags, metadata, op tags."""
    for key, value in (values or {}).items():
        if key != CODE_REFERENCES:
            fields[f"{path}.{key}"] = concealed(f"{path}.{key}", described(value))


def put_tags(fields: Fields, tags: Mapping[str, str] | None) -> None:
    """Tags, of which Dagster's own kind tags become the list `kinds`."""
    every = tags or {}
    put(fields, "kinds", sorted(key[len(KIND_TAG) :] for key in every if key.startswith(KIND_TAG)))
    put_each(fields, "tags", {key: value for key, value in every.items() if not key.startswith(KIND_TAG)})


def put_tree(fields: Fields, path: str, value: Any) -> None:
    """A nested value, one field per leaf: run config, resource values."""
    if value is None:
        return
    if isinstance(value, Mapping) and value and set(value) != {"env"}:
        for key, each in value.items():
            put_tree(fields, f"{path}.{key}", each)
    elif isinstance(value, Mapping) and value:
        fields[path] = f"EnvVar({value['env']})"
    else:
        fields[path] = concealed(path, described(value))


def partition_fields(definition: Any, path: str = "partitions") -> Fields:
    """A partitions definition: its kind and everything that decides which partitions there are."""
    fields: Fields = {}
    if definition is None:
        return fields
    fields[f"{path}.kind"] = type(definition).__name__.replace("PartitionsDefinition", "").lower()
    ancestors = {each.__name__ for each in type(definition).__mro__}
    if "TimeWindowPartitionsDefinition" in ancestors:
        for name, attribute in TIME_WINDOW.items():
            put(fields, f"{path}.{name}", described(getattr(definition, attribute, None)) or None)
    elif "StaticPartitionsDefinition" in ancestors:
        fields[f"{path}.keys"] = list(definition.get_partition_keys())
    elif "DynamicPartitionsDefinition" in ancestors:
        put(fields, f"{path}.name", definition.name)
    elif "MultiPartitionsDefinition" in ancestors:
        for dimension in definition.partitions_defs:
            fields.update(partition_fields(dimension.partitions_def, f"{path}.{dimension.name}"))
    else:
        put(fields, f"{path}.definition", described(definition))
    return fields


def config_fields(schema: Any, path: str = "config", *, is_configured: bool = False) -> Fields:
    """A config schema (an op's, a resource's): type, default, whether it is required, per leaf.

    With `is_configured` the schema's own default is what somebody configured, not a default.
    """
    fields: Fields = {}
    if schema is None or schema.config_type is None:
        return fields
    has_default = schema.default_provided and not is_configured
    default = json.loads(schema.default_value_as_json_str) if has_default else ABSENT
    if type(schema.config_type).__name__ == "Any" and (default is ABSENT or default in ({}, None)):
        return fields
    if schema.config_type.kind.name == "STRICT_SHAPE" and not schema.config_type.fields:
        return fields
    _walk_type(fields, path, schema.config_type, default)
    if not any(key.startswith(f"{path}.") for key in fields):
        fields[f"{path}.type"] = type_name(schema.config_type)
        put(fields, f"{path}.required", schema.is_required)
    return fields


def captured(function: Any) -> dict[str, Any]:
    """What the closure of one of Dagster's own wrappers holds, by variable name."""
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None)
    if code is None or not cells or not str(getattr(function, "__module__", "")).startswith("dagster."):
        return {}
    held: dict[str, Any] = {}
    for name, cell in zip(code.co_freevars, cells):
        try:
            held[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return held


def configured_with(schema: Any) -> Any:
    """What `.configured(…)` was given, if it was no function of the user's; None when nothing was configured."""
    function = getattr(schema, "_config_fn", None)
    return captured(function).get("config_or_config_fn")


def type_name(config_type: Any) -> str:  # noqa: PLR0911 - one return per kind of type
    """A config type as text: `Noneable[Int]`, `Array[String]`, `Map[String, Shape]`, `Enum(Colour: RED, BLUE)`."""
    kind = config_type.kind.name
    if type(config_type).__name__ in SOURCES:
        return SOURCES[type(config_type).__name__]
    if kind == "ENUM":
        return f"Enum({config_type.given_name}: {', '.join(sorted(config_type.config_values))})"
    if kind == "NONEABLE":
        return f"Noneable[{type_name(config_type.inner_type)}]"
    if kind == "ARRAY":
        return f"Array[{type_name(config_type.inner_type)}]"
    if kind == "MAP":
        return f"Map[{type_name(config_type.key_type)}, {type_name(config_type.inner_type)}]"
    if kind == "SCALAR_UNION":
        return f"{type_name(config_type.scalar_type)} or {type_name(config_type.non_scalar_type)}"
    if kind in ("STRICT_SHAPE", "PERMISSIVE_SHAPE", "SELECTOR"):
        return {"STRICT_SHAPE": "Shape", "PERMISSIVE_SHAPE": "Permissive", "SELECTOR": "Selector"}[kind]
    return str(config_type.given_name or type(config_type).__name__)


def _walk_type(fields: Fields, path: str, config_type: Any, default: Any) -> None:
    """The fields of `config_type` and of the types inside it; `default` is what an outer default says of them."""
    kind = config_type.kind.name
    if kind in ("ARRAY", "MAP", "NONEABLE"):
        marks = {"ARRAY": "[]", "MAP": "{}", "NONEABLE": ""}
        inner = default if kind == "NONEABLE" else ABSENT
        _walk_type(fields, path + marks[kind], config_type.inner_type, inner)
    elif kind == "SCALAR_UNION" and type(config_type).__name__ not in SOURCES:
        _walk_type(fields, path, config_type.non_scalar_type, ABSENT)
    elif hasattr(config_type, "fields"):
        if kind != "STRICT_SHAPE":
            fields[f"{path}.type"] = type_name(config_type)
        for name, field in config_type.fields.items():
            _walk_field(fields, f"{path}.{name}", field, _within(default, name))


def _within(default: Any, name: str) -> Any:
    return default.get(name, ABSENT) if isinstance(default, Mapping) else ABSENT


def _walk_field(fields: Fields, path: str, field: Any, outer_default: Any) -> None:
    default = outer_default
    if default is ABSENT and field.default_provided:
        default = field.default_value
    shape = field.config_type
    if not (shape.kind.name == "STRICT_SHAPE" and shape.fields):
        fields[f"{path}.type"] = type_name(shape)
        if default is not ABSENT:
            fields[f"{path}.default"] = concealed(path, described(_environment_read(default)))
    if field.is_required and outer_default is ABSENT:
        fields[f"{path}.required"] = True
    put(fields, f"{path}.description", field.description)
    _walk_type(fields, path, shape, default)


def _environment_read(default: Any) -> Any:
    if isinstance(default, Mapping) and set(default) == {"env"}:
        return f"EnvVar({default['env']})"
    return default
