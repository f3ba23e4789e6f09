"""Running the installed `commons` as a user does, with the clock and the memory of the child."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PYTHON = sys.executable
COMMONS = (str(Path(PYTHON).with_name("commons")),)
SOURCE = Path(__file__).resolve().parent.parent / "src" / "dagster_commons"
_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished child: wall-clock seconds, those of its processors, the peak of its memory, what it printed."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    stdout: bytes


def compile_bytecode() -> None:
    """So that the first run measures what every later one does."""
    compileall.compile_dir(SOURCE, quiet=1)


def child_environment(**added: str) -> dict[str, str]:
    """Ours, without what keeps Python from writing bytecode or makes it verbose."""
    dropped = {"PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "PYTHONVERBOSE", "FORCE_COLOR"}
    return {name: value for name, value in os.environ.items() if name not in dropped} | added


def run(
    argv: Sequence[str], *, environment: Mapping[str, str], cwd: Path | None = None, accepted: tuple[int, ...] = (0,)
) -> Run:
    """Run `argv` to its end.

    Raises:
        SystemExit: it ended with a code that is not `accepted`; a figure of a failure would say nothing.

    """
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
        argv,
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if accepted == (0,) else subprocess.DEVNULL,  # what is accepted needs no words
    )
    assert process.stdout is not None  # noqa: S101 - asked for above
    with process.stdout:
        stdout = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        raise SystemExit(f"`{' '.join(argv)}` ended with exit code {process.returncode}")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Run(
        seconds=seconds, cpu_seconds=cpu_seconds, peak_megabytes=usage.ru_maxrss * _RSS_UNIT_BYTES / 1e6, stdout=stdout
    )
