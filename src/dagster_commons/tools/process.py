"""The one place that starts programs: never through a shell, no pipe that can fill, the process group known."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from dagster_commons.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import NoReturn

INHERITED_GIT_VARIABLES_KEPT = ("GIT_SSL_CAINFO", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_CONFIG_COUNT")
INHERITED_GIT_PREFIXES_KEPT = ("GIT_CONFIG_", "GIT_AUTHOR_", "GIT_COMMITTER_")  # who commits, as CI says it
TERMINATION_GRACE_SECONDS = 10.0
SECONDS_FOR_LAST_WORDS = 1.0
STDERR_CHUNK = 65536
STDERR_KEPT = 16384
AROUND_EXCEPTIONS = (" ", "Traceback (", "The above exception was ", "During handling of the above ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program call as data.  `environment` is added to the scrubbed environment; its values are never shown."""

    argv: tuple[str, ...]
    cwd: Path | None = None
    environment: Mapping[str, str] | None = None
    without: tuple[str, ...] = ()  # environment variables that the program must not see
    stdin: bytes | None = None
    timeout_seconds: float | None = None

    def __str__(self) -> str:
        return shlex.join(self.argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a program ended."""

    command: Command
    exit_code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode("utf-8", "surrogateescape")

    @property
    def error_text(self) -> str:
        return self.stderr.decode("utf-8", "replace").strip()


class ProgramFailedError(ToolError):
    """A program ended with a code other than 0; `completed` is all that it said."""

    def __init__(self, message: str, *, completed: Completed) -> None:
        super().__init__(message)
        self.completed = completed


class ChildObserver(Protocol):
    """Told of every child while it runs, so that a journal can name it to the next run after a crash.

    `started` is called in the child itself just before it becomes the program, so that no child ever runs unrecorded,
    even if we are killed at that moment: what it keeps must be written to disk, its memory is lost.
    """

    def started(self, process_group: int, argv: tuple[str, ...]) -> None: ...

    def ended(self, process_group: int) -> None: ...


_observers: list[ChildObserver] = []
_running: set[int] = set()  # the process groups of the programs that run
_is_closed = threading.Event()  # no program may be started


@contextlib.contextmanager
def observing(observer: ChildObserver) -> Iterator[None]:
    """While the context is open, `observer` hears of every child that `run` starts."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


@contextlib.contextmanager
def programs_ended() -> Iterator[None]:
    """End every program that runs, whichever thread has started it; until the context ends none can be started."""
    _is_closed.set()
    try:
        for process_group in tuple(_running):
            _signal_group(process_group, signal.SIGTERM)
        yield
    finally:
        _is_closed.clear()


def run(command: Command, *, check: bool = True) -> Completed:
    """Run `command` to its end in a process group of its own and return what it printed.

    On Ctrl-C or SIGTERM the child's whole group is ended before the exception goes on.

    Raises:
        ToolError: the program is missing or timed out.
        ProgramFailedError: with `check`, it ended with a non-zero code.

    """
    process = _started(command, has_stdin=command.stdin is not None)
    try:
        stdout, stderr = process.communicate(command.stdin, command.timeout_seconds)
    except subprocess.TimeoutExpired as error:
        _end(process)
        raise ToolError(f"`{command}` did not end within {command.timeout_seconds} seconds") from error
    except BaseException:
        _end(process)
        raise
    finally:
        _running.discard(process.pid)
        for observer in _observers:
            observer.ended(process.pid)
    completed = Completed(command=command, exit_code=process.returncode, stdout=stdout, stderr=stderr)
    if check and completed.exit_code != 0:
        raise failure(completed)
    return completed


class Running:
    """A program that runs beside us: lines go in, lines come out, and of its stderr the last lines are kept.

    Nothing that it prints can make it wait for us but its stdout, which `lines` reads.
    """

    def __init__(self, command: Command, process: subprocess.Popen[bytes]) -> None:
        self._command = command
        self._process = process
        self._stderr_tail = b""
        self._draining = threading.Thread(target=self._drain, daemon=True, name=f"stderr of {process.pid}")
        self._draining.start()

    def send(self, line: str) -> None:
        """Write one line to its stdin.

        Raises:
            ToolError: it has ended.

        """
        stdin = self._process.stdin
        try:
            if stdin is not None:
                stdin.write(os.fsencode(line) + b"\n")
                stdin.flush()
        except (OSError, ValueError) as error:  # a closed pipe, or one that `end` closed
            raise ToolError(f"`{self._command}` has ended: {self.last_error_line()}") from error

    def lines(self) -> Iterator[str]:
        """What it prints, line by line, until it closes its stdout."""
        for line in self._process.stdout or ():
            yield os.fsdecode(line).rstrip("\r\n")

    def wait(self, timeout_seconds: float | None = None) -> int | None:
        """Its exit code (minus the signal that ended it), or None if it still runs after that time."""
        try:
            code = self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return None
        self._draining.join(SECONDS_FOR_LAST_WORDS)
        return code

    def last_error_line(self) -> str:
        """The last line of its stderr so far."""
        return next(iter(self._stderr_lines()[::-1]), "")

    def last_error_lines(self, most: int) -> str:
        """The last lines of its stderr so far, of a traceback only the exceptions."""
        told = [line for line in self._stderr_lines() if line and not line.startswith(AROUND_EXCEPTIONS)]
        return "\n".join(told[-most:])

    def end(self, *, grace_seconds: float = TERMINATION_GRACE_SECONDS) -> None:
        """Close its stdin, and end its whole group if that does not end it within the grace period."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        if self.wait(grace_seconds) is None:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()
        _signal_group(self._process.pid, signal.SIGKILL)  # what it left behind in its group
        self._draining.join(SECONDS_FOR_LAST_WORDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        _running.discard(self._process.pid)
        for observer in _observers:
            observer.ended(self._process.pid)

    def _stderr_lines(self) -> list[str]:
        return self._stderr_tail.decode("utf-8", "replace").strip().splitlines()

    def _drain(self) -> None:
        stream = self._process.stderr
        with contextlib.suppress(OSError, ValueError):  # `end` closed it: a program that left the group holds it open
            while stream is not None and (received := os.read(stream.fileno(), STDERR_CHUNK)):
                self._stderr_tail = (self._stderr_tail + received)[-STDERR_KEPT:]


def start(command: Command) -> Running:
    """Start `command` in a process group of its own and leave it running; `command.stdin` and its timeout do not count.

    Whoever starts it ends it, on every path.

    Raises:
        ToolError: the program is missing.

    """
    return Running(command, _started(command, has_stdin=True))


def require_version(program: str, *, oldest: tuple[int, ...]) -> None:
    """See that `program --version` names `oldest` or a newer one.

    Raises:
        ToolError: it is missing, too old, or names no version.

    """
    said = run(Command(argv=(program, "--version"))).text.strip()
    found = re.search(r"\d+(?:\.\d+)+", said)
    name = PurePath(program).name
    needed = ".".join(map(str, oldest))
    if found is None:
        raise ToolError(f"`{name} --version` names no version: {said}", hint=f"install {name} {needed} or newer")
    if tuple(map(int, found[0].split("."))) < oldest:
        raise ToolError(f"{name} {found[0]} is too old", hint=f"install {name} {needed} or newer")


def become(command: Command) -> NoReturn:
    """Replace ourselves by `command`, which gets our terminal and ends with its own exit code.

    Raises:
        ToolError: the program cannot be started.

    """
    environment = scrubbed_environment(*command.without) | dict(command.environment or {})
    try:
        if command.cwd is not None:
            os.chdir(command.cwd)
        os.execvpe(command.argv[0], command.argv, environment)
    except OSError as error:
        raise ToolError(f"cannot start `{command.argv[0]}`: {error.strerror}") from error


def failure(completed: Completed) -> ProgramFailedError:
    """The error for a program that ended badly: its call, its code and the last lines it printed."""
    said = completed.error_text or completed.text.strip()
    tail = "\n".join(said.splitlines()[-12:])
    message = f"`{completed.command}` ended with exit code {completed.exit_code}\n{tail}".rstrip()
    return ProgramFailedError(message, completed=completed)


def end_process_group(process_group: int) -> None:
    """Ask the group to end, and after a grace period make it."""
    if not _signal_group(process_group, signal.SIGTERM):
        return
    deadline = time.monotonic() + TERMINATION_GRACE_SECONDS
    while time.monotonic() < deadline:
        if not is_group_alive(process_group):
            return
        time.sleep(0.02)
    _signal_group(process_group, signal.SIGKILL)


def is_group_alive(process_group: int) -> bool:
    """Whether any process of the group still runs (a zombie that nobody reaped counts until it is reaped)."""
    return _signal_group(process_group, 0)


def scrubbed_environment(*without: str) -> dict[str, str]:
    """Our environment without what would point git or Python at another repository or environment."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_")
        or name in INHERITED_GIT_VARIABLES_KEPT
        or name.startswith(INHERITED_GIT_PREFIXES_KEPT)
    }
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", *without):
        kept.pop(name, None)
    return kept


