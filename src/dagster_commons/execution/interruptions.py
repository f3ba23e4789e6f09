"""Ctrl-C and SIGTERM while files are being changed: noticed between steps, never in the middle of one."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruptions:
    """While the context is open, a signal waits for `check`, or raises at once inside `allowed`."""

    def __init__(self) -> None:
        self._is_pending = False
        self._is_allowed = False

    @property
    def is_pending(self) -> bool:
        """Whether a signal has arrived that nobody was told of yet."""
        return self._is_pending

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal has arrived."""
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def allowed(self) -> Iterator[None]:
        """Let a signal raise KeyboardInterrupt at once: for steps that take long and can be taken back half done."""
        self._is_allowed = True
        try:
            self.check()
            yield
        finally:
            self._is_allowed = False

    def _notice(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._is_allowed:
            self._is_allowed = False  # the second signal must not disturb the rollback that the first one causes
            raise KeyboardInterrupt
        self._is_pending = True

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        """Take over the two signals; only the main thread receives any."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = {number: signal.signal(number, self._notice) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
