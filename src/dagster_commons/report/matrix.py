"""The matrix of shared modules and code locations as rows of words, before anything decides how they look."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.model.sources import MemberSource, PathSource, SubmoduleSource, source_kind
from dagster_commons.report.lines import NOTHING, UNKNOWN, counted

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.analysis.lag import LagKind, ModuleLag, UseLag
    from dagster_commons.analysis.running import Running, RunningState
    from dagster_commons.model.workspace import UseState

_COLUMNS = ("location", "source", "in use", "running", "newest", "lock")

_NOTES: dict[UseState, str] = {
    "linked": "a local link overrides it in the environment",
    "not-initialised": "submodule not initialised",
    "other-commit": "checked out at another commit than recorded",
    "dirty": "uncommitted changes in the submodule",
    "untracked": "untracked files in the submodule",
    "not-on-remote": "the recorded commit is on no remote branch or tag",
    "behind": "commits behind its remote branch",
    "ahead": "commits ahead of its remote branch",
    "shallow": "shallow clone",
    "url-mismatch": "its URL differs from .gitmodules",
    "orphan": "recorded, but without an entry in .gitmodules",
}

_COUNTED_RUNNING: dict[RunningState, str] = {
    "not-loaded": "not loaded",
    "behind": "running behind",
    "ahead": "running ahead",
    "not-deployed": "not deployed",
    "loading": "loading",
    "not-told": "not told",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One use in words, or (`more` > 0) what stands for `more` uses that read like the row above it."""

    location: str
    source: str
    in_use: str
    newest: str
    lock: str
    kind: LagKind
    is_behind: bool
    is_lock_failing: bool
    notes: tuple[str, ...]
    command: str | None
    command_everywhere: str | None
    running: str | None = None  # None: nobody asked what runs
    running_state: RunningState | None = None
    more: int = 0

    @property
    def cells(self) -> tuple[str, ...]:
        running = () if self.running is None else (self.running,)
        return (self.location, self.source, self.in_use, *running, self.newest, self.lock)


def columns(*, has_running: bool) -> tuple[str, ...]:
    """The heads of a row's cells."""
    return tuple(each for each in _COLUMNS if has_running or each != "running")


def rows(lag: ModuleLag, *, is_detailed: bool = False) -> tuple[Row, ...]:
    """One row per use, those that lag most first; in detail with the reason why a lock is not current."""
    return tuple(_row(each, is_detailed=is_detailed) for each in lag.uses)


def shortened(all_rows: tuple[Row, ...], *, longest: int, shown_of_each: int) -> tuple[Row, ...]:
    """`all_rows`, or when there are more than `longest`: the first few of those that read the same, then a count."""
    if len(all_rows) <= longest:
        return all_rows
    kept: list[Row] = []
    for _, group in itertools.groupby(all_rows, key=_likeness):
        alike = tuple(group)
        kept.extend(alike[:shown_of_each])
        rest = len(alike) - shown_of_each
        if rest == 1:
            kept.append(alike[-1])
        elif rest > 1:
            kept.append(replace(alike[-1], more=rest, notes=(), command=alike[-1].command_everywhere))
    return tuple(kept)


def counts(lag: ModuleLag) -> tuple[str, ...]:
    """`3 uses`, `2 behind`, `1 stale lock`: only what there is."""
    uses = [each.use for each in lag.uses]
    states = Counter(itertools.chain.from_iterable(use.state for use in uses))
    locks = Counter(each.use.lock.kind for each in lag.uses if each.kind != "broken")
    behind = sum(each.is_behind is True for each in lag.uses)
    runs = Counter(each.running.state for each in lag.uses if each.running is not None)
    parts = (
        (states["not-initialised"], f"{states['not-initialised']} not initialised"),
        (states["missing"] + states["orphan"], f"{states['missing'] + states['orphan']} missing"),
        (behind, f"{behind} behind"),
        (locks["stale"], counted(locks["stale"], "stale lock")),
        (locks["missing"], counted(locks["missing"], "missing lock")),
        (states["linked"], f"{states['linked']} linked"),
        (locks["unknown"], counted(locks["unknown"], "unknown lock")),
        *((runs[state], f"{runs[state]} {text}") for state, text in _COUNTED_RUNNING.items()),
    )
    return (counted(len(uses), "use"), *(text for number, text in parts if number))


def title(lag: ModuleLag) -> str:
    """`shared 0.2.0`, or the bare name where no version is written down."""
    module = lag.module
    return module.name if module.version is None else f"{module.name} {module.version}"


def module_path(lag: ModuleLag, root: Path) -> str | None:
    """Where the module's project is, as seen from `root`; None when only a registry knows it."""
    project = lag.module.project
    return None if project is None else relative(project.directory, root)


def _row(lag: UseLag, *, is_detailed: bool) -> Row:
    use = lag.use
    reasons = (f"lock: {use.lock.reason}",) if is_detailed and use.lock.reason else ()
    kind = source_kind(use.source)
    is_failing = use.lock.kind in {"stale", "missing"}
    is_shown = use.lock.kind != "current" or not isinstance(use.source, PathSource | MemberSource)
    return Row(
        location=use.location,
        source=kind if use.through is None else f"{kind} via {use.through}",
        in_use=lag.in_use or NOTHING,
        newest=lag.newest or (NOTHING if use.available_unread is None else UNKNOWN),
        lock=use.lock.kind if is_shown else NOTHING,
        kind=lag.kind,
        is_behind=lag.is_behind is True,
        is_lock_failing=is_failing,
        notes=(*(_note(lag, state) for state in use.state if state != "ok"), *reasons, *_running_notes(lag)),
        command=None if lag.remedy is None else lag.remedy.command,
        command_everywhere=None if lag.remedy is None else lag.remedy.everywhere,
        running=None if lag.running is None else _running(lag.running),
        running_state=None if lag.running is None else lag.running.state,
    )


def _running(running: Running) -> str:
    return running.version or running.state.replace("-", " ")


def _running_notes(lag: UseLag) -> tuple[str, ...]:
    """What runs, where it is not what is here; deploying it helps once the tree itself needs no mending."""
    running = lag.running
    if running is None or running.state not in {"behind", "ahead"}:
        return ()
    text = f"runs {running.version}, {running.state}{'' if running.state == 'behind' else ' of'} {running.expected}"
    is_deployable = running.state == "behind" and lag.kind not in {"broken", "stale"}
    return (f"{text}: deploy it",) if is_deployable else (text,)


def _note(lag: UseLag, state: UseState) -> str:
    source = lag.use.source
    if state == "missing":
        if isinstance(source, SubmoduleSource):
            return "in .gitmodules, but not in the superproject's index"
        if isinstance(source, PathSource):
            return f"{source.written} is not there"
        return "its directory is not there"
    return _NOTES.get(state, state)


def _likeness(row: Row) -> tuple[object, ...]:
    return (*row.cells[1:], row.kind, row.notes, row.command_everywhere)
