"""What a module imported in an environment turns out to be."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from dagster_commons.tools.process import Command, run

IMPORT_TIMEOUT_SECONDS = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The distribution's version (None: not installed), the files its import packages came from, or the error."""

    version: str | None
    files: tuple[Path, ...]
    error: str | None


def import_module(python: Path, *, distribution: str, import_packages: tuple[str, ...]) -> Imported:
    """Import `import_packages` with `python`, isolated from the current directory and user site.

    Raises:
        ToolError: the interpreter could not be started or gave no answer in time.

    """
    answer = _asked(python, "imports", distribution, *import_packages)
    if isinstance(answer, str):
        return Imported(version=None, files=(), error=f"the interpreter ended without an answer: {answer}")
    return Imported(
        version=answer["version"],
        files=tuple(Path(file) for file in answer["files"]),
        error=answer["error"],
    )


def led_paths(python: Path, paths: tuple[str, ...]) -> dict[str, bool]:
    """Whether each of the import paths leads to something with `python`; what cannot be told is left out.

    Raises:
        ToolError: the interpreter could not be started or gave no answer in time.

    """
    answer = _asked(python, "paths", *paths) if paths else ""
    return {} if isinstance(answer, str) else answer["led"]


def _asked(python: Path, *question: str) -> dict[str, Any] | str:
    """What the probe answers; what the interpreter said where it ended without an answer."""
    script = resources.files("dagster_commons.probe") / "in_env" / "dagster_commons_probe.py"
    with tempfile.TemporaryDirectory(prefix="commons-probe-") as scratch, resources.as_file(script) as script_path:
        result = Path(scratch) / "result.json"
        argv = (str(python), "-I", str(script_path), question[0], str(result), *question[1:])
        ended = run(Command(argv=argv, cwd=Path(scratch), timeout_seconds=IMPORT_TIMEOUT_SECONDS), check=False)
        if not result.exists():
            return (ended.error_text.splitlines()[-1:] or [f"exit code {ended.exit_code}"])[0]
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return answer
