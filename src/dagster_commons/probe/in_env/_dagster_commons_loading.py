"""Finds what Dagster would load from a module, file or package, and says why when it cannot.

The rules are those of `dagster._core.workspace.autodiscovery`, which itself is too slow to import.
Python 3.9 syntax; imports nothing but the standard library and dagster.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

    from _dagster_commons_inputs import Places

TRACEBACK_LINES = 12


class Loaded(NamedTuple):
    """One repository that a target holds, and the Definitions that it was made from, if it was."""

    repository: Any
    definitions: Any


class LoadError(Exception):
    """The location is not what was asked for: `kind` says how."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def load(target: dict[str, Any]) -> list[Loaded]:
    """The repositories that `target` holds, as Dagster would find them.

    Raises:
        LoadError: nothing to load was found, or more than one thing.
        BaseException: whatever the user's module raises.

    """
    from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType

    # Internal, same on 1.9 to 1.13: without it, state that a load keeps for later steps is dropped on each request.
    DefinitionsLoadContext.set(DefinitionsLoadContext(load_type=DefinitionsLoadType.INITIALIZATION))
    module = import_target(target)
    if target["kind"] == "autoload":
        from dagster.components import load_defs

        found = [load_defs(module)]
    elif target.get("attribute"):
        found = [_attribute(module, target["attribute"])]
    else:
        found = _candidates(module)
    return [_loaded(each) for each in found]


def import_target(target: dict[str, Any]) -> ModuleType:
    if target["kind"] != "file":
        return importlib.import_module(target["value"])
    path = os.path.join(target.get("working_directory") or "", target["value"])
    name = os.path.splitext(os.path.basename(path))[0]
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None or not os.path.exists(path):
        raise LoadError("FileNotFoundError", f"there is no Python file {target['value']}")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


def check_origins(expected: dict[str, str]) -> None:
    """See that every import package in `expected` comes from its directory, without importing it.

    Raises:
        LoadError: it is not there, or comes from somewhere else.

    """
    for name, directory in sorted(expected.items()):
        found = _origins(name)
        wanted = os.path.realpath(directory)
        if not found:
            raise LoadError("WrongModule", f"{name} cannot be imported; it should come from {directory}")
        for place in found:
            if place != wanted and not place.startswith(wanted.rstrip(os.sep) + os.sep):
                raise LoadError("WrongModule", f"{name} is imported from {place}, not from {directory}")


def explain(error: BaseException, places: Places, missing: frozenset[str]) -> dict[str, Any]:
    """What went wrong, and the innermost place in the user's own files."""
    chain = _causes(error)
    kind, message = _what(error, missing)
    if len(chain) > 1 and not isinstance(error, KeyError):
        message = f"{message} ({type(chain[-1]).__name__}: {chain[-1]})"
    frames = [frame for each in chain for frame in traceback.extract_tb(each.__traceback__)]
    own = [(frame.filename, frame.lineno) for frame in frames if places.shown(frame.filename) is not None]
    file, line = own[-1] if own else (None, None)
    for each in chain:
        if isinstance(each, SyntaxError) and each.filename:
            file, line = each.filename, each.lineno
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
    return {
        "type": kind,
        "message": message,
        "file": (places.shown(file) or file) if file else None,
        "line": line,
        "traceback_tail": "\n".join(lines[-TRACEBACK_LINES:]),
    }


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what caused it, innermost last."""
    chain = [error]
    while chain[-1].__cause__ is not None and chain[-1].__cause__ not in chain:
        chain.append(chain[-1].__cause__)
    return chain


def _what(error: BaseException, missing: frozenset[str]) -> tuple[str, str]:
    if isinstance(error, LoadError):
        return error.kind, str(error)
    if isinstance(error, KeyError) and error.args and error.args[0] in missing:
        return "MissingVariable", f"{error.args[0]} is not set"
    if isinstance(error, SystemExit):
        return "SystemExit", f"it called sys.exit({error.code!r}) while it was imported"
    if isinstance(error, SyntaxError):
        return type(error).__name__, error.msg
    return type(error).__name__, str(error) or "it gave no message"


def _attribute(module: ModuleType, name: str) -> Any:
    if not hasattr(module, name):
        raise LoadError("NothingFound", f"{module.__name__} has no attribute {name}")
    return getattr(module, name)


def _candidates(module: ModuleType) -> list[Any]:
    """The first kind of thing that the module holds, in Dagster's order."""
    import dagster

    kinds: tuple[tuple[str, Callable[[Any], bool]], ...] = (
        ("@definitions function", _is_lazy),
        ("Definitions object", lambda value: isinstance(value, dagster.Definitions)),
        ("repository", _is_repository),
        ("job", lambda value: isinstance(value, dagster.JobDefinition)),
        ("graph", lambda value: isinstance(value, dagster.GraphDefinition)),
    )
    members = inspect.getmembers(module)
    for kind, is_one in kinds:
        found = [(name, value) for name, value in members if is_one(value)]
        if len(found) > 1 and kind != "repository":
            names = ", ".join(name for name, _ in found)
            raise LoadError("SeveralCandidates", f"{module.__name__} holds more than one {kind}: {names}")
        if found:
            return [value for _, value in found]
    assets = dagster.load_assets_from_modules([module])
    if not assets:
        raise LoadError("NothingFound", f"{module.__name__} holds no definitions that Dagster would load")
    return [dagster.Definitions(assets=assets)]


def _is_lazy(value: Any) -> bool:
    return type(value).__name__ == "LazyDefinitions" and type(value).__module__.startswith("dagster.")


def _is_repository(value: Any) -> bool:
    return any(each.__name__ in ("RepositoryDefinition", "PendingRepositoryDefinition") for each in type(value).__mro__)


def _loaded(found: Any) -> Loaded:
    import dagster

    if _is_lazy(found):
        found = found()
    if isinstance(found, (dagster.JobDefinition, dagster.GraphDefinition)):
        found = dagster.Definitions(jobs=[found])
    if isinstance(found, dagster.Definitions):
        return Loaded(found.get_repository_def(), found)
    if type(found).__name__ == "PendingRepositoryDefinition":  # until 1.10
        return Loaded(found.compute_repository_definition(), None)
    if isinstance(found, dagster.RepositoryDefinition):
        return Loaded(found, None)
    if isinstance(found, list):
        return Loaded(dagster.Definitions(assets=found).get_repository_def(), None)
    if callable(found):
        return _loaded(found())
    raise LoadError("NothingFound", f"a {type(found).__name__} holds no definitions")


def _origins(name: str) -> list[str]:
    module = sys.modules.get(name)
    specification = module.__spec__ if module is not None else importlib.util.find_spec(name)
    if specification is None:
        return []
    if specification.origin and specification.has_location:
        return [os.path.realpath(specification.origin)]
    return [os.path.realpath(each) for each in specification.submodule_search_locations or ()][:1]
