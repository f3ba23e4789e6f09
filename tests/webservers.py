"""A real `dagster-webserver` on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from environments import Environment

SECONDS_TO_START = 180


@contextlib.contextmanager
def webserver(environment: Environment, directory: Path, workspace: Mapping[str, object]) -> Iterator[str]:
    """The URL of a webserver that serves `workspace`, kept in `directory`; its locations are loaded, or failed to."""
    directory.mkdir(exist_ok=True)
    (directory / "workspace.yaml").write_text(json.dumps(workspace))  # JSON is YAML
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = environment.program("dagster-webserver")
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)],
            cwd=directory,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_for(port, process, directory / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=60)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.2)
    raise AssertionError(log.read_text())
