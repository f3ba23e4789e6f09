"""`commons check --offline` over 200 code locations, beside uv's own check of every lock."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.commands import COMMONS, Run, child_environment, compile_bytecode, run
from bench.figures import Figure
from bench.generate import workspace
from dagster_commons.tools.uv import binary

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCATIONS = 200
COLD_RUNS = 3
WARM_RUNS = 3
SAMPLE = 20  # locks that uv is asked about; the time is scaled to all


def figures() -> tuple[Figure, ...]:
    """Absolute figures, and the ratio to uv's checks, which say of locks alone what one rule of ours says."""
    compile_bytecode()
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as name:
        scratch = Path(name)
        root = scratch / "root"
        workspace(root, LOCATIONS)
        _require_all_found(_check(root, scratch / "first", "--format", "json"))
        cold = median(_check(root, scratch / f"cold-{number}").seconds for number in range(COLD_RUNS))
        warm = median(_check(root, scratch / "cold-0").seconds for _ in range(WARM_RUNS))
        by_uv = sum(_checked_by_uv(root)) * LOCATIONS / SAMPLE
    beside = f"{LOCATIONS} locations, locks of 400 KB, an image each"
    return (
        Figure(name="check, empty cache", measured=cold, limit=3, unit="s", beside=beside),
        Figure(name="check, nothing changed", measured=warm, limit=3, unit="s", beside=beside),
        Figure(
            name="check, beside uv",
            measured=cold / by_uv,
            limit=1 / 5,
            unit="1/",
            beside=f"{LOCATIONS} × uv lock --check, {by_uv:.0f} s scaled from {SAMPLE} of them",  # noqa: RUF001
        ),
    )


def _require_all_found(found: Run) -> None:
    """A fast answer that misses something is no figure: one third of the locks is stale, and every image is frozen."""
    rules = [each["rule"] for each in json.loads(found.stdout)["findings"]]
    stale, frozen = rules.count("LOCK001"), rules.count("LOCK003")
    if (stale, frozen, len(rules)) != (LOCATIONS // 3 + 1, LOCATIONS, LOCATIONS + LOCATIONS // 3 + 1):
        raise SystemExit(f"check found {stale} stale locks and {frozen} frozen images among {len(rules)} findings")


def _check(root: Path, cache: Path, *arguments: str) -> Run:
    environment = child_environment(DAGSTER_COMMONS_CACHE=str(cache))
    return run((*COMMONS, "check", "--offline", *arguments), environment=environment, cwd=root, accepted=(0, 1))


def _checked_by_uv(root: Path) -> Iterator[float]:
    """Seconds for each of the sample: current locks and stale ones, as they are mixed in the workspace."""
    environment = {name: value for name, value in child_environment().items() if not name.startswith("UV_")}
    for directory in sorted((root / "locations").iterdir())[:SAMPLE]:
        argv = (str(binary()), "--quiet", "lock", "--check", "--offline")
        yield run(argv, environment=environment, cwd=directory, accepted=(0, 1)).seconds
