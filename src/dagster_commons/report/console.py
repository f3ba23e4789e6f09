"""The one place that prints, and that decides about colour, width and progress."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from dagster_commons.tools.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.progress import Progress, TaskID

DEFAULT_WIDTH = 80
PROGRESS_DELAY_SECONDS = 1.0


def is_coloured(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether `stream` gets colour: `NO_COLOR` forbids it, `FORCE_COLOR` asks for it, else terminals have it."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def width(stream: TextIO) -> int:
    """Columns of the terminal behind `stream`; 80 when it is none."""
    if not stream.isatty():
        return DEFAULT_WIDTH
    return shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns or DEFAULT_WIDTH


def write(text: str) -> None:
    """Print `text` on stdout, exactly but for secrets; a character that the stream cannot encode becomes `?`."""
    _write(sys.stdout, text)


def write_error(text: str) -> None:
    """Print `text` on stderr, exactly but for secrets."""
    _write(sys.stderr, text)


class Steps:
    """What is being done, told step by step.  It shows on a terminal only, and only once it takes a second."""

    def __init__(self, title: str, total: int | None) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._lock = threading.Lock()
        self._bar: tuple[Progress, TaskID] | None = None
        self._is_over = False

    def step(self, description: str) -> None:
        """One more step is done; `description` says what comes next."""
        with self._lock:
            self._done += 1
            if self._bar is not None:
                progress, task = self._bar
                progress.update(task, completed=self._done, description=f"{self._title}: {description}")

    def _show(self) -> None:
        with self._lock:
            if self._is_over:
                return
            progress = _rich_progress(is_counted=self._total is not None)
            progress.start()
            self._bar = progress, progress.add_task(self._title, total=self._total, completed=self._done)

    def _hide(self) -> None:
        with self._lock:
            self._is_over = True
            if self._bar is not None:
                self._bar[0].stop()
                self._bar = None


@contextlib.contextmanager
def progress(title: str, *, total: int | None = None) -> Iterator[Steps]:
    """While the context is open, show `title` with a bar (a spinner without `total`) on stderr, from one second on."""
    steps = Steps(title, total)
    timer = threading.Timer(PROGRESS_DELAY_SECONDS, steps._show)  # noqa: SLF001 - one mechanism in two parts
    timer.daemon = True
    if sys.stderr.isatty():
        timer.start()
    try:
        yield steps
    finally:
        timer.cancel()
        steps._hide()  # noqa: SLF001


def _rich_progress(*, is_counted: bool) -> Progress:
    from rich.console import Console  # noqa: PLC0415 - only what takes a second pays for rich
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

    text = TextColumn("{task.description}", markup=False)
    columns = (text, BarColumn(), MofNCompleteColumn()) if is_counted else (SpinnerColumn(), text)
    no_colour = not is_coloured(sys.stderr)
    return Progress(*columns, console=Console(stderr=True, no_color=no_colour, highlight=False), transient=True)


def _write(stream: TextIO, text: str) -> None:
    text = without_secrets(text)
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
