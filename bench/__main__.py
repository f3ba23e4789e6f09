"""Prints what the issues say must show beside what was measured; it informs and never fails a build."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench import api, bundle, check, proof, startup, status
from bench.figures import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.figures import Figure

PARTS: dict[str, Callable[[], tuple[Figure, ...]]] = {
    "startup": startup.figures,
    "status": status.figures,
    "check": check.figures,
    "proof": proof.figures,
    "bundle": bundle.figures,
    "api": api.figures,
}
FULL_SIZE: dict[str, Callable[[], tuple[Figure, ...]]] = PARTS | {"proof": proof.full_figures}


def main(arguments: list[str]) -> None:
    """Measure the parts that are named, all of them without a name, and print one table; `--full` takes an hour."""
    parts = FULL_SIZE if "--full" in arguments else PARTS
    names = [each for each in arguments if each != "--full"]
    unknown = sorted(set(names) - set(PARTS))
    if unknown:
        raise SystemExit(f"there is no part {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    measured = [figure for name, figures in parts.items() if not names or name in names for figure in figures()]
    sys.stdout.write(table(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
