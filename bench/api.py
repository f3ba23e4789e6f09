"""`commons api` on a corpus of kinds of changes, and on two versions of dagster, beside griffe's own check."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.commands import COMMONS, child_environment, compile_bytecode
from bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

CORPUS = Path(os.environ.get("COMMONS_API_CORPUS", "../shared/corpus/api"))  # `old/`, `new/`: an import package a kind
VERSIONS = ("1.12.22", "1.13.27")
# The least bump that each kind asks for, by the table of rules in docs/how-to/api.md, not by what we found.  Those of
# which only the body changed are `patch` here: what they produce is for contracts to tell.
MINOR = frozenset({"k02", "k06", "k09", "k13", "k22", "k30", "k32", "k37", "k47"})
PATCH = frozenset({"d04", "d07", "d09", "k16", "k38", "k48"})
GRIFFE = """
import sys
import griffe
old, new = (
    griffe.load(sys.argv[3], search_paths=[place], allow_inspection=False, resolve_aliases=True)
    for place in sys.argv[1:3]
)
print(len(list(griffe.find_breaking_changes(old, new))))
"""
OURS = """
import sys
from pathlib import Path
from dagster_commons.analysis.api.comparison import api_changes, required_bump
from dagster_commons.model.api import Metadata
from dagster_commons.tools.api.extraction import read_surface, without_collection
with without_collection():
    old, new = (read_surface(Path(place), [sys.argv[3]], Metadata()) for place in sys.argv[1:3])
    changes = api_changes(old, new)
print(required_bump(changes), "asset" in {path.rpartition(".")[2] for each in changes for path in each.paths})
"""


def figures() -> tuple[Figure, ...]:
    """What is missed and what is claimed wrongly, as shares; and the processor time beside griffe's."""
    compile_bytecode()
    return (*_on_the_corpus(), *_on_dagster())


def _on_the_corpus() -> tuple[Figure, ...]:
    if not (CORPUS / "old").is_dir():
        sys.stderr.write(f"no corpus in {CORPUS} (COMMONS_API_CORPUS): left out\n")
        return ()
    kinds = sorted(each.name for each in (CORPUS / "old").iterdir() if each.is_dir())
    expected = {kind: "minor" if kind in MINOR else "patch" if kind in PATCH else "major" for kind in kinds}
    ours = {kind: _said(OURS, CORPUS / "old", CORPUS / "new", kind).split()[0] for kind in kinds}
    griffe = {kind: "major" if _griffe(kind) else "other" for kind in kinds}
    wrong = [f"{kind} ({expected[kind]}, said {ours[kind]})" for kind in kinds if ours[kind] != expected[kind]]
    sys.stderr.write(f"other bumps than expected: {', '.join(wrong) or 'none'}\n")
    return (*_shares("api", ours, expected, limit=0.03), *_shares("griffe", griffe, expected, limit=1.0))


def _griffe(kind: str) -> int:
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", GRIFFE, CORPUS / "old", CORPUS / "new", kind], capture_output=True, text=True, check=True
    )
    return int(ended.stdout)


def _shares(who: str, said: dict[str, str], expected: dict[str, str], *, limit: float) -> tuple[Figure, ...]:
    major = {kind for kind, bump in expected.items() if bump == "major"}
    claimed = {kind for kind, bump in said.items() if bump == "major"}
    beside = f"{len(expected)} kinds of changes, {len(major)} of them major"
    missed, wrong = len(major - claimed) / len(major), len(claimed - major) / max(len(claimed), 1)
    return (
        Figure(name=f"{who}, major ones missed", measured=missed, limit=limit, unit="share", beside=beside),
        Figure(name=f"{who}, wrongly said to be major", measured=wrong, limit=limit, unit="share", beside=beside),
    )


def _on_dagster() -> tuple[Figure, ...]:
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as name:
        places = [_unpacked(Path(name) / version, version) for version in VERSIONS]
        said = _cpu_seconds([sys.executable, "-c", OURS, *map(str, places), "dagster"])
        if "True" not in said[1]:
            raise SystemExit("dagster.asset was not compared")
        theirs = _cpu_seconds([sys.executable, "-c", GRIFFE, *map(str, places), "dagster"])
        wheels = [str(next(Path(name, version).glob("*.whl"))) for version in VERSIONS]
        whole = _cpu_seconds([*COMMONS, "api", *wheels, "--format", "json"])
    beside = f"dagster {' → '.join(VERSIONS)}, griffe's load and check: {theirs[0]:.1f} s of CPU"
    return tuple(
        Figure(name=name, measured=seconds / theirs[0], limit=1.2, unit="×", beside=beside)  # noqa: RUF001 - "times"
        for name, seconds in (("api, beside griffe", said[0]), ("commons api of two wheels", whole[0]))
    )


def _unpacked(place: Path, version: str) -> Path:
    place.mkdir()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(place)]
    subprocess.run([*pip, f"dagster=={version}"], check=True, capture_output=True)  # noqa: S603 - pip
    code = place / "code"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", next(place.glob("*.whl")), code], check=True)  # noqa: S603
    return code


def _said(script: str, *words: object) -> str:
    command = [sys.executable, "-c", script, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def _cpu_seconds(command: Sequence[str]) -> tuple[float, str]:
    """Processor time of the child, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=child_environment())  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended.stdout
