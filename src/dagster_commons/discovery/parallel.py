"""Asking git about many repositories at once: a call waits for a process, not for us."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

_THREADS = 8


def in_threads(ask: Callable[[Asked], Answer], questions: Sequence[Asked]) -> tuple[Answer, ...]:
    """The answers in the order of `questions`; the first exception is raised."""
    if len(questions) < 2:  # noqa: PLR2004 - one question needs no threads
        return tuple(ask(each) for each in questions)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - lazy: most workspaces are one repository

    with ThreadPoolExecutor(max_workers=_THREADS) as threads:
        return tuple(threads.map(ask, questions))
