"""How long `commons --version` and `commons --help` take beside a Python that does nothing."""

from __future__ import annotations

from statistics import median

from bench.commands import COMMONS, PYTHON, child_environment, compile_bytecode, run
from bench.figures import Figure

RUNS = 21  # interleaved, so that a busy moment of the machine meets all alike
BARE = (PYTHON, "-c", "pass")
VERSION = (*COMMONS, "--version")
HELP = (*COMMONS, "--help")


def figures() -> tuple[Figure, ...]:
    """The two ratios; medians of `RUNS` runs each."""
    compile_bytecode()
    environment = child_environment()
    seconds: dict[tuple[str, ...], list[float]] = {BARE: [], VERSION: [], HELP: []}
    for argv in seconds:
        run(argv, environment=environment)
    for _ in range(RUNS):
        for argv, taken in seconds.items():
            taken.append(run(argv, environment=environment).seconds)
    bare = median(seconds[BARE])
    beside = f"`python -c pass`, {bare * 1000:.0f} ms"
    return (
        Figure(name="commons --version", measured=median(seconds[VERSION]) / bare, limit=4, unit="×", beside=beside),  # noqa: RUF001
        Figure(name="commons --help", measured=median(seconds[HELP]) / bare, limit=8, unit="×", beside=beside),  # noqa: RUF001
    )
