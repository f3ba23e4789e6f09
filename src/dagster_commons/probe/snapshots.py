"""Snapshots of a location's definitions, taken in its own environment: by a fresh process, or by a server's fork."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Self

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.verdicts import LoadFailure
from dagster_commons.probe.kinship import read_imported
from dagster_commons.probe.snapshot_file import from_document
from dagster_commons.tools.process import Command, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.definitions import Snapshot
    from dagster_commons.model.workspace import Target
    from dagster_commons.tools.process import Running

TIMEOUT_SECONDS = 300.0
START_TIMEOUT_SECONDS = 120.0
SECONDS_FOR_DEATH_NOTICE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRequest:
    """What to load, and as what.

    `directory` is where Dagster would load it: the working directory, and first in the module search path after `path`.
    `expect_modules` are import packages and the directories they must come from; another origin is a failure of type
    "WrongModule".  `first_party` are directories of the user's own code and what is shown instead of each.
    `environment` are variables that the load sees, `without` those of ours that it does not.
    """

    target: Target
    directory: Path
    expect_modules: tuple[tuple[str, Path], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()
    first_party: tuple[tuple[Path, str], ...] = ()
    path: tuple[Path, ...] = ()

    def to_json(self, prefix: Path | None = None) -> str:
        """The request as the probe reads it; `prefix` is the environment to load it in, if not the process's own."""
        return json.dumps(
            {
                "target": {
                    "kind": self.target.kind,
                    "value": self.target.value,
                    "attribute": self.target.attribute,
                    "working_directory": str(self.directory),
                },
                "expect_modules": {name: str(directory) for name, directory in self.expect_modules},
                "environment": dict(self.environment),
                "without": list(self.without),
                "first_party": [{"directory": str(each), "prefix": shown} for each, shown in self.first_party],
                "path": [str(each) for each in self.path],
                "prefix": str(prefix) if prefix is not None else None,
            }
        )


