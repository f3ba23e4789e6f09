"""`commons diff` over many code locations, beside what a user would do without it, in the same run."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.commands import COMMONS, Run, child_environment, compile_bytecode, run
from bench.figures import Figure
from bench.fleet import ASSETS, Fleet, big_location, fleet
from bench.process_tree import descendants, memory_watched, spent_by_children, spent_by_children_of
from dagster_commons.model.verdicts import LoadFailure
from dagster_commons.model.workspace import Target
from dagster_commons.probe.snapshots import ProbeServer, SnapshotRequest, snapshot
from dagster_commons.tools.uv import binary

SAMPLES = 5  # code locations that are measured the slow ways, before and after, and scaled to all
BIG_ASSETS = 10_000
_LOAD_AND_RESOLVE = "import big_location; big_location.defs.get_repository_def().load_all_definitions()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Processor seconds of one load, one side, in each of the other ways."""

    sync_and_dg: float
    sync_and_dg_again: float  # in an environment that is there already
    fresh: float
    fork: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffs:
    """`commons diff` after the change with an empty cache, once more, without a change, with one location's change."""

    processor_seconds: float
    seconds: float
    peak_megabytes: float
    again: float
    unchanged: float
    loaded_for_one: int


def figures() -> tuple[Figure, ...]:
    """A size that is done in minutes."""
    return measured(locations=40, closures=5)


def full_figures() -> tuple[Figure, ...]:
    """The size that the issue names."""
    return measured(locations=200, closures=20)


def measured(*, locations: int, closures: int) -> tuple[Figure, ...]:
    """Everything the issue names, one after the other in this run, the environments made included."""
    compile_bytecode()
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as name:
        scratch = Path(name)
        own = fleet(scratch / "root", locations=locations, closures=closures)
        _warm_up_uv(own, scratch / "warm")
        first = _sync_and_dg(own)
        own.change_shared_module()
        ways = Ways(
            sync_and_dg=(first + (second := _sync_and_dg(own))) / 2 / SAMPLES,
            sync_and_dg_again=second / SAMPLES,
            fresh=_fresh(own) / 2 / SAMPLES,
            fork=_forks(own) / 2 / SAMPLES,
        )
        big = _big_ratio(own, scratch)
        diffs = _diffs(own, scratch)
    return (*_ratios(own, ways, diffs), *_absolutes(own, diffs), big)


def _ratios(own: Fleet, ways: Ways, diffs: Diffs) -> tuple[Figure, ...]:
    loads = 2 * own.locations
    spent = diffs.processor_seconds
    scaled = f"{SAMPLES} × 2 measured, scaled to {own.locations} × 2"  # noqa: RUF001
    name = f"diff, {own.locations} locations × {ASSETS} assets, {own.closures} closures"  # noqa: RUF001
    return (
        Figure(
            name=f"{name}: processor time",
            measured=spent / (ways.sync_and_dg * loads),
            limit=1 / 25,
            unit="1/",
            beside=f"{spent:.1f} s; uv sync + dg list defs {ways.sync_and_dg:.2f} s each, {scaled}",
        ),
        Figure(
            name="  the same, their environments made before",
            measured=spent / (ways.sync_and_dg_again * loads),
            limit=1 / 25,
            unit="1/",
            beside=f"uv sync + dg list defs {ways.sync_and_dg_again:.2f} s each, the second state only, {scaled}",
        ),
        Figure(
            name="  beside a fresh Python each",
            measured=spent / (ways.fresh * loads),
            limit=1 / 7,
            unit="1/",
            beside=f"{ways.fresh:.2f} s each without making an environment, {scaled}",
        ),
        Figure(
            name="  beside the floor",
            measured=spent / (ways.fork * loads),
            limit=2,
            unit="×",  # noqa: RUF001
            beside=f"{ways.fork:.3f} s each: a fork's import, resolve and snapshot, {scaled}",
        ),
    )


def _absolutes(own: Fleet, diffs: Diffs) -> tuple[Figure, ...]:
    workers = os.cpu_count() or 1
    return (
        Figure(name="diff, nothing changed", measured=diffs.unchanged, limit=2, unit="s", beside="HEAD → worktree"),
        Figure(
            name="diff, every snapshot kept",
            measured=diffs.again,
            limit=2,
            unit="s",
            beside=f"the same diff once more; the first took {diffs.seconds:.1f} s",
        ),
        Figure(
            name=f"diff, one of {own.locations} changed: loads",
            measured=diffs.loaded_for_one,
            limit=1,
            unit="loads",
            beside="snapshots taken; the side before is kept",
        ),
        Figure(
            name="diff, peak memory",
            measured=diffs.peak_megabytes,
            limit=150 + 60 * workers,
            unit="MB",
            beside=f"all its processes together, shared pages counted once; {workers} workers",
        ),
    )


