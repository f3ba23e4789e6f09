"""The definitions of a module's examples: what `examples()` of each file in `contracts` beside this one returns.

Copied as `definitions.py` into a code location made for a release; only the standard library and dagster.
"""

from __future__ import annotations

import importlib.util
import pathlib
from typing import Any

import dagster as dg


def _examples() -> list[Any]:
    found: list[Any] = []
    for file in sorted((pathlib.Path(__file__).parent / "contracts").glob("*.py")):
        spec = importlib.util.spec_from_file_location("contracts_" + file.stem, file)
        if spec is None or spec.loader is None:
            continue
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        examples = module.examples() if hasattr(module, "examples") else ()
        found.extend(_flat(examples))
    return found


def _flat(value: Any) -> list[Any]:
    if type(value) in (list, tuple, set):  # an AssetSpec is a named tuple
        return [each for part in value for each in _flat(part)]
    return [value]


def _definitions(examples: list[Any]) -> Any:
    parts: dict[str, Any] = {
        "assets": [],
        "asset_checks": [],
        "jobs": [],
        "schedules": [],
        "sensors": [],
        "resources": {},
    }
    whole = []
    for number, each in enumerate(examples):
        if isinstance(each, dg.Definitions):
            whole.append(each)
        elif isinstance(each, dict):
            parts["resources"].update(each)
        elif isinstance(each, type) and issubclass(each, dg.Config):
            parts["jobs"].append(_job_with(each))
        elif isinstance(each, dg.AssetChecksDefinition):
            parts["asset_checks"].append(each)
        elif isinstance(each, dg.ConfigurableResource):
            parts["resources"]["example_%d" % number] = each
        else:
            parts[_part_of(each)].append(each)
    return dg.Definitions.merge(dg.Definitions(**parts), *whole)


def _part_of(each: Any) -> str:
    name = type(each).__name__
    for word, part in (("Schedule", "schedules"), ("Sensor", "sensors"), ("Job", "jobs"), ("Graph", "jobs")):
        if word in name:
            return part
    return "assets"


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
