"""A real package index (pypiserver) on loopback: nothing is redirected, and every action asks for a password.

    python package_index.py DIRECTORY [--open]

serves DIRECTORY, and says where on its first line; with `--open` nobody is asked for a password.  Tests use `serving`.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "commons", "s3cret-w0rd"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageIndex:
    """Where it listens and what it serves."""

    url: str
    directory: Path

    def credentials(self, name: str) -> dict[str, str]:
        """What uv wants to find in its environment for an index called `name`."""
        return {f"UV_INDEX_{name.upper()}_USERNAME": USER, f"UV_INDEX_{name.upper()}_PASSWORD": PASSWORD}


@contextlib.contextmanager
def serving(directory: Path, *, is_open: bool = False) -> Iterator[PackageIndex]:
    """Serve the wheels and sdists in `directory` on a free port of 127.0.0.1 while the context is open.

    `is_open` asks nobody for a password, as a public index does.
    """
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore", __file__, str(directory), *(("--open",) if is_open else ())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            yield PackageIndex(url=server.stdout.readline().strip(), directory=directory)
        finally:
            server.kill()


def serve(directory: Path, *, is_open: bool) -> None:
    """Answer requests until killed."""
    from socketserver import ThreadingMixIn  # noqa: PLC0415 - the server's process alone needs these
    from wsgiref.simple_server import WSGIServer, make_server  # noqa: PLC0415

    import pypiserver  # noqa: PLC0415

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    app = pypiserver.app(
        roots=[directory],
        disable_fallback=True,
        authenticate=[] if is_open else ["download", "list", "update"],
        password_file="nobody",  # noqa: S106 - not read: `auther` decides
        auther=lambda user, password: (user, password) == (USER, PASSWORD),
    )
    with make_server("127.0.0.1", 0, app, server_class=Server) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}/simple/\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), is_open="--open" in sys.argv)
