"""What was read of registries on the web, kept in our cache: pages for a moment, metadata for ever by its digest.

Files are the user's alone to read.  A page is kept by its URL and by who asked, and nothing of a password is written.
A cache that cannot be written is none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from pathlib import Path

from dagster_commons.tools.cache import cache_directory
from dagster_commons.tools.web import Answer

SECONDS = 60.0  # how long a page may stand for what the registry would say


def recent_answer(url: str, user: str | None, *, max_age_seconds: float) -> Answer | None:
    """What `user` was answered there at most `max_age_seconds` ago, if it was kept."""
    if max_age_seconds <= 0:
        return None
    file = _page(url, user)
    try:
        age = time.time() - file.stat().st_mtime
        head, _, content = file.read_bytes().partition(b"\n")
        told = json.loads(head)
        answer = Answer(status=told["status"], content_type=told["content_type"], url=told["url"], content=content)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return answer if 0 <= age <= max_age_seconds else None


def keep_answer(url: str, user: str | None, answer: Answer) -> None:
    """Keep what `user` was answered, instead of what was kept before."""
    head = {"status": answer.status, "content_type": answer.content_type, "url": answer.url}
    _write(_page(url, user), json.dumps(head).encode() + b"\n" + answer.content)


def kept_metadata(sha256: str) -> bytes | None:
    """The core metadata that was kept for a file, or a metadata file, of this digest."""
    try:
        return _metadata(sha256).read_bytes()
    except OSError:
        return None


def keep_metadata(sha256: str, raw: bytes) -> None:
    """Keep the core metadata of a file, or a metadata file, of this digest."""
    _write(_metadata(sha256), raw)


def _page(url: str, user: str | None) -> Path:
    key = hashlib.sha256(json.dumps((url, user)).encode()).hexdigest()
    return cache_directory() / "indexes" / "pages" / key


def _metadata(sha256: str) -> Path:
    return cache_directory() / "indexes" / "metadata" / sha256


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all; `mkstemp` makes files that their owner alone can read."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=file.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(part).replace(file)
        finally:
            Path(part).unlink(missing_ok=True)
