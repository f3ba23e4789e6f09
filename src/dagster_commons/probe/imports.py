"""What a module imported in an environment turns out to be."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

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
    script = resources.files("dagster_commons.probe") / "in_env" / "dagster_commons_probe.py"
    with tempfile.TemporaryDirectory(prefix="commons-probe-") as scratch, resources.as_file(script) as script_path:
        result = Path(scratch) / "result.json"
        argv = (str(python), "-I", str(script_path), "imports", str(result), distribution, *import_packages)
        ended = run(
            Command(argv=argv, cwd=Path(scratch), timeout_seconds=IMPORT_TIMEOUT_SECONDS),
            check=False,
        )
        if not result.exists():
            said = ended.error_text.splitlines()[-1:] or [f"exit code {ended.exit_code}"]
            return Imported(version=None, files=(), error=f"the interpreter ended without an answer: {said[0]}")
        answer = json.loads(result.read_text(encoding="utf-8"))
    return Imported(
        version=answer["version"],
        files=tuple(Path(file) for file in answer["files"]),
        error=answer["error"],
    )
