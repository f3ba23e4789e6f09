"""Real registries on loopback, each a process of its own that can be killed and started again on what it left.

`plain_pypiserver` is pypiserver's own command line, `safe_pypiserver` the launcher of docs/how-to/registry-pypiserver.md,
`devpi` a devpi-server with the index and the users of docs/how-to/registry-devpi.md.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from credentials import secret
from dagster_commons.model.configuration import RemoteRegistry
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = Path(__file__).resolve().parents[1] / "docs/how-to"
PUBLISHER, READER = ("publisher", secret("publisher")), ("reader", secret("reader"))
ROOT = ("root", secret("root"))
SECONDS_TO_START = 60.0


@dataclass(kw_only=True)
class Server:
    """A registry: how it is started, where it listens; `directory` is what it serves from."""

    command: tuple[str, ...]
    port: int
    directory: Path
    index: str  # paths
    upload: str
    path: Path | None = None  # where the server finds modules that are not installed here
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        if self.path is not None:
            environment["PYTHONPATH"] = str(self.path)
        with (self.directory.parent / f"{self.directory.name}.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self.process.poll() is None, log_of(self)
            time.sleep(0.05)
        raise AssertionError(log_of(self))

    def kill(self) -> None:
        """Kill it as a power failure does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def registry(self, *, port: int | None = None, name: str = "corp") -> RemoteRegistry:
        """As `commons.toml` names it; `port` of a proxy before it."""
        base = f"http://127.0.0.1:{port or self.port}"
        return RemoteRegistry(name=name, kind="simple", index_url=base + self.index, publish_url=base + self.upload)

    def session(self, user: tuple[str, str]) -> tuple[str, str]:
        """What `user` may say instead of a password; devpi spends a third of a second of computing on each password."""
        if not self.index.startswith("/root/"):
            return user
        status, content = asked(self, "POST", "/+login", body={"user": user[0], "password": user[1]})
        assert status == 200, content
        return user[0], json.loads(content)["result"]["password"]

    def page(self, module: str) -> dict[str, str]:
        """The files that its page lists, with their digests as the page says."""
        _, content = asked(self, "GET", f"{self.index}{module}/", user=PUBLISHER)
        found = re.findall(r'<a [^>]*href="[^"]*/([^"/]+)#(?:sha256|md5)=([0-9a-f]+)"', content.decode())
        assert len(dict(found)) == len(found), "a file is listed twice"
        return dict(found)

    def page_status(self, module: str) -> int:
        """What it answers to who asks for the module's page and may."""
        return asked(self, "GET", f"{self.index}{module}/", user=PUBLISHER)[0]

    def post(self, fields: dict[str, str], *, file: Path | None = None, user: tuple[str, str] = PUBLISHER) -> int:
        """The status that it answers to a form, with `file` as its content."""
        boundary = b"3a9f2c71"
        parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{fields[key]}'.encode() for key in fields]
        if file is not None:
            head = f'Content-Disposition: form-data; name="content"; filename="{file.name}"\r\n\r\n'
            parts.append(head.encode() + file.read_bytes())
        body = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + b"--%s--\r\n" % boundary
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}", **_authorisation(user)}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", self.upload, body, headers)
            return connection.getresponse().status

    def links(self, module: str) -> list[str]:
        """The paths of the files that its page lists."""
        base = f"{self.index}{module}/"
        _, content = asked(self, "GET", base, user=PUBLISHER)
        found = re.findall(r'<a [^>]*href="([^"#]+)', content.decode())
        return [os.path.normpath(f"{base}{link}") if not link.startswith("/") else link for link in found]

    def served(self, module: str) -> dict[str, bytes]:
        """The files that its page lists, as it serves them."""
        return {path.rpartition("/")[2]: asked(self, "GET", path, user=PUBLISHER)[1] for path in self.links(module)}


def log_of(server: Server) -> str:
    return (server.directory.parent / f"{server.directory.name}.log").read_text()


def variables(user: tuple[str, str] | None, name: str = "corp") -> dict[str, str]:
    """What the environment says to the registry for `user`."""
    if user is None:
        return {}
    stem = f"UV_INDEX_{name.upper()}"
    return {f"{stem}_USERNAME": user[0], f"{stem}_PASSWORD": user[1]}


