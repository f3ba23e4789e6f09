"""The ops of a graph that came, went or were replaced, each said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from dagster_commons.analysis.definitions_diff.values import Differences, Fields
    from dagster_commons.model.definitions import Value

_DEFINITION = ".definition"


def reduce_ops(found: Differences, before: Fields, after: Fields) -> None:
    """Leave of an op that comes or goes only the name of its definition, without what it consists of and feeds.

    One that goes where one comes is replaced: one change, under the name of the old.
    """
    names = [path for path in found if path.startswith("ops.") and path.endswith(_DEFINITION)]
    gone = [path for path in names if path not in after]
    come = [path for path in names if path not in before]
    for path in (*gone, *come):
        prefix = path.removesuffix("definition")
        for inner in [each for each in found if each.startswith(prefix) and each != path]:
            del found[inner]
    _drop_wiring(found, [*map(_op, gone)], [*map(_op, come)])
    for graph in {_graph(path) for path in gone if path in found}:
        left, entered = ([each for each in side if each in found and _graph(each) == graph] for side in (gone, come))
        if len(left) == len(entered) == 1:
            found[left[0]] = (found[left[0]][0], found.pop(entered[0])[1])


def _drop_wiring(found: Differences, gone: Collection[str], come: Collection[str]) -> None:
    """What was fed by an op that went, or is fed by one that came, has to be wired otherwise."""
    if not gone and not come:
        return
    for path in [each for each in found if _is_wiring(each)]:
        old, new = found[path]
        if _names_any(old, gone) or _names_any(new, come) or any(f".{op}." in f"{path}." for op in (*gone, *come)):
            del found[path]


def _is_wiring(path: str) -> bool:
    return path.startswith("ops.") and (
        path.endswith(".from") or ".input_mappings." in path or ".output_mappings." in path
    )


def _names_any(value: Value, ops: Collection[str]) -> bool:
    """Whether one of the origins, `load.result`, is an output of one of `ops`."""
    origins = value if isinstance(value, tuple) else (value,)
    return any(isinstance(each, str) and each.partition(".")[0] in ops for each in origins)


def _op(path: str) -> str:
    return path.removesuffix(_DEFINITION).rpartition(".")[2]


def _graph(path: str) -> str:
    return path.removesuffix(_DEFINITION).rpartition(".")[0]