def _started(command: Command, *, has_stdin: bool) -> subprocess.Popen[bytes]:
    if _is_closed.is_set():
        raise ToolError(f"`{command}` was not started: the run is ending")
    try:
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=scrubbed_environment(*command.without) | dict(command.environment or {}),
            stdin=subprocess.PIPE if has_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_announcement(command.argv),  # noqa: PLW1509 - only while a journal is open, in one thread
        )
    except FileNotFoundError as error:
        raise ToolError(
            f"cannot start `{command.argv[0]}`: {error.strerror} ({error.filename})",
            hint=f"install {command.argv[0]} and see that it is on PATH",
        ) from error
    except subprocess.SubprocessError as error:
        raise ToolError(f"cannot start `{command.argv[0]}`: the journal could not record it") from error
    _running.add(process.pid)
    return process


def _announcement(argv: tuple[str, ...]) -> Callable[[], None] | None:
    observers = tuple(_observers)
    if not observers:
        return None

    def announce() -> None:
        for observer in observers:
            observer.started(os.getpid(), argv)

    return announce


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the child's whole group and reap the child, so that its death is seen at once."""
    if _signal_group(process.pid, signal.SIGTERM):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=TERMINATION_GRACE_SECONDS)
    end_process_group(process.pid)
    process.communicate()


def _signal_group(process_group: int, number: int) -> bool:
    try:
        os.killpg(process_group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
