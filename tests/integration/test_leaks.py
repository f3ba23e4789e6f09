"""The check that no credential escapes finds those that do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from credentials import MARKS, secret
from leaks import files_with_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).resolve().parents[1]
CLEAN = "def test_it(tmp_path):\n    (tmp_path / 'file').write_text('harmless')\n    print('harmless')\n"
BEGIN = """
import subprocess, sys
from pathlib import Path
from credentials import secret

def test_it(tmp_path):
"""
PRINTING = f"{BEGIN}    print('password', secret('x'))\n"
WRITING = (
    f"{BEGIN}    (tmp_path / 'deep').mkdir()\n    (tmp_path / 'deep/journal').write_text('x' * 9999 + secret('x'))\n"
)
# An unknown verb is repeated in the message.
SAYING = f"""{BEGIN}
    commons = Path(sys.executable).with_name("commons")
    assert subprocess.run([commons, secret("x")], capture_output=True, check=False).returncode == 2
"""


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A directory that is not looked at at the end of this run, for it holds what must be found."""
    with TemporaryDirectory() as directory:
        yield Path(directory)


def run(elsewhere: Path, test: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A run of its own of one test, with the fixtures and hooks of all."""
    (elsewhere / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    (elsewhere / "test_it.py").write_text(test)
    call = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", "--basetemp", elsewhere / "base", *options]
    kept = {name: each for name, each in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [*call, "-p", "no:cacheprovider", elsewhere],
        cwd=elsewhere,
        env={**kept, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("test", "workers", "expected"),
    [
        (PRINTING, "2", "test_it.py::test_it: Captured stdout call has a credential after 'password '"),
        (WRITING, "2", "test_it0/deep/journal has a credential"),
        (SAYING, "0", "printed a credential after"),
    ],
)
def test_what_escapes_fails_the_run(elsewhere: Path, test: str, workers: str, expected: str) -> None:
    ended = run(elsewhere, test, "-n", workers)
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout + ended.stderr
    assert expected in ended.stdout


def test_a_run_in_which_nothing_escapes(elsewhere: Path) -> None:
    ended = run(elsewhere, CLEAN, "-n", "0")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_mark_is_found_except_where_the_tests_wrote_it(elsewhere: Path) -> None:
    for number, mark in enumerate(MARKS):
        (elsewhere / f"{number}").write_bytes(b"\0binary " + mark.encode() + b" \xff")
    (elsewhere / "netrc").write_text(secret("x"))
    (elsewhere / "site-packages").mkdir()
    found = files_with_credentials(elsewhere, since=float("inf"))
    assert [each.name for each in found] == [str(number) for number, _ in enumerate(MARKS)]
