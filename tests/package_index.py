"""A real package index (pypiserver) on loopback, in a thread of the tests: nothing redirected, every action asks for a password."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pypiserver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "commons", "s3cret-w0rd"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageIndex:
    """Where it listens, what it serves, and which requests it got: method, path, status."""

    url: str
    directory: Path
    requests: list[tuple[str, str]] = field(default_factory=list)

    def credentials(self, name: str) -> dict[str, str]:
        """What uv wants to find in its environment for an index called `name`."""
        return {f"UV_INDEX_{name.upper()}_USERNAME": USER, f"UV_INDEX_{name.upper()}_PASSWORD": PASSWORD}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving(directory: Path) -> Iterator[PackageIndex]:
    """Serve the wheels and sdists in `directory` on a free port of 127.0.0.1 while the context is open."""
    directory.mkdir(parents=True, exist_ok=True)
    app = pypiserver.app(
        roots=[directory],
        disable_fallback=True,
        authenticate=["download", "list", "update"],
        password_file="nobody",  # noqa: S106 - not read: `auther` below decides
        auther=lambda user, password: (user, password) == (USER, PASSWORD),
        server_method="wsgiref",
        verbosity=0,
        log_stream=None,
    )
    with make_server("127.0.0.1", 0, app, server_class=_Server, handler_class=_QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield PackageIndex(url=f"http://127.0.0.1:{server.server_port}/simple/", directory=directory)
        finally:
            server.shutdown()
            thread.join()