def snapshot(
    python: Path, request: SnapshotRequest, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> Snapshot | LoadFailure:
    """The definitions that a fresh `python` process loads, or why it could not.

    A failure is of the exception's type, or "Timeout", "Crashed" (it ended without an answer), "WrongModule",
    "MissingVariable", "NothingFound", "SeveralCandidates", "UnsupportedDagster".

    Raises:
        ToolError: `python` could not be started.

    """
    with _scratch() as directory, _script() as script:
        asked, answered = _write(directory, request)
        argv = (str(python), "-I", str(script), "snapshot", str(asked), str(answered))
        running = start(Command(argv=argv, cwd=directory, environment=_activated(python)))
        try:
            status = running.wait(timeout_seconds)
            if status is None:
                return _timed_out(timeout_seconds)
        finally:
            running.end(grace_seconds=0)
        return _read(answered, status, running.last_error_line())


@cache
def probe_digest() -> str:
    """A digest of the probe itself: another probe may say other things of the same code."""
    digest = hashlib.sha256()
    scripts = resources.files("dagster_commons.probe") / "in_env"
    for each in sorted(scripts.iterdir(), key=lambda each: each.name):
        if each.name.endswith(".py"):
            digest.update(each.name.encode() + b"\0" + each.read_bytes() + b"\0")
    return digest.hexdigest()


def can_fork() -> bool:
    """Whether snapshots can be taken by forks here.  On macOS system libraries do not survive a fork reliably."""
    return hasattr(os, "fork") and sys.platform != "darwin"


@dataclass(slots=True, kw_only=True)
class _Job:
    """One snapshot being taken by a server."""

    process: int | None = None
    status: int = 0
    last_line: str = ""
    has_started: threading.Event = field(default_factory=threading.Event)
    has_ended: threading.Event = field(default_factory=threading.Event)
    is_lost: bool = False  # the server ended before the child did


class ProbeServer:
    """A process that has imported Dagster and forks for every snapshot; several threads may ask at a time.

    It ends with `stop`, or as a context manager with its block.

    Raises:
        ToolError: `python` could not be started, or has no usable Dagster.

    """

    def __init__(self, python: Path) -> None:
        self._jobs: dict[int, _Job] = {}
        self._asked: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_ready = threading.Event()
        self._has_ended = False
        self._resources = contextlib.ExitStack()
        self._directory = self._resources.enter_context(_scratch())
        script = self._resources.enter_context(_script())
        said = self._directory / "imported.json"
        argv = (str(python), "-I", str(script), "serve", str(said))
        self._running: Running = start(Command(argv=argv, cwd=self._directory, environment=_activated(python)))
        self._listening = threading.Thread(target=self._listen, daemon=True, name=f"probe server of {python}")
        self._listening.start()
        if not self._is_ready.wait(START_TIMEOUT_SECONDS) or self._has_ended:
            self.stop()
            raise ToolError(f"{python} cannot serve snapshots: {self._running.last_error_line()}")
        try:
            self.imported = read_imported(said, python.parent.parent)
        except ToolError:
            self.stop()
            raise

    def snapshot(
        self, request: SnapshotRequest, *, python: Path | None = None, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> Snapshot | LoadFailure:
        """As the function `snapshot`; `python` is that of another environment, if `is_kin` says so of it.

        Raises:
            ToolError: the server has ended; a fresh process can still take the snapshot.

        """
        job = _Job()
        with tempfile.TemporaryDirectory(dir=self._directory, ignore_cleanup_errors=True) as scratch:
            asked, answered = _write(Path(scratch), request, python.parent.parent if python is not None else None)
            with self._lock:
                if self._has_ended:
                    raise self._gone()
                self._asked.put(job)
                self._running.send(f"{asked}\t{answered}")
            try:
                if not job.has_ended.wait(timeout_seconds):
                    return self._give_up(job, timeout_seconds)
            except BaseException:
                self._give_up(job, timeout_seconds)
                raise
            if job.is_lost:
                raise self._gone()
            return _read(answered, job.status, job.last_line)

    def stop(self) -> None:
        """End the server and every snapshot that it is taking."""
        self._running.end()
        self._listening.join()
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _give_up(self, job: _Job, timeout_seconds: float) -> LoadFailure:
        if not job.has_started.wait(SECONDS_FOR_DEATH_NOTICE):
            self._running.end(grace_seconds=0)
        _kill(job)
        job.has_ended.wait(SECONDS_FOR_DEATH_NOTICE)
        return _timed_out(timeout_seconds)

    def _gone(self) -> ToolError:
        return ToolError(f"the process that takes snapshots has ended: {self._running.last_error_line()}")

    def _listen(self) -> None:
        for line in self._running.lines():
            event, _, rest = line.partition(" ")
            if event == "ready":
                self._is_ready.set()
            elif event == "started":
                job = self._asked.get()
                job.process = int(rest)
                self._jobs[job.process] = job
                job.has_started.set()
            elif event == "done":
                process, status, last_line = rest.split(" ", 2)
                job = self._jobs.pop(int(process))
                job.status, job.last_line = int(status), json.loads(last_line)
                job.process = None
                job.has_ended.set()
        self._lose_everything()

    def _lose_everything(self) -> None:
        with self._lock:
            self._has_ended = True
            lost = list(self._jobs.values())
            while not self._asked.empty():
                lost.append(self._asked.get())
        for job in lost:
            _kill(job)
            job.is_lost = True
            job.has_started.set()
            job.has_ended.set()
        self._is_ready.set()


def _kill(job: _Job) -> None:
    if job.process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(job.process, signal.SIGKILL)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="commons-probe-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@contextlib.contextmanager
def _script() -> Iterator[Path]:
    with resources.as_file(resources.files("dagster_commons.probe") / "in_env") as directory:
        yield directory / "dagster_commons_probe.py"


def _write(directory: Path, request: SnapshotRequest, prefix: Path | None = None) -> tuple[Path, Path]:
    asked = directory / "request.json"
    asked.write_text(request.to_json(prefix), encoding="utf-8")
    return asked, directory / "result.json"


def _activated(python: Path) -> dict[str, str]:
    """What activating the environment would set: programs beside its Python are found first."""
    return {"PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _read(answered: Path, status: int, last_line: str) -> Snapshot | LoadFailure:
    if not answered.exists():
        return LoadFailure(type="Crashed", message=_how_it_ended(status, last_line))
    try:
        document = json.loads(answered.read_bytes())
        if isinstance(document, dict) and "error" in document:
            return LoadFailure(**document["error"])
        return from_document(document, file=answered)
    except (ValueError, TypeError, UsageError) as reason:
        return LoadFailure(type="Crashed", message=f"the location's answer is damaged: {reason}")


def _how_it_ended(status: int, last_line: str) -> str:
    how = f"exit code {status}"
    if status < 0:
        with contextlib.suppress(ValueError):
            how = signal.Signals(-status).name
    said = f": {last_line}" if last_line else ""
    return f"the process ended with {how} while it loaded the definitions{said}"


def _timed_out(timeout_seconds: float) -> LoadFailure:
    return LoadFailure(type="Timeout", message=f"loading did not end within {timeout_seconds:g} seconds")
