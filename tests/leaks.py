"""No credential of the tests is in anything that is written or printed; whatever has one fails the run.

What `commons` prints is looked at when it ends, what the tests print after each test, and files at the end of the run:
all below the run's directory, and the crash logs in the temporary directory.  Files are looked at as they are: what is
compressed in a wheel or a git object stands uncompressed beside it.  Environments (`site-packages`) are left out.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from credentials import MARKS, WRITTEN_BY_TESTS

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = 60  # characters before a mark


def mark_in(said: str) -> str | None:
    """What stands before the first credential in `said`; None: there is none."""
    found = [said.index(mark) for mark in MARKS if mark in said]
    return said[max(0, min(found) - SHOWN) : min(found)] if found else None


@contextlib.contextmanager
def listening(to: list[str]) -> Iterator[None]:
    """While the context is open, `to` gets a line for every `commons` that prints a credential."""
    original = subprocess.Popen.communicate

    def communicate(process: subprocess.Popen[Any], *arguments: Any, **named: Any) -> tuple[Any, Any]:
        printed = original(process, *arguments, **named)
        words = list(map(os.fsdecode, process.args)) if isinstance(process.args, (list, tuple)) else [str(process.args)]
        if Path(words[0]).name == "commons":
            for stream in printed:
                said = stream.decode("utf-8", "replace") if isinstance(stream, bytes) else stream or ""
                before = mark_in(said)
                if before is not None:
                    to.append(f"`{' '.join(['commons', *words[1:]])}` printed a credential after {before!r}")
        return printed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "communicate", communicate)
        yield


def printed_by(report: pytest.TestReport) -> list[str]:
    """A line for everything with a credential that a test has printed or logged."""
    return [
        f"{report.nodeid}: {title} has a credential after {before!r}"
        for title, content in report.sections
        if (before := mark_in(content)) is not None
    ]


def files_with_credentials(base: Path, *, since: float) -> list[Path]:
    """The files below `base`, and crash logs written after `since` (a time stamp), that have a credential in them."""
    logs = (each for each in Path(tempfile.gettempdir()).glob("commons-*.log") if each.stat().st_mtime >= since)
    patterns = [word for mark in MARKS for word in ("-e", mark)]
    found = subprocess.run(
        ["grep", "-rlFZ", "--exclude-dir=site-packages", *patterns, "--", base, *logs],
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    paths = (Path(os.fsdecode(each)) for each in found.split(b"\0") if each)
    return sorted(each for each in paths if not any(fnmatch(str(each), pattern) for pattern in WRITTEN_BY_TESTS))