def asked(
    server: Server, method: str, path: str, *, user: tuple[str, str] | None = None, body: object = None
) -> tuple[int, bytes]:
    """Its answer: status and content."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Accept": "text/html" if body is None else "application/json"}
    if user is not None:
        headers |= _authorisation(user)
    if body is not None:
        headers["Content-Type"] = "application/json"
    with contextlib.closing(connection):
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def uploaded(server: Server, file: Path, *, sha256: str | None = None) -> int:
    """The status that it answers to an upload by hand, which looks at no page before or after."""
    content = file.read_bytes()
    name, version, *_ = file.name.removesuffix(".tar.gz").split("-")
    fields = {":action": "file_upload", "name": name, "version": version}
    fields["sha256_digest"] = sha256 or hashlib.sha256(content).hexdigest()
    return server.post(fields, file=file)


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """`server`, started, until the context ends."""
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def plain_pypiserver(directory: Path, *options: str) -> Iterator[Server]:
    """`pypi-server run` with every setting that its command line has for this; `options` are added."""
    directory.mkdir(parents=True, exist_ok=True)
    passwords = directory.parent / f"{directory.name}.htpasswd"
    passwords.write_text("".join(f"{user}:{_apache_digest(password)}\n" for user, password in (PUBLISHER, READER)))
    port = free_port()
    command = (
        *(sys.executable, "-W", "ignore", "-m", "pypiserver", "run", "-i", "127.0.0.1", "-p", str(port)),
        *("-P", str(passwords), "-a", "update,download,list", "--disable-fallback", *options, str(directory)),
    )
    with running(Server(command=command, port=port, directory=directory, index="/simple/", upload="/")) as server:
        yield server


@contextlib.contextmanager
def safe_pypiserver(directory: Path) -> Iterator[Server]:
    """The launcher of the page about pypiserver."""
    directory.mkdir(parents=True, exist_ok=True)
    script = directory.parent / f"{directory.name}-registry.py"
    script.write_text(block_of("registry-pypiserver.md", "python", "# registry.py"))
    users = directory.parent / f"{directory.name}.users"
    users.write_text(
        "".join(
            f"{user} {user} {hashlib.sha256(password.encode()).hexdigest()}\n" for user, password in (PUBLISHER, READER)
        )
    )
    port = free_port()
    command = (sys.executable, "-W", "ignore", str(script), str(directory), str(users), f"127.0.0.1:{port}")
    with running(Server(command=command, port=port, directory=directory, index="/simple/", upload="/")) as server:
        yield server


@contextlib.contextmanager
def devpi(directory: Path, installed: Path) -> Iterator[Server]:
    """A devpi-server with the index `root/releases` and the users of its page; `installed` has the plugin of the page."""
    programs = Path(sys.executable).parent
    init = (programs / "devpi-init", "--serverdir", directory, "--no-root-pypi", "--root-passwd", ROOT[1])
    subprocess.run(init, check=True, capture_output=True, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    port = free_port()
    command = (
        *(str(programs / "devpi-server"), "--serverdir", str(directory), "--host", "127.0.0.1", "--port", str(port)),
        *("--restrict-modify", "root", "--offline-mode", "--threads", "20"),
    )
    index = "/root/releases/"
    server = Server(
        command=command, port=port, directory=directory, index=f"{index}+simple/", upload=index, path=installed
    )
    with running(server):
        for user, password in (PUBLISHER, READER):
            assert asked(server, "PUT", f"/{user}", user=ROOT, body={"password": password})[0] == 201
        settings = json.loads(block_of("registry-devpi.md", "json", "{"))
        assert asked(server, "PUT", "/root/releases", user=ROOT, body=settings)[0] == 200
        yield server


def install_devpi_plugin(directory: Path) -> Path:
    """The plugin of the page about devpi, built and installed into `directory`."""
    project = directory.with_name(f"{directory.name}-project")
    project.mkdir(parents=True)
    (project / "pyproject.toml").write_text(block_of("registry-devpi.md", "toml", "# pyproject.toml"))
    (project / "devpi_releases.py").write_text(block_of("registry-devpi.md", "python", "# devpi_releases.py"))
    options = ("--quiet", "--offline", "--no-deps", "--no-build-isolation", "--python", sys.executable)
    uv(project, "pip", "install", *options, "--target", str(directory), str(project))
    return directory


def block_of(page: str, language: str, first_line: str) -> str:
    """The code of a how-to page that begins with `first_line`."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", (PAGES / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = (each for each in blocks if each.startswith(f"{first_line}\n"))
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def _authorisation(user: tuple[str, str]) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(':'.join(user).encode()).decode()}"}


def _apache_digest(password: str) -> str:
    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()  # noqa: S324 - htpasswd's own
