"""`commons bundle`: its proof beside a bare boot of Dagster's server; many bundles in one run beside single runs."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.commands import COMMONS, child_environment, compile_bytecode, run
from bench.figures import Figure
from bench.fleet import Fleet, fleet
from bench.process_tree import spent_by_children
from dagster_commons.discovery import read_workspace
from dagster_commons.model.bundle import BundleRequest
from dagster_commons.model.definitions import Snapshot
from dagster_commons.model.states import WorktreeState
from dagster_commons.model.verdicts import Unchanged
from dagster_commons.probe.booting import booted, clean
from dagster_commons.proof.bundle_proof import Proof, prove_bundle
from dagster_commons.proof.bundling import make_bundle, planned_bundle
from dagster_commons.proof.loading import LoadOptions, load
from dagster_commons.proof.materialising import materialised
from dagster_commons.proof.probing import probing
from dagster_commons.proof.snapshot_cache import SnapshotCache
from dagster_commons.proof.wheel_building import WheelStore
from dagster_commons.tools.process import Command
from dagster_commons.tools.uv import binary

LOCATIONS = 20
SAMPLES = 3
TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Processor seconds, ours and our children's, and seconds by the clock."""

    processor: float
    clock: float


def figures() -> tuple[Figure, ...]:
    """Everything the issue names, in one run; every wheel is in uv's cache before anything is measured."""
    compile_bytecode()
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as name:
        scratch = Path(name)
        own = fleet(scratch / "root", locations=LOCATIONS, closures=1)
        cache = scratch / "cache"
        os.environ["DAGSTER_COMMONS_CACHE"] = str(cache)
        _bundle(own, cache, scratch, "warm", "-l", "team-0000")
        bare = _median([_bare_boot(own) for _ in range(SAMPLES)])
        proof = _median(_proofs(own, cache, scratch))
        single = _median([_bundle(own, cache, scratch, f"one-{n}", "-l", f"team-{n:04}") for n in range(SAMPLES)])
        together = _bundle(own, cache, scratch, "all", "--all")
    return (
        Figure(
            name="bundle, a warm proof: processor time",
            measured=proof.processor / bare.processor,
            limit=2,
            unit="×",  # noqa: RUF001
            beside=f"{proof.processor:.1f} s; a bare `dagster api grpc` until healthy {bare.processor:.1f} s",
        ),
        Figure(
            name="  by the clock",
            measured=proof.clock / bare.clock,
            limit=3,
            unit="×",  # noqa: RUF001
            beside=f"{proof.clock:.1f} s; the bare boot {bare.clock:.1f} s",
        ),
        Figure(
            name=f"bundle --all, {LOCATIONS} locations of one closure",
            measured=together.clock / (single.clock * LOCATIONS),
            limit=1 / 3,
            unit="1/",
            beside=f"{together.clock:.0f} s; single runs {single.clock:.1f} s each, {SAMPLES} measured and scaled",
        ),
    )


def _proofs(own: Fleet, cache: Path, scratch: Path) -> list[Spent]:
    options = LoadOptions(cache=SnapshotCache(directory=cache / "snapshots"), timeout_seconds=TIMEOUT_SECONDS)
    spent: list[Spent] = []
    with materialised(read_workspace(own.root), WorktreeState()) as tree, probing(most=1) as probes:
        location = tree.workspace.location("team-0000")
        if location is None:
            raise SystemExit("the workspace has no location team-0000")
        defined = load(tree, location, options, probes).result
        plan = planned_bundle(tree, location, BundleRequest())
        bundle = make_bundle(tree, plan, scratch / "proven", WheelStore(scratch / "wheels"))
        if not isinstance(defined, Snapshot):
            raise SystemExit(f"the location does not load: {defined}")
        prove_bundle(tree, bundle, defined, Proof(options=options, probes=probes))
        for _ in range(SAMPLES):
            before = _now()
            verdict = prove_bundle(tree, bundle, defined, Proof(options=options, probes=probes)).verdict
            spent.append(_since(before))
            if not isinstance(verdict, Unchanged):
                raise SystemExit(f"the bundle is not as it should be: {verdict}")
    return spent


def _bare_boot(own: Fleet) -> Spent:
    """Dagster's server in the location's own environment, until it is healthy."""
    directory = own.location(0)
    environment = child_environment()
    if not (directory / ".venv").exists():
        run((str(binary()), "--quiet", "sync", "--locked"), environment=environment, cwd=directory)
        with _booted(directory):  # its modules are compiled once
            pass
    before = _now()
    with _booted(directory):
        pass
    return _since(before)


def _booted(directory: Path):  # noqa: ANN202 - a context manager that is left at once
    programs = directory / ".venv/bin"
    given, without = clean({}, home=directory, programs=programs)

    def serve(host: str, port: int) -> Command:
        module = ("-m", f"{directory.name.replace('-', '_')}.definitions")
        argv = (str(programs / "dagster"), "api", "grpc", "-h", host, "-p", str(port), *module)
        return Command(argv=argv, cwd=directory, environment=given, without=without)

    return booted(serve, programs / "python", timeout_seconds=TIMEOUT_SECONDS)


def _bundle(own: Fleet, cache: Path, scratch: Path, name: str, *words: str) -> Spent:
    environment = child_environment(DAGSTER_COMMONS_CACHE=str(cache))
    before = _now()
    run((*COMMONS, "bundle", *words, "-o", str(scratch / "out" / name)), environment=environment, cwd=own.root)
    return _since(before)


def _now() -> Spent:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Spent(processor=usage.ru_utime + usage.ru_stime + spent_by_children(), clock=time.perf_counter())


def _since(before: Spent) -> Spent:
    now = _now()
    return Spent(processor=now.processor - before.processor, clock=now.clock - before.clock)


def _median(spent: list[Spent]) -> Spent:
    middle = len(spent) // 2
    return Spent(
        processor=sorted(each.processor for each in spent)[middle],
        clock=sorted(each.clock for each in spent)[middle],
    )
