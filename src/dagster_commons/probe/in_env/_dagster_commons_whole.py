"""What concerns a location's definitions as a whole: defaults for its jobs, metadata."""

from __future__ import annotations

from typing import Any, Callable

from _dagster_commons_fields import Fields, put, put_each
from _dagster_commons_jobs import is_implicit, put_executor

COMPONENT_TYPES = "plugin_component_types_json"


def definitions_fields(loaded: Any) -> Fields:
    """The default executor and loggers, metadata, description, and the variables that resources read."""
    repository = loaded.repository
    fields: Fields = {}
    put_executor(fields, "executor", default_executor(loaded))
    put(fields, "loggers", sorted(default_loggers(loaded)))
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


def default_executor(loaded: Any) -> Any:
    """What jobs without an executor of their own run with, as far as it can be told."""
    if loaded.definitions is not None and loaded.definitions.executor is not None:
        return loaded.definitions.executor
    implicit = [job for job in loaded.repository.get_all_jobs() if is_implicit(job.name)]
    return implicit[0].executor_def if implicit else None


def default_loggers(loaded: Any) -> dict[str, Any]:
    """What jobs without loggers of their own log with, if it is not Dagster's own default."""
    return dict(loaded.definitions.loggers or {}) if loaded.definitions is not None else {}


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
