"""Children that outlive a killed `commons`: recognised without mistaking a reused process id for them, and ended."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from dagster_commons.errors import ToolError
from dagster_commons.tools.process import TERMINATION_GRACE_SECONDS, Command, run

PROC = Path("/proc")
SECONDS_BETWEEN_LOOKS = 0.02
CLOCK_TOLERANCE_SECONDS = 2.0  # `ps` tells elapsed time in whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChild:
    """A child as the journal names it: its process group, what it runs, when and in which boot it was started.

    `started` is seconds since the epoch; `ticks` is the kernel's own exact start time where there is /proc.
    """

    group: int
    argv: tuple[str, ...]
    started: float
    ticks: int | None
    boot: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """A process of a group.  `ticks` as in `RecordedChild` where /proc tells them, else `started` as `ps` tells it."""

    pid: int
    group: int
    is_running: bool  # False: dead, not reaped yet
    ticks: int | None = None
    started: float | None = None


def describe_self(argv: tuple[str, ...]) -> RecordedChild:
    """The calling process, which leads its own process group, as a record; starts no program."""
    told = _told_by_proc(PROC / "self")
    ticks = told.ticks if told is not None else None
    return RecordedChild(group=os.getpid(), argv=argv, started=time.time(), ticks=ticks, boot=_boot())


def end_child(child: RecordedChild) -> bool:
    """End what still lives of the child's process group; True when something had to be ended.

    A group that merely reuses the number is left alone.  Asks first (git then removes its own locks), then kills.

    Raises:
        ToolError: the group does not end.

    """
    if not is_alive(child):
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(child.group, number)
        deadline = time.monotonic() + TERMINATION_GRACE_SECONDS
        while time.monotonic() < deadline:
            if not is_alive(child):
                return True
            time.sleep(SECONDS_BETWEEN_LOOKS)
    raise ToolError(
        f"process group {child.group} (`{child.argv[0]}`), left over from an interrupted run, does not end",
        hint=f"end it yourself (`kill -9 -- -{child.group}`), then run any changing `commons` command",
    )


def is_alive(child: RecordedChild) -> bool:
    """Whether a process of this very child still runs; what is dead but not reaped does not count."""
    if child.boot != _boot() or not _is_group(child.group):
        return False
    members = _members(child.group)
    leader = next((each for each in members if each.pid == child.group), None)
    if leader is not None and not _is_same_start(child, leader):
        return False
    return any(each.is_running and _is_started_since(child, each) for each in members)


def _is_same_start(child: RecordedChild, leader: _Member) -> bool:
    if leader.ticks is not None or leader.started is None:
        return leader.ticks == child.ticks
    return abs(leader.started - child.started) <= CLOCK_TOLERANCE_SECONDS


def _is_started_since(child: RecordedChild, member: _Member) -> bool:
    if member.ticks is not None:
        return child.ticks is not None and member.ticks >= child.ticks
    return member.started is not None and member.started >= child.started - CLOCK_TOLERANCE_SECONDS


def _members(group: int) -> tuple[_Member, ...]:
    if _told_by_proc(PROC / "self") is None:
        return _told_by_ps(group)
    processes = (_told_by_proc(each) for each in PROC.iterdir() if each.name.isdigit())
    return tuple(each for each in processes if each is not None and each.group == group)


def _told_by_proc(directory: Path) -> _Member | None:
    """One process as proc(5) describes it, None when it has gone or there is no /proc."""
    try:
        text = (directory / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything; fields[0] is the state
    return _Member(
        pid=int(text.partition(" ")[0]), group=int(fields[2]), is_running=fields[0] not in "ZX", ticks=int(fields[19])
    )


def _told_by_ps(group: int) -> tuple[_Member, ...]:
    """As `_members`, where there is no /proc (macOS)."""
    command = Command(argv=("ps", "-A", "-o", "pid=,pgid=,stat=,etime="), environment={"LC_ALL": "C"})
    now = time.time()
    rows = [line.split() for line in run(command).text.splitlines()]
    members = (
        _Member(
            pid=int(pid), group=int(its_group), is_running=not state.startswith("Z"), started=now - elapsed_seconds(age)
        )
        for pid, its_group, state, age in rows
    )
    return tuple(each for each in members if each.group == group)


def elapsed_seconds(text: str) -> int:
    """Seconds in `[[days-]hours:]minutes:seconds`, the form that POSIX gives `ps -o etime`."""
    days, _, clock = text.rpartition("-")
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + int(part)
    return int(days or 0) * 86400 + seconds


def _boot() -> str | None:
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None


def _is_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise ToolError(f"process group {group}, left over from an interrupted run, belongs to another user") from error
