"""`commons status` over 200 and 1,000 code locations: cold, warm, memory, and whether time grows with the number."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.commands import COMMONS, Run, child_environment, compile_bytecode, run
from bench.figures import Figure
from bench.generate import workspace

LOCATIONS = 200
MANY_LOCATIONS = 1_000
COLD_RUNS = 3
WARM_RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Medians in seconds and the highest peak in megabytes, for one workspace."""

    cold: float
    warm: float
    peak_megabytes: float


def figures() -> tuple[Figure, ...]:
    """Absolute figures for 200 locations; for 1,000 the time per location as a ratio to that."""
    compile_bytecode()
    few, many = timing(LOCATIONS), timing(MANY_LOCATIONS)
    scale = MANY_LOCATIONS / LOCATIONS
    beside = f"{LOCATIONS} locations, locks of 400 KB"
    growth = f"time per location, {MANY_LOCATIONS:,} beside {LOCATIONS}"
    return (
        Figure(name="status, empty cache", measured=few.cold, limit=2, unit="s", beside=beside),
        Figure(name="status, nothing changed", measured=few.warm, limit=0.5, unit="s", beside=beside),
        Figure(name="status, peak memory", measured=few.peak_megabytes, limit=200, unit="MB", beside=beside),
        Figure(
            name="status, empty cache: growth",
            measured=many.cold / few.cold / scale,
            limit=1.25,
            unit="×",  # noqa: RUF001
            beside=f"{growth} ({many.cold:.2f} s)",
        ),
        Figure(
            name="status, nothing changed: growth",
            measured=many.warm / few.warm / scale,
            limit=1.25,
            unit="×",  # noqa: RUF001
            beside=f"{growth} ({many.warm:.2f} s, {many.peak_megabytes:.0f} MB)",
        ),
    )


def timing(locations: int) -> Timing:
    """Generate a workspace and run `commons status` on it, each cold run with a cache directory of its own."""
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as name:
        scratch = Path(name)
        root = scratch / "root"
        workspace(root, locations)
        _require_all_seen(root, scratch / "first", locations)
        cold = [_status(root, scratch / f"cold-{number}") for number in range(COLD_RUNS)]
        warm = [_status(root, scratch / "cold-0") for _ in range(WARM_RUNS)]
    return Timing(
        cold=median(each.seconds for each in cold),
        warm=median(each.seconds for each in warm),
        peak_megabytes=max(each.peak_megabytes for each in (*cold, *warm)),
    )


def _require_all_seen(root: Path, cache: Path, locations: int) -> None:
    """A fast answer that misses something is no figure: the locks must have been read and judged."""
    uses = json.loads(_status(root, cache, "--format", "json").stdout)["uses"]
    states = {(use["source"], use["lock"]) for use in uses}
    expected = {("path", "current"), ("path", "stale"), ("index", "current")}
    if len(uses) != locations or not expected <= states:
        raise SystemExit(f"status saw {len(uses)} uses of {locations}, with {sorted(states)}; nothing to measure")


def _status(root: Path, cache: Path, *arguments: str) -> Run:
    environment = child_environment(DAGSTER_COMMONS_CACHE=str(cache))
    return run((*COMMONS, "status", "--offline", *arguments), environment=environment, cwd=root)
