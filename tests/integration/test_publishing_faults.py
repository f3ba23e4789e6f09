"""Releases into a real registry through a connection that fails: nothing hides it, the page decides, and again mends it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import CommonsError, CredentialsError, ToolError, VersionPolicyError
from dagster_commons.tools.indexes.remote import RemoteIndex
from faulty_proxy import Fault, at_upload, faulty, said
from publishing import digests, drawn
from registry_servers import PUBLISHER, variables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faulty_proxy import Proxy
    from registry_servers import Server

PAGE = "<!DOCTYPE html>\n<html><body><h1>Oops: status code 401</h1></body></html>"
MANY_BYTES = "".join(f"x{number} = {number * number}\n" for number in range(20_000))  # no single write has them all


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", "/dev/null")
    for name, value in variables(PUBLISHER).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("answer", "expected", "hint"),
    [
        (said("500 Internal Server Error", PAGE), "it answers 500", "see the server's log, then run the command again"),
        (said("502 Bad Gateway", PAGE), "it answers 502", "see the server's log, then run the command again"),
        (
            said("503 Service Unavailable", "down for an hour", content_type="text/plain"),
            "503: down for an hour",
            "log",
        ),
        (said("400 Bad Request", "no status code 403", content_type="text/plain"), "400: no status code 403", "log"),
        (said("413 Content Too Large", PAGE), r"\d{6} bytes are too many for it \(413\)", "raise the server's limit"),
        (
            said("404 Not Found", PAGE),
            r"http://127\.0\.0\.1:\d+/ takes no uploads \(404\)",
            "see publish-url in commons",
        ),
        (said("405 Method Not Allowed", PAGE), r"takes no uploads \(405\)", "see publish-url in commons.toml"),
        (
            said("308 Permanent Redirect", headers="Location: http://127.0.0.1:1/elsewhere/\r\n"),
            r"http://127\.0\.0\.1:\d+/ redirects uploads \(.*http://127\.0\.0\.1:1/elsewhere/\)",
            "publish-url has to take them itself",
        ),
        (said("303 See Other", headers="Location: /simple/\r\n"), "redirects uploads", "publish-url"),
        (b"\x00\xff\x13garbage\r\n\r\n", "invalid HTTP version parsed", "run the command again"),
        (b"", "connection closed before message completed", "run the command again"),
    ],
)
def test_what_a_server_may_answer(
    pypiserver_registry: Server, module: str, tmp_path: Path, *, answer: bytes, expected: str, hint: str
) -> None:
    files = drawn(tmp_path, module, "0.1.0", MANY_BYTES)
    with faulty(pypiserver_registry.port, at_upload(Fault(answer=answer))) as proxy:
        index = RemoteIndex(registry=pypiserver_registry.registry(port=proxy.port))
        with pytest.raises(ToolError, match=rf"^registry corp did not take shared_.*whl: .*{expected}") as refused:
            index.publish(files)
        assert proxy.seen["POST"] == 1

    assert not isinstance(refused.value, CredentialsError)
    assert hint in (refused.value.hint or "")
    assert "<" not in refused.value.message
    assert len(refused.value.message.splitlines()) == 1
    assert pypiserver_registry.page_status(module) == 404
    assert RemoteIndex(registry=pypiserver_registry.registry()).publish(files) == files


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("401 Unauthorized", "it refused the credentials (UV_INDEX_CORP"),
        ("403 Forbidden", "it forbids it to publisher"),
    ],
)
def test_who_may_read_but_not_upload(
    pypiserver_registry: Server, module: str, tmp_path: Path, status: str, expected: str
) -> None:
    with faulty(pypiserver_registry.port, at_upload(Fault(answer=said(status, PAGE)))) as proxy:
        with pytest.raises(CredentialsError, match="corp cannot be uploaded into: ") as refused:
            RemoteIndex(registry=pypiserver_registry.registry(port=proxy.port)).publish(drawn(tmp_path, module, "1"))
        assert proxy.seen["POST"] == 1
    assert expected in refused.value.message
    assert refused.value.status == int(status.split(maxsplit=1)[0])


def test_a_connection_that_breaks_in_mid_upload(pypiserver_registry: Server, module: str, tmp_path: Path) -> None:
    files = drawn(tmp_path, module, "0.1.0", MANY_BYTES)
    with faulty(pypiserver_registry.port, at_upload(Fault(reset_after=50_000), times=1)) as proxy:
        index = RemoteIndex(registry=pypiserver_registry.registry(port=proxy.port))
        began = time.monotonic()
        with pytest.raises(ToolError, match=r"did not take .*whl: (?i:connection) (reset by peer|closed)") as refused:
            index.publish(files)
        assert time.monotonic() - began < 5, "uv tried again, and waited in between"
        assert "run the command again: it goes on where this ended" in (refused.value.hint or "")
        assert pypiserver_registry.page_status(module) == 404

        assert index.publish(files) == files
        assert proxy.seen["POST"] == 3
    assert pypiserver_registry.page(module) == digests(files)


def test_an_upload_whose_answer_is_lost_has_arrived(pypiserver_registry: Server, module: str, tmp_path: Path) -> None:
    files = drawn(tmp_path, module, "0.1.0", MANY_BYTES)
    with faulty(pypiserver_registry.port, at_upload(Fault(is_answer_lost=True))) as proxy:
        assert RemoteIndex(registry=pypiserver_registry.registry(port=proxy.port)).publish(files) == files
        assert proxy.seen["POST"] == 2
    assert pypiserver_registry.page(module) == digests(files)


def test_a_server_that_takes_its_time(
    pypiserver_registry: Server, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = drawn(tmp_path, module, "0.1.0", MANY_BYTES)
    with faulty(pypiserver_registry.port, at_upload(Fault(wait_seconds=1.5), times=1)) as proxy:
        assert RemoteIndex(registry=pypiserver_registry.registry(port=proxy.port)).publish(files) == files

    monkeypatch.setenv("UV_UPLOAD_HTTP_TIMEOUT", "1")
    files = drawn(tmp_path, module, "0.2.0", MANY_BYTES)
    with faulty(pypiserver_registry.port, at_upload(Fault(stall_after=50_000))) as proxy:
        index = RemoteIndex(registry=pypiserver_registry.registry(port=proxy.port))
        with pytest.raises(ToolError, match=r"did not take .*whl: operation timed out"):
            index.publish(files)
        assert proxy.seen["POST"] == 1


@pytest.fixture
def late(pypiserver_registry: Server) -> Iterator[Proxy]:
    """The registry, whose page is two seconds behind once something was uploaded; at first there is none."""
    stale_until: list[float] = []

    def decide(method: str, before: int) -> Fault | None:
        del before
        if method == "POST":
            stale_until.append(time.monotonic() + 2)
        is_stale = bool(stale_until) and time.monotonic() < stale_until[-1]
        return Fault(answer=said("404 Not Found")) if method == "GET" and is_stale else None

    with faulty(pypiserver_registry.port, decide) as proxy:
        yield proxy


def test_a_page_that_lists_late(pypiserver_registry: Server, late: Proxy, module: str, tmp_path: Path) -> None:
    wheel, _ = drawn(tmp_path, module, "0.1.0")
    began = time.monotonic()
    assert RemoteIndex(registry=pypiserver_registry.registry(port=late.port)).publish((wheel,)) == (wheel,)
    assert time.monotonic() - began > 1.5


def test_a_page_that_does_not_list_in_time(
    pypiserver_registry: Server, late: Proxy, module: str, tmp_path: Path
) -> None:
    wheel, _ = drawn(tmp_path, module, "0.1.0")
    index = RemoteIndex(registry=pypiserver_registry.registry(port=late.port), seconds_until_listed=0.5)

    with pytest.raises(ToolError, match=r"took .*whl, but its page does not list it after 0\.5 s") as refused:
        index.publish((wheel,))
    assert "run the command again" in (refused.value.hint or "")
    # Once more while the page is behind: the server says 409, and it is not yet known whose bytes it has.
    with pytest.raises(VersionPolicyError, match=r"says that it has .*whl already, and its page does not list it"):
        index.publish((wheel,))
    RemoteIndex(registry=index.registry).publish((wheel,))  # with more patience
    assert pypiserver_registry.page(module) == digests((wheel,))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (said("500 Internal Server Error", PAGE), r"127\.0\.0\.1:\d+ answers 500"),
        (said("200 OK", "<html><form action=login></form></html>"), "does not answer as a package index does"),
        (b"\x00\xff\x13garbage\r\n\r\n", "cannot be reached"),
        (said("200 OK", "<a href=x>x</a>").replace(b"Length: 15", b"Length: 99"), "cannot be reached"),
    ],
)
def test_a_page_that_cannot_be_read(
    pypiserver_registry: Server, module: str, tmp_path: Path, answer: bytes, expected: str
) -> None:
    wheel, sdist = drawn(tmp_path, module, "0.1.0")

    def before(method: str, number: int) -> Fault | None:
        del number
        return Fault(answer=answer) if method == "GET" else None

    with faulty(pypiserver_registry.port, before) as proxy:
        with pytest.raises(CommonsError, match=expected):
            RemoteIndex(registry=pypiserver_registry.registry(port=proxy.port)).publish((wheel,))
        assert proxy.seen["POST"] == 0, "nothing may be uploaded before the page is known"

    def after(method: str, number: int) -> Fault | None:
        return Fault(answer=answer) if method == "GET" and number >= 1 else None

    with faulty(pypiserver_registry.port, after) as proxy:
        index = RemoteIndex(registry=pypiserver_registry.registry(port=proxy.port), seconds_until_listed=0.5)
        with pytest.raises(CommonsError) as refused:
            index.publish((wheel,))
    assert "<" not in refused.value.message
    index = RemoteIndex(registry=pypiserver_registry.registry())
    assert sdist in index.publish((wheel, sdist))
    assert pypiserver_registry.page(module) == digests((wheel, sdist))
