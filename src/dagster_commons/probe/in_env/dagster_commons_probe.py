"""Runs inside a code location's environment and answers into a file.  Standard library only, Python 3.9 syntax.

    python -I dagster_commons_probe.py imports RESULT.json DISTRIBUTION [IMPORT_PACKAGE...]

Result: {"version": str or null, "files": [str], "error": str or null}.  `version` is null when the environment has no
such distribution; `error` names the exception when an import package cannot be imported.
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
    for name in names:
        try:
            module = importlib.import_module(name)
        except BaseException as error:  # a module may raise anything, SystemExit included
            answer["error"] = f"{type(error).__name__}: {error}"
            break
        files.append(file_of(module))
    return answer


def file_of(module: ModuleType) -> str:
    """The file a module came from, or the first directory of a namespace package."""
    places = [module.__file__] if module.__file__ else list(module.__path__)
    return os.path.realpath(places[0])


def write_result(path: str, answer: dict[str, object]) -> None:
    """Write `answer` so that a reader sees the whole of it or nothing."""
    temporary = path + ".partial"
    with open(temporary, "w", encoding="utf-8") as stream:
        json.dump(answer, stream, sort_keys=True)
    os.replace(temporary, path)


def main(arguments: list[str]) -> None:
    question, result, distribution = arguments[:3]
    if question != "imports":
        raise SystemExit("unknown question: " + question)
    write_result(result, answer_imports(distribution, arguments[3:]))


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # threads that an import started must not keep us
