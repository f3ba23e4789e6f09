"""What base classes of other packages give: known of Python's own and of those that Dagster's users subclass."""

from __future__ import annotations

import importlib
from functools import lru_cache

# Modules whose classes are subclassed, and that do nothing when they are imported but define.
_OF_PYTHON = frozenset(
    {"abc", "argparse", "ast", "builtins", "collections", "contextlib", "datetime", "decimal", "enum", "html", "http"}
    | {"io", "json", "logging", "numbers", "pathlib", "queue", "socketserver", "string", "threading", "types", "typing"}
    | {"unittest", "urllib", "concurrent"}
)
_LIBRARIES = frozenset({"dagster", "pydantic", "pydantic_settings"})
_SUBCLASSED = frozenset(
    {"BaseModel", "BaseSettings", "Config", "PermissiveConfig", "ConfigurableResource", "ConfigurableIOManager"}
    | {"ConfigurableIOManagerFactory", "ConfigurableLegacyIOManagerAdapter", "Component", "Model", "Resolvable"}
)
# What any of these classes gives, in any version that Dagster takes; tests compare it with what is installed.
GIVEN = frozenset(
    {"build_defs", "configure_at_launch", "construct", "copy", "create_io_manager", "create_resource", "dict"}
    | {"from_attributes_dict", "from_orm", "from_resource_context", "from_resource_context_cm", "from_yaml_path"}
    | {
        "get_additional_scope",
        "get_code_references_for_yaml",
        "get_decl_type",
        "get_description",
        "get_form_config",
        "get_model_cls",
    }
    | {"get_resource_context", "get_resource_definition", "get_schema", "get_spec", "handle_output"}
    | {"input_config_schema", "json", "load", "load_input", "model", "nested_resources", "output_config_schema"}
    | {"parse_file", "parse_obj", "parse_raw", "process_config_and_initialize", "process_config_and_initialize_cm"}
    | {"required_resource_keys", "resolve_from_dict", "resolve_from_model", "resolve_from_yaml", "schema"}
    | {
        "schema_json",
        "settings_cached",
        "settings_clear_cache",
        "settings_customise_sources",
        "setup_for_execution",
        "teardown_after_execution",
    }
    | {"to_config_schema", "to_fields_dict", "update_forward_refs", "validate", "with_replaced_resource_context"}
    | {"with_resource_context", "wrapped_io_manager", "yield_for_execution"}
)


def may_give(base: str, name: str) -> bool:
    """Whether a class may have the member `name` from its base class `base`, a full path: unless it is known not to."""
    library, _, last = base.rpartition(".")
    if library.partition(".")[0] in _LIBRARIES and last in _SUBCLASSED:
        return name in GIVEN or name.startswith(("model_", "__"))
    found = _class_of_python(base)
    return found is None or hasattr(found, name)


def names_above(base: str) -> frozenset[str] | None:
    """Last names of everything that a class is by its base class `base`; None: that is not known."""
    found = _class_of_python(base)
    return frozenset(each.__name__ for each in found.__mro__) if found is not None else None


@lru_cache(maxsize=4096)
def _class_of_python(path: str) -> type | None:
    module, _, name = path.rpartition(".")
    if module.partition(".")[0] not in _OF_PYTHON and module:
        return None
    try:
        found = getattr(importlib.import_module(module or "builtins"), name, None)
    except ImportError:
        return None
    found = getattr(found, "__origin__", found)  # `typing.Mapping` stands for the class of `collections.abc`
    return found if isinstance(found, type) else None
