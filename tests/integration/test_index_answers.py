"""Registries on the web that answer in every way but the right one, and what is kept of those that answer well."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_commons.discovery.remote_listings import read_listings
from dagster_commons.discovery.remote_releases import read_remote_releases
from dagster_commons.errors import CredentialsError, ToolError
from dagster_commons.model.configuration import Configuration, RemoteRegistry
from dagster_commons.model.provenance import RemoteQuestion
from dagster_commons.model.registry import Listed, Unread
from dagster_commons.model.sources import IndexSource
from dagster_commons.model.workspace import Use, Workspace
from dagster_commons.tools.credentials import Credentials
from dagster_commons.tools.indexes import simple
from dagster_commons.tools.indexes.index import open_index
from dagster_commons.tools.indexes.listing import listing_of
from wheelhouse import metadata_text, write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dagster_commons.model.registry import ReleasedFile

USER, PASSWORD = "anna", "s3cret-w0rd"
CREDENTIALS = Credentials(user=USER, password=PASSWORD, origin="a test")
JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(kw_only=True)
class Server:
    """What it answers by path, and what it was asked: path and what `Authorization` said."""

    url: str = ""
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def index_url(self) -> str:
        return f"{self.url}/simple/"

    def page(self, *files: dict[str, object], module: str = "shared") -> None:
        document = {"meta": {"api-version": "1.0"}, "name": module, "files": files}
        self.answers[f"/simple/{module}/"] = content(json.dumps(document).encode(), JSON)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            said = self.headers.get("Authorization")
            told.asked.append((self.path, base64.b64decode(said.split()[1]).decode() if said else None))
            told.answers.get(self.path, status(404))(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    with serving() as found:
        yield found


def content(raw: bytes, kind: str = "text/html") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(raw)))
        request.end_headers()
        request.wfile.write(raw)

    return answer


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()

    return answer


def silent(request: BaseHTTPRequestHandler) -> None:
    del request
    time.sleep(3)


def dripping(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(100):
            request.wfile.write(b"<")
            request.wfile.flush()
            time.sleep(0.05)


def reset(request: BaseHTTPRequestHandler) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def cut(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b"<html>")


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    with contextlib.suppress(OSError):  # until nobody listens any more
        while True:
            request.wfile.write(b"x" * 2**20)


def read(server: Server, credentials: Credentials | None = None, *, max_age_seconds: float = 0) -> list[str]:
    found = simple.read_releases(server.index_url, "shared", credentials, max_age_seconds=max_age_seconds)
    return [each.version for each in found]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (status(500), "answers 500 for /simple/shared/"),
        (status(418), "answers 418 for"),
        (content(b"<form action='/login'></form>"), "does not answer as a package index does"),
        (content(b"\xff\xfe\x00"), "does not answer as a package index does"),
        (silent, "no whole answer within 0.5 s"),
        (dripping, "no whole answer within 0.5 s"),
        (reset, "cannot be reached"),
        (cut, "cannot be reached"),
        (endless, "is longer than 64 MiB"),
    ],
)
def test_no_answer_is_never_an_empty_one(
    server: Server, answer: Callable[[BaseHTTPRequestHandler], None], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "0.5 s" in said:
        monkeypatch.setattr(simple, "SECONDS_FOR_A_PAGE", 0.5)
    server.answers["/simple/shared/"] = answer

    with pytest.raises(ToolError) as caught:
        read(server)

    assert said in caught.value.message
    listing = listing_of(registry(server), "shared", offline=False)
    assert isinstance(listing, Unread)
    assert listing.reason.startswith("registry corp cannot be read: ")


@pytest.mark.parametrize(
    ("code", "credentials", "said"),
    [
        (401, None, "asks for credentials"),
        (401, CREDENTIALS, "refused the credentials (a test)"),
        (403, None, "forbids it without credentials"),
        (403, CREDENTIALS, "forbids it with these credentials (a test)"),
    ],
)
def test_who_is_not_let_in(server: Server, code: int, credentials: Credentials | None, said: str) -> None:
    server.answers["/simple/shared/"] = status(code)

    with pytest.raises(CredentialsError) as caught:
        read(server, credentials)

    assert caught.value.status == code
    assert caught.value.message.endswith(said)


def test_only_404_says_that_there_is_none(server: Server) -> None:
    assert read(server) == []
    assert listing_of(registry(server), "shared", offline=False) == Listed()


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ToolError, match="cannot be reached"):
            read(Server(url=url))


@pytest.mark.parametrize("is_there", [True, False])
def test_a_redirect_to_another_host_gets_no_credentials_and_is_no_answer(
    server: Server, elsewhere: Server, *, is_there: bool
) -> None:
    if is_there:
        elsewhere.page({"filename": "shared-9.0.tar.gz", "url": "x", "hashes": {}})
    server.answers["/simple/shared/"] = status(302, Location=f"{elsewhere.index_url}shared/")

    with pytest.raises(ToolError, match="a stranger could be taken for it"):
        read(server, CREDENTIALS)

    assert server.asked == [("/simple/shared/", f"{USER}:{PASSWORD}")]
    assert elsewhere.asked == [("/simple/shared/", None)]


def test_a_page_is_kept_for_a_moment_for_the_same_user(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.page({"filename": "shared-1.0.tar.gz", "url": "x", "hashes": {}})
    assert read(server, CREDENTIALS) == ["1.0"]
    server.page({"filename": "shared-2.0.tar.gz", "url": "x", "hashes": {}})

    assert read(server, CREDENTIALS, max_age_seconds=60) == ["1.0"]
    assert read(server, None, max_age_seconds=60) == ["2.0"]
    assert len(server.asked) == 2
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert read(server, CREDENTIALS, max_age_seconds=60) == ["2.0"]


def test_who_must_see_the_newest_page_renews_what_is_kept(server: Server) -> None:
    assert read(server) == []
    assert read(server, max_age_seconds=60) == []
    server.page({"filename": "shared-1.0.tar.gz", "url": "x", "hashes": {}})

    assert read(server) == ["1.0"]
    assert read(server, max_age_seconds=60) == ["1.0"]
    assert len(server.asked) == 2


def test_what_went_wrong_is_not_kept(server: Server) -> None:
    server.answers["/simple/shared/"] = status(500)
    with pytest.raises(ToolError):
        read(server)
    server.page({"filename": "shared-1.0.tar.gz", "url": "x", "hashes": {}})

    assert read(server, max_age_seconds=60) == ["1.0"]


@pytest.mark.parametrize("spoiled", [b"", b"{}\nx", b"\xff", b'{"status": 200}\n'])
def test_a_spoiled_cache_is_none(server: Server, spoiled: bytes) -> None:
    server.page({"filename": "shared-1.0.tar.gz", "url": "x", "hashes": {}})
    read(server)
    (kept,) = [each for each in cache().rglob("*") if each.is_file()]
    kept.write_bytes(spoiled)

    assert read(server, max_age_seconds=60) == ["1.0"]
    assert len(server.asked) == 2


def test_nothing_of_a_password_is_kept_and_files_are_the_users_alone(server: Server, tmp_path: Path) -> None:
    release(server, write_wheel(tmp_path, "shared", "1.0"))
    metadata_of(server, CREDENTIALS)

    files = [each for each in cache().rglob("*") if each.is_file()]
    assert len(files) == 2
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert not any(PASSWORD.encode() in each.read_bytes() or USER in str(each) for each in files)


@pytest.mark.parametrize("has_metadata_file", [True, False])
def test_what_a_release_requires_is_asked_once(server: Server, tmp_path: Path, *, has_metadata_file: bool) -> None:
    wheel = write_wheel(tmp_path, "shared", "1.0", requires=("base>=1",))
    release(server, wheel, has_metadata_file=has_metadata_file)

    assert metadata_of(server) == ("base>=1",)
    assert metadata_of(server) == ("base>=1",)

    suffix = ".metadata" if has_metadata_file else ""
    assert server.paths()[1:] == [f"/files/{wheel.name}{suffix}", "/simple/shared/"]


def test_a_page_that_promises_a_metadata_file_which_is_not_there(server: Server, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "shared", "1.0", requires=("base>=1",))
    release(server, wheel)
    del server.answers[f"/files/{wheel.name}.metadata"]

    assert metadata_of(server) == ("base>=1",)


@pytest.mark.parametrize("which", ["wheel", "metadata file"])
def test_what_is_not_what_the_page_says(server: Server, tmp_path: Path, which: str) -> None:
    wheel = write_wheel(tmp_path, "shared", "1.0", requires=("base>=1",))
    release(server, wheel, has_metadata_file=which == "metadata file")
    other = metadata_text("shared", "1.0").encode()
    place = f"/files/{wheel.name}" + (".metadata" if which == "metadata file" else "")
    server.answers[place] = content(other)

    with pytest.raises(ToolError, match="is not what the page of the index says"):
        metadata_of(server)
    assert not [each for each in cache().glob("metadata/*") if each.is_file()]


def test_a_file_that_says_it_is_another(server: Server, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "other", "1.0")
    renamed = wheel.rename(wheel.with_name("shared-1.0-py3-none-any.whl"))
    release(server, renamed, has_metadata_file=False)

    with pytest.raises(ToolError, match=r"says that it is other 1\.0"):
        metadata_of(server)


def test_a_file_on_another_host_is_asked_for_without_credentials(
    server: Server, elsewhere: Server, tmp_path: Path
) -> None:
    wheel = write_wheel(tmp_path, "shared", "1.0", requires=("base>=1",))
    release(server, wheel, files_at=elsewhere)

    assert metadata_of(server, CREDENTIALS) == ("base>=1",)

    assert server.asked == [("/simple/shared/", f"{USER}:{PASSWORD}")]
    assert elsewhere.asked == [(f"/files/{wheel.name}.metadata", None)]


def test_many_modules_are_asked_for_at_the_same_time(server: Server) -> None:
    together = threading.Barrier(4, timeout=10)

    def together_only(request: BaseHTTPRequestHandler) -> None:
        together.wait()
        status(404)(request)

    names = [f"module-{number}" for number in range(4)]
    server.answers = {f"/simple/{name}/": together_only for name in names}
    corp = registry(server)

    answers = read_listings([(corp, name) for name in names], offline=False)

    assert list(answers.values()) == [Listed()] * 4
    assert all(isinstance(each, Unread) for each in read_listings([(corp, "shared")], offline=True).values())
    assert len(server.asked) == 4


def test_what_releases_require_is_read_of_the_newest_and_of_those_that_matter(server: Server, tmp_path: Path) -> None:
    corp = registry(server)
    wheels = [write_wheel(tmp_path, "shared", f"0.{number}", requires=("base>=1",)) for number in range(20)]
    page = [listed(server, each) for each in wheels]
    server.page(*page[:-1], page[-1] | {"yanked": "slow"})
    server.page(listed(server, write_wheel(tmp_path, "base", "1.0")), module="base")
    use = Use(
        location="finance",
        module="shared",
        source=IndexSource(index="corp"),
        project=tmp_path,
        requirement="shared",
        locked="0.1.0",
    )
    workspace = Workspace(root=tmp_path, configuration=Configuration(registries=(corp,)), uses=(use,))
    question = RemoteQuestion(registries=(corp,), modules=("shared", "stranger"), version="0.3")

    found = read_remote_releases(workspace, question, {"shared", "base"})

    (shared,), (base,) = found["shared"], found["base"]
    assert sorted(found) == ["base", "shared"]
    assert [each.version for each in base.releases] == ["1.0"]
    assert [each.version for each in shared.releases] == [f"0.{number}" for number in range(19)]
    assert shared.yanked == ("0.19",)
    read = [each.version for each in shared.releases if not isinstance(each.requires_dist, Unread)]
    assert read == ["0.1", "0.3", *(f"0.{number}" for number in range(7, 19))]
    assert len([path for path in server.paths() if path.startswith("/files/shared")]) == 14


def test_one_file_that_cannot_be_had_leaves_the_others_known(server: Server, tmp_path: Path) -> None:
    corp = registry(server)
    wheels = [write_wheel(tmp_path, "shared", version) for version in ("0.1", "0.2")]
    server.page(*(listed(server, each) for each in wheels))
    server.answers[f"/files/{wheels[1].name}"] = status(403)
    workspace = Workspace(root=tmp_path, configuration=Configuration(registries=(corp,)))
    question = RemoteQuestion(registries=(corp,), modules=("shared",))

    ((shared,),) = read_remote_releases(workspace, question, {"shared"}).values()

    older, newer = shared.releases
    assert older.requires_dist == ()
    assert isinstance(newer.requires_dist, Unread)
    assert "forbids it without credentials" in newer.requires_dist.reason
    assert newer.version == "0.2"


def registry(server: Server) -> RemoteRegistry:
    return RemoteRegistry(name="corp", kind="simple", index_url=server.index_url)


def release(server: Server, wheel: Path, *, has_metadata_file: bool = True, files_at: Server | None = None) -> None:
    """`wheel` on the page of `server`; where asked for, its metadata beside it (PEP 658)."""
    at = files_at or server
    entry = listed(at, wheel)
    if has_metadata_file:
        beside = metadata_text("shared", "1.0", requires=("base>=1",)).encode()
        at.answers[f"/files/{wheel.name}.metadata"] = content(beside)
        entry["core-metadata"] = {"sha256": hashlib.sha256(beside).hexdigest()}
    server.page(entry)


def listed(server: Server, file: Path) -> dict[str, object]:
    """What a page says of `file`, which `server` has from now on."""
    raw = file.read_bytes()
    server.answers[f"/files/{file.name}"] = content(raw, "application/octet-stream")
    return {
        "filename": file.name,
        "url": f"{server.url}/files/{file.name}",
        "hashes": {"sha256": hashlib.sha256(raw).hexdigest()},
    }


def metadata_of(server: Server, credentials: Credentials | None = None) -> object:
    (only,) = simple.read_releases(server.index_url, "shared", credentials)
    wheel: ReleasedFile = only.files[0]
    if credentials is None:
        return open_index(registry(server)).metadata("shared", only).requires_dist
    return simple.read_metadata(wheel, server.index_url, credentials).requires_dist


def cache() -> Path:
    return Path(os.environ["DAGSTER_COMMONS_CACHE"]) / "indexes"
