"""Imports dagster once and forks a child for every snapshot; nothing of a location is imported here.

stdin    a line `REQUEST.json<TAB>RESULT.json` per snapshot; the end of stdin ends every child and then us
stdout   `ready`; then, in the order of the requests, `started PID`; and `done PID STATUS LAST_LINE` when a child ended,
         STATUS as `subprocess` counts it (minus the signal), LAST_LINE the last line of its stderr as JSON text

Each child leads a process group of its own, and what is left of the group when the child ended is killed.  How long a
child may take is the caller's business: it has the PID.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
from typing import Callable

import _dagster_commons_environment
import _dagster_commons_snapshot

KEPT_OF_STDERR = 4096
CHUNK = 65536


class Child:
    def __init__(self, process: int, stderr: int) -> None:
        self.process = process
        self.stderr = stderr
        self.tail = b""

    def last_line(self) -> str:
        lines = self.tail.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""


class Server:
    """One loop over stdin, the children's stderr and their ends.  It never blocks on any of them."""

    def __init__(self, snapshot: Callable[[str, str], None]) -> None:
        self._snapshot = snapshot
        self._children: dict[int, Child] = {}
        self._requests = b""
        self._selector = selectors.DefaultSelector()
        self._out = os.dup(1)
        self._wake, self._waker = os.pipe()

    def run(self) -> None:
        os.set_blocking(self._wake, False)
        os.set_blocking(self._waker, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # or no signal wakes us
        signal.set_wakeup_fd(self._waker)
        self._selector.register(0, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._say("ready")
        is_open = True
        while is_open:
            for key, _events in self._selector.select():
                if key.fd == 0:
                    is_open = self._read_requests() and is_open
                elif key.fd == self._wake:
                    os.read(self._wake, CHUNK)
                else:
                    self._read_stderr(key.data)
            self._reap()
        for child in list(self._children.values()):
            _kill_group(child.process)

    def _read_requests(self) -> bool:
        received = os.read(0, CHUNK)
        self._requests += received
        *lines, self._requests = self._requests.split(b"\n")
        for line in lines:
            request, _, result = os.fsdecode(line).partition("\t")
            self._start(request, result)
        return bool(received)

    def _start(self, request: str, result: str) -> None:
        receiving, sending = os.pipe()
        process = os.fork()
        if process == 0:
            self._be_child(request, result, sending)
        os.close(sending)
        os.set_blocking(receiving, False)
        child = self._children[process] = Child(process, receiving)
        self._selector.register(receiving, selectors.EVENT_READ, child)
        self._say(f"started {process}")

    def _be_child(self, request: str, result: str, stderr: int) -> None:
        status = 1
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(stderr, 2)
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 0)
            os.dup2(nowhere, 1)
            for other in (stderr, nowhere, self._out, self._wake, self._waker):
                os.close(other)
            self._selector.close()
            for child in self._children.values():
                if child.stderr >= 0:  # one that closed it and was not reaped yet has none
                    os.close(child.stderr)
            self._snapshot(request, result)
            status = 0
        except BaseException as error:  # whatever happens, a child never becomes a second server
            os.write(2, f"\n{type(error).__name__}: {error}\n".encode("utf-8", "replace"))
        finally:
            os._exit(status)

    def _read_stderr(self, child: Child) -> bool:
        try:
            received = os.read(child.stderr, CHUNK)
        except BlockingIOError:
            return False
        if not received:
            self._forget_stderr(child)
            return False
        child.tail = (child.tail + received)[-KEPT_OF_STDERR:]
        return True

    def _forget_stderr(self, child: Child) -> None:
        if child.stderr >= 0:
            self._selector.unregister(child.stderr)
            os.close(child.stderr)
            child.stderr = -1

    def _reap(self) -> None:
        while self._children:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            child = self._children.pop(process)
            _kill_group(process)
            while child.stderr >= 0 and self._read_stderr(child):
                continue
            self._forget_stderr(child)
            self._say(f"done {process} {exit_code(status)} {json.dumps(child.last_line())}")

    def _say(self, line: str) -> None:
        os.write(self._out, (line + "\n").encode())


def serve(snapshot: Callable[[str, str], None], tell: Callable[[dict[str, object]], None]) -> None:
    """Serve until stdin ends, after `tell` was told what is imported.  Refuses where processes cannot fork."""
    if not hasattr(os, "fork"):
        raise SystemExit("this platform cannot fork")
    unfound = _dagster_commons_environment.watch_for_unfound()
    import dagster  # noqa: F401 - a failure to import it is a failure to serve

    _dagster_commons_snapshot.import_what_all_need()
    tell(_dagster_commons_environment.imported(unfound))
    gc.collect()
    gc.freeze()  # or every child writes to, and so copies, the pages that hold dagster
    Server(snapshot).run()


def exit_code(status: int) -> int:
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _kill_group(process: int) -> None:
    try:
        os.killpg(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nobody left, or nobody of ours
        return
