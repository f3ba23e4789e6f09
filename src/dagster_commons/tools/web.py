"""One GET request, answered whole: with a deadline, a longest answer, and credentials for the host that is named."""

from __future__ import annotations

import base64
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dagster_commons.errors import ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse
    from urllib.error import HTTPError

    from dagster_commons.tools.credentials import Credentials

TIMEOUT_SECONDS = 30.0
LONGEST_ANSWER = 64 * 2**20  # bytes
OK, UNAUTHORISED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED, CONFLICT, TOO_LARGE = 200, 401, 403, 404, 405, 409, 413


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said; `url` is where the answer came from, after redirects."""

    status: int
    content: bytes
    content_type: str
    url: str


def get(
    url: str,
    *,
    accept: str = "*/*",
    credentials: Credentials | None = None,
    within_seconds: float | None = TIMEOUT_SECONDS,
    longest: int | None = LONGEST_ANSWER,
) -> Answer:
    """What the server says, whatever its status; redirected requests carry no credentials.

    A server that falls silent is given up after 30 s; the whole answer may take `within_seconds`, and have `longest`
    bytes.

    Raises:
        UsageError: it is no http or https URL.
        ToolError: the server cannot be reached, or its answer is not whole within the time, or too long.

    """
    from http.client import HTTPException  # noqa: PLC0415 - lazy: only what is fetched by URL pays for it
    from urllib.error import HTTPError  # noqa: PLC0415 - lazy, too
    from urllib.request import Request, urlopen  # noqa: PLC0415 - lazy, too

    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"{url} is no http or https URL")
    request = Request(url, headers={"Accept": accept})  # noqa: S310 - http or https
    for name, value in _authorisation(credentials).items():
        request.add_unredirected_header(name, value)
    deadline = math.inf if within_seconds is None else time.monotonic() + within_seconds
    silence = TIMEOUT_SECONDS if within_seconds is None else min(TIMEOUT_SECONDS, within_seconds)
    try:
        try:
            with urlopen(request, timeout=silence) as response:  # noqa: S310 - likewise
                return _answer(response, response.status, deadline, longest)
        except HTTPError as error:
            with error:
                return _answer(error, error.code, deadline, longest)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        said = (
            f"no whole answer within {within_seconds or silence:g} s"
            if isinstance(reason, TimeoutError)
            else getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        )
        raise ToolError(
            f"{host_of(url)} cannot be reached ({said})", hint="see that the server is up and that you are online"
        ) from error


def host_of(url: str) -> str:
    """The host that `url` names, with its port if it has one: how messages call a server."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'the server'}{f':{parts.port}' if parts.port is not None else ''}"


def _authorisation(credentials: Credentials | None) -> Mapping[str, str]:
    if credentials is None:
        return {}
    word = base64.b64encode(f"{credentials.user}:{credentials.password}".encode()).decode()
    return {"Authorization": f"Basic {word}"}


def _answer(response: HTTPResponse | HTTPError, status: int, deadline: float, longest: int | None) -> Answer:
    parts: list[bytes] = []
    size = 0
    while part := response.read1(65536):
        parts.append(part)
        size += len(part)
        if time.monotonic() > deadline:
            raise TimeoutError
        if longest is not None and size > longest:
            raise ToolError(f"the answer of {host_of(response.url)} is longer than {longest >> 20} MiB")
    _require_whole(response, size)
    content_type = response.headers.get("Content-Type") or ""
    return Answer(status=status, content=b"".join(parts), content_type=content_type, url=response.url)


def _require_whole(response: HTTPResponse | HTTPError, size: int) -> None:
    """`read1` takes a connection that was cut for the end (unlike `read`)."""
    announced = response.headers.get("Content-Length") or ""
    if announced.isdecimal() and size < int(announced):
        from http.client import IncompleteRead  # noqa: PLC0415 - lazy: only a cut connection pays for it

        raise IncompleteRead(b"", int(announced) - size)