def _warm_up_uv(own: Fleet, at: Path) -> None:
    """Downloads are nobody's figure: every wheel is in uv's cache before anything is measured."""
    for number in range(own.closures):
        _uv_sync(own.location(number), UV_PROJECT_ENVIRONMENT=str(at / str(number)))


def _sync_and_dg(own: Fleet) -> float:
    before = spent_by_children()
    for number in range(SAMPLES):
        directory = own.location(number)
        _uv_sync(directory)
        activated = _environment() | {"VIRTUAL_ENV": str(directory / ".venv")}
        run((str(_bin(directory) / "dg"), "list", "defs", "--json"), environment=activated, cwd=directory)
    return spent_by_children() - before


def _fresh(own: Fleet) -> float:
    before = spent_by_children()
    for number in range(2 * SAMPLES):
        directory = own.location(number % SAMPLES)
        _require(snapshot(_bin(directory) / "python", _request(directory, f"{_package(directory)}.definitions")))
    return spent_by_children() - before


def _forks(own: Fleet) -> float:
    """The children of the servers alone, as /proc counts them when they are reaped."""
    spent = 0.0
    for number in range(SAMPLES):
        directory = own.location(number)
        request = _request(directory, f"{_package(directory)}.definitions")
        with ProbeServer(_bin(directory) / "python") as server:
            (process,) = descendants(os.getpid())
            for _ in range(2):
                _require(server.snapshot(request))
            spent += spent_by_children_of(process)
    return spent


def _big_ratio(own: Fleet, scratch: Path) -> Figure:
    python = _bin(own.location(0)) / "python"
    directory = big_location(scratch / "big", BIG_ASSETS).parent
    start = spent_by_children()
    run((str(python), "-c", _LOAD_AND_RESOLVE), environment=_environment(), cwd=directory)
    middle = spent_by_children()
    _require(snapshot(python, _request(directory, "big_location")))
    plain, ours = middle - start, spent_by_children() - middle
    return Figure(
        name=f"snapshot of {BIG_ASSETS:,} assets",
        measured=ours / plain,
        limit=2,
        unit="×",  # noqa: RUF001
        beside=f"processor time; Dagster's own load and resolve {plain:.1f} s",
    )


def _diffs(own: Fleet, scratch: Path) -> Diffs:
    cache = scratch / "cache"
    before = spent_by_children()
    with memory_watched() as peak:
        first = _diff(own, cache)
    spent = spent_by_children() - before
    loads = _kept(cache)
    if loads != 2 * own.locations:
        raise SystemExit(f"diff kept {loads} snapshots of {2 * own.locations}: {first.stdout.decode()[:400]}")
    again = _diff(own, cache)
    own.commit()
    unchanged = _diff(own, cache)
    own.change_one_location()
    _diff(own, cache)
    return Diffs(
        processor_seconds=spent,
        seconds=first.seconds,
        peak_megabytes=peak.megabytes,
        again=again.seconds,
        unchanged=unchanged.seconds,
        loaded_for_one=_kept(cache) - loads,
    )


def _diff(own: Fleet, cache: Path) -> Run:
    return run((*COMMONS, "diff", "--from", "HEAD"), environment=_environment(cache), cwd=own.root)


def _kept(cache: Path) -> int:
    return sum(1 for _ in (cache / "snapshots").glob("*.json"))


def _uv_sync(directory: Path, **added: str) -> None:
    run((str(binary()), "--quiet", "sync", "--locked"), environment=_environment() | added, cwd=directory)


def _environment(cache: Path | None = None) -> dict[str, str]:
    added = {"DAGSTER_COMMONS_CACHE": str(cache)} if cache is not None else {}
    environment = child_environment(**added)
    environment.pop("VIRTUAL_ENV", None)
    return environment


def _bin(directory: Path) -> Path:
    return directory / ".venv/bin"


def _package(directory: Path) -> str:
    return directory.name.replace("-", "_")


def _request(directory: Path, module: str) -> SnapshotRequest:
    """What `diff` asks for, the shared module's code included: the same snapshot, or the figure would flatter."""
    shared = directory.parent.parent / "packages/shared"
    return SnapshotRequest(
        target=Target(kind="module", value=module),
        directory=directory,
        first_party=((directory, directory.name), (shared, "packages/shared")),
    )


def _require(result: object) -> None:
    """A failure's time is no figure."""
    if isinstance(result, LoadFailure):
        raise SystemExit(f"a location could not be loaded: {result.type}: {result.message}")
