from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.analysis.lock_state.cutoffs import cutoff_differences
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.tools import lockfile

FIRST, SECOND = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def lock_with(options: str) -> lockfile.Lock:
    text = (
        f'version = 1\nrequires-python = ">=3.11"\n\n[options]\n{options}\n\n[[package]]\nname = "mod"\nversion = "1"\n'
    )
    return lockfile.parse(f'{text}source = {{ editable = "../mod" }}\n'.encode(), Path("/place/uv.lock"))


def judge(options: str, settings: dict[str, object]) -> str:
    found = next(cutoff_differences(lock_with(options), settings), None)
    return "current" if found is None else "stale" if found.is_certain else "unknown"


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (FIRST, FIRST, "current"),
        (SECOND, FIRST, "current"),
        (FIRST, SECOND, "stale"),
        ("2026-01-02T01:00:00+01:00", SECOND, "current"),
        (None, FIRST, "stale"),
        (FIRST, None, "stale"),
        ("2026-01-02", FIRST, "current"),
        ("2025-12-31", FIRST, "unknown"),
        ("2025-12-30", FIRST, "stale"),
        ("P7D", "P7D", "current"),
        ("7 days", "P7D", "current"),
        ("1 week", "P1W", "current"),
        ("1 week, 2 days", "P1W2D", "current"),
        ("24h", "PT24H", "current"),
        ("P0Y7D", "P7D", "undecided"),
        ("1 day", "PT24H", "stale"),
        ("14 days", "P7D", "stale"),
        (FIRST, "P7D", "stale"),
        ("7 days", FIRST, "stale"),
        ("someday", FIRST, "undecided"),
        ("2026-01-01T00:00:00", FIRST, "undecided"),
    ],
)
def test_all_packages(new: str | None, old: str | None, expected: str) -> None:
    options = (
        "" if old is None else f'exclude-newer-span = "{old}"' if old.startswith("P") else f'exclude-newer = "{old}"'
    )
    settings: dict[str, object] = {} if new is None else {"exclude-newer": new}
    if expected == "undecided":
        with pytest.raises(UndecidedError):
            judge(options, settings)
    else:
        assert judge(options, settings) == expected


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ({"mod": FIRST}, f'mod = "{FIRST}"', "current"),
        ({"Mod": SECOND}, f'mod = "{FIRST}"', "current"),
        ({"mod": FIRST}, f'mod = "{SECOND}"', "stale"),
        ({"mod": False}, f'mod = "{FIRST}"', "current"),
        ({"mod": False}, "", "current"),
        ({"mod": FIRST}, "mod = false", "stale"),
        ({}, "mod = false", "stale"),
        ({}, f'mod = "{FIRST}"', "stale"),
        ({"mod": FIRST}, "", "stale"),
        ({"mod": "7 days"}, f'mod = {{ timestamp = "{FIRST}", span = "P7D" }}', "current"),
        ({"mod": "8 days"}, f'mod = {{ timestamp = "{FIRST}", span = "P7D" }}', "stale"),
        ({"stranger": FIRST}, "", "current"),
        ({"backtracked": FIRST}, f'backtracked = "{SECOND}"', "stale"),
    ],
)
def test_one_package(new: dict[str, object], old: str, expected: str) -> None:
    assert judge(f"[options.exclude-newer-package]\n{old}", {"exclude-newer-package": new}) == expected
