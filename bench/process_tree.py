"""What the processes that we started cost: processor time of those that ended, memory of those that run."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_BETWEEN_LOOKS = 0.25
_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True, kw_only=True)
class Peak:
    """Megabytes (proportional set size) of all our descendants together; 0 where /proc cannot tell."""

    megabytes: float = 0.0


@contextlib.contextmanager
def memory_watched() -> Iterator[Peak]:
    """Look at the memory of our descendants every `SECONDS_BETWEEN_LOOKS`, and keep the highest sum."""
    peak, has_ended = Peak(), threading.Event()

    def watch() -> None:
        while not has_ended.wait(SECONDS_BETWEEN_LOOKS):
            peak.megabytes = max(peak.megabytes, sum(map(_megabytes, descendants(os.getpid()))))

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield peak
    finally:
        has_ended.set()
        watching.join()


def spent_by_children() -> float:
    """Processor seconds (user and system) of all our children that ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def spent_by_children_of(process: int) -> float:
    """The same of another process, to the clock tick of /proc."""
    fields = _stat(process)
    return (int(fields[13]) + int(fields[14])) / _TICKS


def descendants(process: int) -> tuple[int, ...]:
    """Those that run now; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [process]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return tuple(found)


def _stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold spaces; the first is the third of proc(5)."""
    return (_PROC / str(process) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _megabytes(process: int) -> float:
    with contextlib.suppress(OSError):
        for line in (_PROC / str(process) / "smaps_rollup").read_text(encoding="utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0
