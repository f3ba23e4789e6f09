from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("call", "loads_rich"),
    [
        ("status.as_json(story())", False),
        ("status.terminal(story(), width=80, colour=False)", False),
        ("status.markdown(story())", False),
        ("mermaid.chart(story())", False),
        ("errors.as_text(UsageError('no'))", False),
        ("status.terminal(story(), width=80, colour=True)", True),
    ],
)
def test_only_colour_loads_rich(call, loads_rich):
    program = (
        f"import sys; sys.path.insert(0, {str(TESTS)!r})\n"
        "from drawn_uses import story\n"
        "from dagster_commons.errors import UsageError\n"
        "from dagster_commons.report import console, errors, mermaid, status\n"
        f"{call}\n"
        "sys.exit(any(name == 'rich' or name.startswith('rich.') for name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (int(loads_rich), "")
