"""Runs inside a code location's environment and answers into a file.  Python 3.9 syntax, standard library and dagster.

    python -I dagster_commons_probe.py imports RESULT.json DISTRIBUTION [IMPORT_PACKAGE...]
    python -I dagster_commons_probe.py paths RESULT.json [IMPORT_PATH...]
    python -I dagster_commons_probe.py snapshot REQUEST.json RESULT.json
    python -I dagster_commons_probe.py serve IMPORTED.json
    python -I dagster_commons_probe.py health RESULT.json PORT SECONDS

`imports` answers {"version": str or null, "files": [str], "error": str or null}.  `version` is null when the
environment has no such distribution; `error` names the exception when an import package cannot be imported.  Without
import packages those count that the distribution has.

`paths` answers {"led": {import path: whether it leads to something}}; what cannot be told is left out.

`snapshot` loads a location's definitions.  The request is

    {"target": {"kind": "module|file|package|autoload", "value", "attribute", "working_directory"},
     "expect_modules": {import package: directory that it must come from},
     "environment": {variable: value},
     "without": [variables to take away],
     "first_party": [{"directory", "prefix"}],   code of the user's own, and what is shown instead of the directory
     "path": [entries to put first in sys.path],
     "prefix": environment to load it in}        of a server's child; a fresh process is of one already

and the answer {"format": 1, "dagster", "python", "objects": [{"kind", "name", "fields", "raw", "code"}],
"code": [{"id", "file", "line", "digest"}], "inputs": {"files", "directories", "variables", "has_used_network",
"has_run_programs"}}, or {"format": 1, "error": {"type", "message", "file", "line", "traceback_tail"}}.

`serve` imports dagster once, writes {"files": [loaded files, relative to the environment], "unfound": [names of modules
that were looked for in vain]}, and forks for every line `REQUEST.json<TAB>RESULT.json` on stdin; see
`_dagster_commons_serving`.

`health` waits until the server on PORT of loopback serves, SECONDS at most, and answers {"is_serving": bool,
"error": str or null}.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def answer_imports(distribution: str, names: list[str]) -> dict[str, object]:
    """The distribution's version and where each of its import packages comes from."""
    files: list[str] = []
    answer: dict[str, object] = {"version": None, "files": files, "error": None}
    try:
        answer["version"] = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return answer
    for name in names or own_names(distribution):
        try:
            module = importlib.import_module(name)
        except BaseException as error:  # a module may raise anything, SystemExit included
            answer["error"] = f"{type(error).__name__}: {error}"
            break
        files.append(file_of(module))
    return answer


def answer_paths(paths: list[str]) -> dict[str, object]:
    """Whether each of them leads to something; one that cannot be told is left out."""
    told = {path: leads_somewhere(path) for path in paths}
    return {"led": {path: is_led for path, is_led in told.items() if is_led is not None}}


def leads_somewhere(path: str) -> bool | None:
    """Whether there is something at `path`; None where what has to be imported or asked for that raises."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        try:
            found = importlib.import_module(name)
            for part in parts[length:]:
                found = getattr(found, part)
        except ModuleNotFoundError as error:
            if error.name is None or not (name + ".").startswith(error.name + "."):
                return None
        except AttributeError:
            return False
        except BaseException:  # a module may raise anything, SystemExit included
            return None
        else:
            return True
    return False


def own_names(distribution: str) -> list[str]:
    """The import packages and modules among the distribution's files; its own name where there are none."""
    files = [file.parts for file in importlib.metadata.files(distribution) or []]
    packages = {top for top, *inner in files if inner == ["__init__.py"]}
    modules = {top[:-3] for top, *inner in files if not inner and top.endswith(".py")}
    public = sorted(name for name in packages | modules if name.isidentifier() and not name.startswith("_"))
    return public or [distribution.replace("-", "_")]


def file_of(module: ModuleType) -> str:
    """The file a module came from, or the first directory of a namespace package."""
    places = [module.__file__] if module.__file__ else list(module.__path__)
    return os.path.realpath(places[0])


def answer_snapshot(request_path: str, result_path: str) -> None:
    """Take the snapshot that the request asks for; what the location prints goes nowhere."""
    with open(request_path, encoding="utf-8") as stream:
        request = json.load(stream)
    result_path = os.path.abspath(result_path)  # the location may change its directory
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    write_result(result_path, sibling("_dagster_commons_snapshot").take(request))


def write_result(path: str, answer: dict[str, object]) -> None:
    """Write `answer` so that a reader sees the whole of it or nothing."""
    temporary = path + ".partial"
    with open(temporary, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(answer, sort_keys=True, allow_nan=False))
    os.replace(temporary, path)


def sibling(name: str) -> ModuleType:
    """One of our modules beside this one.  Our directory is on the path only for as long as that takes."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(here)


def main(arguments: list[str]) -> None:
    question = arguments[0] if arguments else ""
    if question == "imports":
        result, distribution, *names = arguments[1:]
        write_result(result, answer_imports(distribution, names))
    elif question == "paths":
        result, *paths = arguments[1:]
        write_result(result, answer_paths(paths))
    elif question == "snapshot":
        request, result = arguments[1:]
        answer_snapshot(request, result)
    elif question == "serve":
        (imported,) = arguments[1:]
        sibling("_dagster_commons_serving").serve(answer_snapshot, lambda answer: write_result(imported, answer))
    elif question == "health":
        result, port, seconds = arguments[1:]
        write_result(result, sibling("_dagster_commons_health").wait_until_serving(int(port), float(seconds)))
    else:
        raise SystemExit("unknown question: " + question)


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # threads that an import started must not keep us
