"""Booting a code location's server, to see that it comes up where it is installed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import tempfile
import threading
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.tools.process import Command, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dagster_commons.tools.process import Running

# What a program needs of its surroundings wherever it runs; nothing of this machine's user or of a checkout.
KEPT = frozenset({"LANG", "LC_ALL", "TMPDIR", "TZ"})
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"
LOOPBACK = "127.0.0.1"
TRIES = 3  # a free port may be taken before the server has it
TAKEN = re.compile("could not bind|failed to bind|already in use|already allocated", re.IGNORECASE)
SECONDS_BETWEEN_LOOKS = 0.05


def clean(environment: Mapping[str, str], *, home: Path, programs: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """The variables to set and those to take away, so that a program sees `environment` and next to nothing else."""
    given = {"HOME": str(home), "PATH": f"{programs}{os.pathsep}{PROGRAMS}", **environment}
    return given, tuple(name for name in os.environ if name not in KEPT and name not in given)


@contextlib.contextmanager
def booted(
    serve: Callable[[str, int], Command], python: Path, *, timeout_seconds: float, last_words: int = 1
) -> Iterator[int]:
    """Run the server that `serve` (host, port) says until the context ends; it is healthy when the context begins.

    `python` is of an environment with Dagster, whose health check is asked.  Yields the port.  Of a server that ended,
    so many lines are told as `last_words` says: a program that it runs in may have the last of them.

    Raises:
        ToolError: it ended, or was not healthy in time.

    """
    for attempt in range(TRIES):
        port = _free_port()
        running = start(serve(LOOPBACK, port))
        threading.Thread(target=_drain, args=(running,), daemon=True, name=f"stdout of the server on {port}").start()
        try:
            failure = _failure(running, python, port, timeout_seconds, last_words)
            if failure is None:
                yield port
                return
        finally:
            running.end(grace_seconds=0)
        if TAKEN.search(failure) is None or attempt == TRIES - 1:
            raise ToolError(failure)


def _failure(running: Running, python: Path, port: int, timeout_seconds: float, last_words: int) -> str | None:
    """Why the server does not serve; None as soon as it does."""
    deadline = time.monotonic() + timeout_seconds
    with (
        tempfile.TemporaryDirectory(prefix="commons-probe-") as scratch,
        _asking(python, Path(scratch), port, timeout_seconds) as asking,
    ):
        while asking.wait(SECONDS_BETWEEN_LOOKS) is None:
            status = running.wait(0)
            if status is not None:
                said = running.last_error_lines(last_words) or running.last_error_line() or "it said nothing"
                return f"the server ended with exit code {status}: {said}"
            if time.monotonic() > deadline:
                break
        answered = Path(scratch) / "result.json"
        if not answered.exists():
            return f"the server was not healthy within {timeout_seconds:g} seconds: {asking.last_error_line()}"
        answer = json.loads(answered.read_bytes())
    if answer["is_serving"]:
        return None
    said = running.last_error_line() or answer["error"]
    return f"the server was not healthy within {timeout_seconds:g} seconds: {said}"


@contextlib.contextmanager
def _asking(python: Path, scratch: Path, port: int, timeout_seconds: float) -> Iterator[Running]:
    with resources.as_file(resources.files("dagster_commons.probe") / "in_env") as scripts:
        script = str(scripts / "dagster_commons_probe.py")
        question = ("health", str(scratch / "result.json"), str(port), str(timeout_seconds))
        running = start(Command(argv=(str(python), "-I", script, *question), cwd=scratch))
        try:
            yield running
        finally:
            running.end(grace_seconds=0)


def _drain(running: Running) -> None:
    """A location may print megabytes, and must not wait for a reader."""
    with contextlib.suppress(ValueError, OSError):  # `end` closed it
        for _line in running.lines():
            pass


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind((LOOPBACK, 0))
        port: int = chosen.getsockname()[1]
        return port
