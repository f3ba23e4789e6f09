"""`commons api` beside griffe: what either judges right on a corpus of changes, and what it costs on Dagster."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.commands import COMMONS, PYTHON, child_environment, compile_bytecode, run
from bench.corpus import kinds, write_package
from bench.figures import Figure
from bench.griffe_check import breaking_changes
from dagster_commons.analysis.api.comparison import api_changes, required_bump
from dagster_commons.tools.api.extraction import read_surface
from dagster_commons.tools.api.metadata import read_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSIONS = ("1.12.22", "1.13.27")
RUNS = 3
# A function that both versions have, and that only a comparison of re-exports finds.
_ASSET = "dagster.asset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One kind of change: the least bump of the table, ours, and whether griffe calls it breaking."""

    kind: str
    expected: str
    ours: str
    is_griffes: bool


def figures() -> tuple[Figure, ...]:
    """Misses and false alarms on the corpus, and the CPU time that Dagster takes."""
    return (*_of_corpus(), *_of_dagster())


def judged(scratch: Path) -> Iterator[Judged]:
    """Every kind of the corpus, written into `scratch`."""
    for kind in kinds():
        old, new = (write_package(scratch / side, kind.name, getattr(kind, side)) for side in ("old", "new"))
        before, after = (read_surface(each, [kind.name], read_metadata(each, [kind.name])) for each in (old, new))
        yield Judged(
            kind=kind.name,
            expected=kind.bump,
            ours=required_bump(api_changes(before, after)),
            is_griffes=bool(breaking_changes(str(old), str(new), kind.name)),
        )


def _of_corpus() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as name:
        found = tuple(judged(Path(name)))
    for each in found:
        if each.ours != each.expected:
            sys.stderr.write(f"{each.kind}: {each.ours} instead of {each.expected}\n")
    is_major = [each.expected == "major" for each in found]
    ours, griffes = _rates(is_major, [each.ours == "major" for each in found]), _rates(is_major, _by_griffe(found))
    wrong = sum(each.ours != each.expected for each in found) / len(found)
    beside = f"{len(found)} kinds, {sum(is_major)} of them major"
    yield _percent("api, majors missed", ours[0], f"{beside}; griffe misses {griffes[0]:.0%}")
    yield _percent("api, majors that are none", ours[1], f"{beside}; griffe: {griffes[1]:.0%}")
    yield _percent("api, another bump", wrong, f"{beside}; the least bump of each")


def _by_griffe(found: Iterable[Judged]) -> list[bool]:
    return [each.is_griffes for each in found]


def _rates(expected: list[bool], told: list[bool]) -> tuple[float, float]:
    """The share of what is expected that is not told, and of what is told that is not expected."""
    right = sum(one and other for one, other in zip(expected, told, strict=True))
    return 1 - right / sum(expected), 1 - right / max(sum(told), 1)


def _percent(name: str, share: float, beside: str) -> Figure:
    return Figure(name=name, measured=100 * share, limit=3, unit="%", beside=beside)


def _of_dagster() -> Iterator[Figure]:
    compile_bytecode()
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as name:
        scratch = Path(name)
        old, new = (_wheel(scratch, version) for version in VERSIONS)
        ours, griffes = [], []
        for _ in range(RUNS):  # in turn, so that a busy moment of the machine meets both
            ours.append(_api(old, new, scratch))
            griffes.append(_check(old, new))
    yield Figure(
        name="api of Dagster, CPU",
        measured=median(ours) / median(griffes),
        limit=1.2,
        unit="×",  # noqa: RUF001 - as the issues write it
        beside=f"griffe's own check of {' → '.join(VERSIONS)}, {median(griffes):.1f} s; ours {median(ours):.1f} s",
    )


def _wheel(scratch: Path, version: str) -> Path:
    place = scratch / version
    argv = [PYTHON, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(place)]
    subprocess.run([*argv, f"dagster=={version}"], check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - no shell
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "unpacked")
    return wheel


def _api(old: Path, new: Path, scratch: Path) -> float:
    done = run((*COMMONS, "api", str(old), str(new), "--format", "json"), environment=child_environment(), cwd=scratch)
    told = json.loads(done.stdout)["changes"]
    if not any(_ASSET in each["paths"] for each in told):
        raise SystemExit(f"nothing is told of {_ASSET}, which changed: a fast answer that misses it is no figure")
    return done.cpu_seconds


def _check(old: Path, new: Path) -> float:
    script = str(Path(__file__).with_name("griffe_check.py"))
    places = (str(each.parent / "unpacked") for each in (old, new))
    return run((PYTHON, script, *places, "dagster"), environment=child_environment()).cpu_seconds
