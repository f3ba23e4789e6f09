"""Files that a lock names, fetched from where it says and kept only if they are those: by URL or from disk."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.tools.web import FORBIDDEN, OK, UNAUTHORISED, get, host_of

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.bundle import LockedFile
    from dagster_commons.tools.credentials import Credentials


def fetch(file: LockedFile, directory: Path, *, start: Path, credentials: Credentials | None) -> Path:
    """`file` in `directory`; a relative path begins at `start`.  Redirected requests carry no credentials.

    Raises:
        ToolError: it cannot be had.
        RefusedError: it is another file than the lock names.

    """
    parts = urlsplit(file.url)
    if parts.scheme in ("http", "https"):
        content = _answer(file, credentials)
    else:
        content = _content(start / unquote(parts.path if parts.scheme == "file" else file.url), file)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise RefusedError(
            f"{file.name} is another file than the lock names: its sha256 differs",
            hint="a released file must never change; ask whoever runs the registry, or lock anew: commons lock",
        )
    place = directory / file.name
    place.write_bytes(content)
    return place


def _answer(file: LockedFile, credentials: Credentials | None) -> bytes:
    try:
        answer = get(file.url, credentials=credentials, within_seconds=None, longest=None)
    except ToolError as error:
        raise ToolError(f"{file.name} cannot be fetched: {error.message}", hint=error.hint) from error
    if answer.status == OK:
        return answer.content
    host = host_of(file.url)
    if answer.status in (UNAUTHORISED, FORBIDDEN):
        asks = "asks for" if credentials is None else "refused the"
        raise ToolError(
            f"{file.name} cannot be fetched: {host} {asks} credentials",
            hint="uv takes credentials from UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD",
        )
    raise ToolError(
        f"{file.name} cannot be fetched: {host} says {answer.status}",
        hint="see that the registry is up and that you are online",
    )


def _content(path: Path, file: LockedFile) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ToolError(f"{file.name} cannot be read: {error.strerror}", hint="is the registry here whole?") from error
