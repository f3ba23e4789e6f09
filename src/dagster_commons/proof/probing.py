"""Probe servers kept between loads: one for all environments that are alike for it, a bounded number at a time."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.probe.kinship import is_kin
from dagster_commons.probe.snapshots import ProbeServer, can_fork, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.definitions import Snapshot
    from dagster_commons.model.verdicts import How, LoadFailure
    from dagster_commons.probe.snapshots import SnapshotRequest


class Probing:
    """Takes snapshots; a server that has imported Dagster takes those of its environment and of all its kin.

    At most `most` servers wait for work.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._served: list[_Served] = []  # the one used last is the last
        self._choosing = threading.Lock()  # whose a server is, is known only when it has started
        self._counting = threading.Lock()

    def shared(
        self, python: Path, request: SnapshotRequest, *, timeout_seconds: float, kin: Path | None = None
    ) -> tuple[Snapshot | LoadFailure, How]:
        """A snapshot by a fork of a server for `python`; in a fresh process where forking cannot serve.

        A server that has to be started is of `kin`, the Python of an environment that stays when that of `python` goes.
        """
        if not can_fork():
            return self.fresh(python, request, timeout_seconds=timeout_seconds), "fresh"
        try:
            return self._by_fork(python, request, timeout_seconds, kin), "fork"
        except ToolError:  # no server for this environment, or it was killed: a fresh process shows what is the matter
            return self.fresh(python, request, timeout_seconds=timeout_seconds), "fresh"

    def fresh(self, python: Path, request: SnapshotRequest, *, timeout_seconds: float) -> Snapshot | LoadFailure:
        """A snapshot by a process of its own."""
        return snapshot(python, request, timeout_seconds=timeout_seconds)

    def stop(self) -> None:
        """End every server."""
        with self._counting:
            all_of_them = tuple(self._served)
            self._served.clear()
        for each in all_of_them:
            each.server.stop()

    def _by_fork(
        self, python: Path, request: SnapshotRequest, timeout_seconds: float, kin: Path | None
    ) -> Snapshot | LoadFailure:
        served = self._take(python, kin)
        try:
            return served.server.snapshot(request, python=python, timeout_seconds=timeout_seconds)
        except ToolError:
            self._forget(served)
            raise
        finally:
            self._give_back(served)

    def _take(self, python: Path, kin: Path | None) -> _Served:
        with self._choosing:
            served = self._known(python)
            if served is None and kin is not None:
                self._give_back(self._started(kin))
                served = self._known(python)
            return served if served is not None else self._started(python)

    def _started(self, python: Path) -> _Served:
        """A new server, which the caller uses."""
        served = _Served(ProbeServer(python))
        with self._counting:
            self._served.append(served)
            surplus = self._surplus()
        for each in surplus:
            each.server.stop()
        return served

    def _known(self, python: Path) -> _Served | None:
        with self._counting:
            served = next((each for each in self._served if each.is_for(python)), None)
            if served is not None:
                served.users += 1
                self._served.remove(served)
                self._served.append(served)
            return served

    def _give_back(self, served: _Served) -> None:
        with self._counting:
            served.users -= 1
            surplus = self._surplus()
            if served.users == 0 and served not in self._served and served not in surplus:
                surplus.append(served)
        for each in surplus:
            each.server.stop()

    def _forget(self, served: _Served) -> None:
        with self._counting:
            if served in self._served:
                self._served.remove(served)

    def _surplus(self) -> list[_Served]:
        """Take out those beyond the bound that nobody uses, longest unused first."""
        idle = [each for each in self._served if each.users == 0]
        surplus = idle[: max(0, len(self._served) - self._most)]
        self._served = [each for each in self._served if each not in surplus]
        return surplus


class _Served:
    """A server, how many are using it (at first who started it), and which environments it turned out to serve."""

    def __init__(self, server: ProbeServer) -> None:
        self.server = server
        self.users = 1
        self._serves: dict[Path, bool] = {}

    def is_for(self, python: Path) -> bool:
        if python not in self._serves:
            self._serves[python] = is_kin(self.server.imported, python.parent.parent)
        return self._serves[python]


@contextlib.contextmanager
def probing(*, most: int) -> Iterator[Probing]:
    """A `Probing` whose servers end with the context."""
    own = Probing(most=most)
    try:
        yield own
    finally:
        own.stop()
