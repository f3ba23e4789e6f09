"""Work shared by several threads, which ends at once when it is interrupted or part of it fails."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dagster_commons.tools.process import programs_ended

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def workers(most: int | None = None) -> Iterator[ThreadPoolExecutor]:
    """A pool of `most` threads (default: as many as there are processors) that is empty when the block is left.

    When an exception leaves the block, Ctrl-C included, what waits is dropped and the programs that run are ended.
    """
    pool = ThreadPoolExecutor(max_workers=most or os.cpu_count())
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        with programs_ended():
            pool.shutdown(wait=True)
        raise
    else:
        pool.shutdown(wait=True)
