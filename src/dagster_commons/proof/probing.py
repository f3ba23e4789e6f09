"""Probe servers kept between loads: one per environment, a bounded number at a time."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.probe.snapshots import ProbeServer, can_fork, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.definitions import Snapshot
    from dagster_commons.model.verdicts import How, LoadFailure
    from dagster_commons.probe.snapshots import SnapshotRequest


class Probing:
    """Takes snapshots; a server that has imported Dagster takes all of its environment, at most `most` servers wait."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._served: OrderedDict[Path, _Served] = OrderedDict()
        self._lock = threading.Lock()

    def shared(
        self, python: Path, request: SnapshotRequest, *, timeout_seconds: float
    ) -> tuple[Snapshot | LoadFailure, How]:
        """A snapshot by a fork of a server of `python`; in a fresh process where forking cannot serve."""
        if not can_fork():
            return self.fresh(python, request, timeout_seconds=timeout_seconds), "fresh"
        try:
            return self._by_fork(python, request, timeout_seconds), "fork"
        except ToolError:  # no server for this environment, or it was killed: a fresh process shows what is the matter
            return self.fresh(python, request, timeout_seconds=timeout_seconds), "fresh"

    def fresh(self, python: Path, request: SnapshotRequest, *, timeout_seconds: float) -> Snapshot | LoadFailure:
        """A snapshot by a process of its own."""
        return snapshot(python, request, timeout_seconds=timeout_seconds)

    def stop(self) -> None:
        """End every server."""
        with self._lock:
            all_of_them = tuple(self._served.values())
            self._served.clear()
        for each in all_of_them:
            each.stop()

    def _by_fork(self, python: Path, request: SnapshotRequest, timeout_seconds: float) -> Snapshot | LoadFailure:
        served = self._take(python)
        try:
            return served.server(python).snapshot(request, timeout_seconds=timeout_seconds)
        except ToolError:
            self._forget(python, served)
            raise
        finally:
            self._give_back(served)

    def _take(self, python: Path) -> _Served:
        with self._lock:
            served = self._served.setdefault(python, _Served())
            self._served.move_to_end(python)
            served.users += 1
            surplus = self._surplus()
        for each in surplus:
            each.stop()
        return served

    def _give_back(self, served: _Served) -> None:
        with self._lock:
            served.users -= 1
            is_forgotten = served not in self._served.values()
            surplus = self._surplus()
            if is_forgotten and served.users == 0:
                surplus.append(served)
        for each in surplus:
            each.stop()

    def _forget(self, python: Path, served: _Served) -> None:
        with self._lock:
            if self._served.get(python) is served:
                del self._served[python]

    def _surplus(self) -> list[_Served]:
        """Those beyond the bound that nobody uses, of the environments not used for longest."""
        idle = [python for python, served in self._served.items() if served.users == 0]
        return [self._served.pop(python) for python in idle[: max(0, len(self._served) - self._most)]]


class _Served:
    """The server of one environment, started by the first who asks, and how many are using it."""

    def __init__(self) -> None:
        self.users = 0
        self._server: ProbeServer | None = None
        self._starting = threading.Lock()

    def server(self, python: Path) -> ProbeServer:
        with self._starting:
            if self._server is None:
                self._server = ProbeServer(python)
            return self._server

    def stop(self) -> None:
        with self._starting:
            if self._server is not None:
                self._server.stop()


@contextlib.contextmanager
def probing(*, most: int) -> Iterator[Probing]:
    """A `Probing` whose servers end with the context."""
    own = Probing(most=most)
    try:
        yield own
    finally:
        own.stop()
