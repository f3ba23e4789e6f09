"""The definitions of a module's examples: what `examples()` of each file in `contracts` beside this one returns.

Copied as `definitions.py` into a code location made for a release; only the standard library and dagster.  What is no
definition by itself is put into one that shows it, and what asks for a resource that no example gives gets a stand-in.
"""

from __future__ import annotations

import importlib.util
import inspect
import pathlib
import sys
from typing import Any

import dagster as dg

TAKEN = "assets, checks, jobs, schedules, sensors, resources, components, ops, partitions or Config classes"
# By the names of their classes, some of which Dagster does not export; the first that fits.
_PARTS = (
    ("AssetChecksDefinition", "asset_checks"),
    ("ScheduleDefinition", "schedules"),
    ("SensorDefinition", "sensors"),
    ("JobDefinition", "jobs"),
    ("AssetsDefinition", "assets"),
    ("AssetSpec", "assets"),
    ("SourceAsset", "assets"),
)


def _examples() -> list[Any]:
    found: list[Any] = []
    for file in sorted((pathlib.Path(__file__).parent / "contracts").glob("*.py")):
        name = "contracts_" + file.stem
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            continue
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses and pydantic look annotations up there
        spec.loader.exec_module(module)
        if hasattr(module, "examples"):
            found.extend(_flat(module.examples(), file.name))
    return found


def _flat(value: Any, file: str) -> list[Any]:
    """Of plain collections their parts; Dagster's own values may be tuples, too."""
    if type(value) in (list, tuple, set, frozenset) or inspect.isgenerator(value):
        return [each for part in value for each in _flat(part, file)]
    if value is None:
        raise TypeError("examples() in contracts/%s returns None instead of %s" % (file, TAKEN))
    return [value]


def _definitions(examples: list[Any]) -> Any:
    parts: dict[str, Any] = {each: [] for _, each in _PARTS}
    resources: dict[str, Any] = {}
    whole = []
    for number, each in enumerate(examples):
        if isinstance(each, dg.Definitions):
            whole.append(each)
        elif isinstance(each, getattr(dg, "Component", ())):
            whole.append(dg.build_defs_for_component(each))
        elif isinstance(each, dict):
            resources.update(each)
        elif _is_resource(each):
            resources["example_%d" % number] = _resource(each)
        else:
            shown = _shown(each, "example_%d" % number)
            parts[_part_of(shown)].append(shown)
    for key in _asked_for(parts, resources):
        resources[key] = dg.mem_io_manager  # it can stand for any resource: nothing is run
    return dg.Definitions.merge(dg.Definitions(resources=resources, **parts), *whole)


def _is_resource(each: Any) -> bool:
    if isinstance(each, type):
        return issubclass(each, dg.ConfigurableResource)
    return isinstance(each, (dg.ResourceDefinition, dg.ConfigurableResource))


def _resource(each: Any) -> Any:
    of_class = getattr(each, "configure_at_launch", None)
    return of_class() if isinstance(each, type) and of_class is not None else each


def _shown(each: Any, name: str) -> Any:
    """The definition that shows it."""
    if isinstance(each, type) and issubclass(each, dg.Config):
        return _job_with(each)
    if isinstance(each, dg.GraphDefinition):
        return each.to_job(name="example_of_" + each.name)
    if isinstance(each, dg.OpDefinition):
        return dg.GraphDefinition(name="with_" + each.name, node_defs=[each]).to_job(name="example_of_" + each.name)
    if isinstance(each, dg.PartitionsDefinition):
        return dg.AssetSpec(name, partitions_def=each)
    if isinstance(each, dg.AutomationCondition):
        return dg.AssetSpec(name, automation_condition=each)
    return each


def _part_of(each: Any) -> str:
    names = [base.__name__ for base in type(each).__mro__]
    for word, part in _PARTS:
        if any(name.endswith(word) for name in names):
            return part
    what = "the class " + each.__name__ if isinstance(each, type) else "a value of type " + type(each).__name__
    raise TypeError("an example is %s, which is none of %s" % (what, TAKEN))


def _asked_for(parts: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """The resources that something asks for and nothing gives; Dagster itself gives an `io_manager`."""
    asked: set[str] = set()
    for each in (one for some in parts.values() for one in some):
        own = getattr(each, "resource_defs", {})
        asked.update(key for key in getattr(each, "required_resource_keys", ()) if key not in own)
    return sorted(asked.difference(given, ("io_manager",)))


def _job_with(config: Any) -> Any:
    """A job whose configuration is that class: what a launch may say of it."""

    def body(config: Any) -> None:
        del config

    body.__annotations__ = {"config": config}
    op = dg.op(name="takes_" + config.__name__)(body)

    def example() -> None:
        op()

    return dg.job(name="example_of_" + config.__name__)(example)


defs = _definitions(_examples())
