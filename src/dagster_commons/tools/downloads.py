"""Files that a lock names, fetched from where it says and kept only if they are those: by URL or from disk."""

from __future__ import annotations

import base64
import hashlib
import netrc
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dagster_commons.errors import RefusedError, ToolError

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.bundle import LockedFile

TIMEOUT_SECONDS = 60.0
REFUSED = (401, 403)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user and a password; they are shown nowhere."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"


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


def credentials_for(url: str, index_name: str | None) -> Credentials | None:
    """What uv would use: `UV_INDEX_<NAME>_USERNAME` and `_PASSWORD`, else what `netrc` has for the host."""
    if index_name is not None:
        stem = variable_stem(index_name)
        user, password = (os.environ.get(f"{stem}_{end}") for end in ("USERNAME", "PASSWORD"))
        if user is not None or password is not None:
            return Credentials(user=user or "", password=password or "")
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(urlsplit(url).hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    return Credentials(user=found[0], password=found[2] or "") if found is not None else None


def variable_stem(index_name: str) -> str:
    """What uv's variables for the index begin with."""
    return "UV_INDEX_" + re.sub(r"[^A-Za-z0-9]", "_", index_name).upper()


def _answer(file: LockedFile, credentials: Credentials | None) -> bytes:
    from http.client import HTTPException  # noqa: PLC0415 - lazy: only what is fetched by URL pays for it
    from urllib.error import HTTPError, URLError  # noqa: PLC0415 - lazy, too
    from urllib.request import Request, urlopen  # noqa: PLC0415 - lazy, too

    request = Request(file.url)  # noqa: S310 - the caller looked at the scheme
    if credentials is not None:
        word = base64.b64encode(f"{credentials.user}:{credentials.password}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {word}")
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - likewise
            return bytes(answer.read())
    except HTTPError as error:
        asks = "asks for" if credentials is None else "refused the"
        reason = f"{_host(file)} {asks} credentials" if error.code in REFUSED else f"{_host(file)} says {error.code}"
    except (URLError, HTTPException, OSError) as error:
        reason = f"{_host(file)} cannot be reached ({getattr(error, 'reason', error)})"
    raise ToolError(
        f"{file.name} cannot be fetched: {reason}",
        hint="uv takes credentials from UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD"
        if "credentials" in reason
        else "see that the registry is up and that you are online",
    )


def _content(path: Path, file: LockedFile) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ToolError(f"{file.name} cannot be read: {error.strerror}", hint="is the registry here whole?") from error


def _host(file: LockedFile) -> str:
    return urlsplit(file.url).hostname or "the registry"
