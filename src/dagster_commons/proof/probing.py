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
    """Takes snapshots; servers that have imported Dagster wait for the next one, at most `most` of them."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._idle: OrderedDict[Path, list[ProbeServer]] = OrderedDict()
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
            servers = [server for servers in self._idle.values() for server in servers]
            self._idle.clear()
        for server in servers:
            server.stop()

    def _by_fork(self, python: Path, request: SnapshotRequest, timeout_seconds: float) -> Snapshot | LoadFailure:
        server = self._take(python)
        try:
            result = server.snapshot(request, timeout_seconds=timeout_seconds)
        except BaseException:
            server.stop()
            raise
        self._give_back(python, server)
        return result

    def _take(self, python: Path) -> ProbeServer:
        with self._lock:
            waiting = self._idle.get(python)
            if waiting:
                return waiting.pop()
        return ProbeServer(python)

    def _give_back(self, python: Path, server: ProbeServer) -> None:
        with self._lock:
            self._idle.setdefault(python, []).append(server)
            self._idle.move_to_end(python)
            surplus = self._surplus()
        for each in surplus:
            each.stop()

    def _surplus(self) -> list[ProbeServer]:
        """Servers beyond the bound, of the environments not used for longest."""
        surplus: list[ProbeServer] = []
        while sum(map(len, self._idle.values())) > self._most:
            python, servers = next(iter(self._idle.items()))
            surplus.append(servers.pop(0))
            if not servers:
                del self._idle[python]
        return surplus


@contextlib.contextmanager
def probing(*, most: int) -> Iterator[Probing]:
    """A `Probing` whose servers end with the context."""
    own = Probing(most=most)
    try:
        yield own
    finally:
        own.stop()
