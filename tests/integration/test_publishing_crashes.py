"""`kill -9` of servers and of publishers in mid-upload, and Ctrl-C: what is there is whole, and again finishes it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError, VersionPolicyError
from dagster_commons.tools.indexes.remote import RemoteIndex
from faulty_proxy import Fault, at_upload, faulty
from processes import descendants, is_running
from publishers import INTERRUPTED, publishers
from publishing import digests, drawn
from registry_servers import PUBLISHER, plain_pypiserver, safe_pypiserver, uploaded, variables
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registry_servers import Server

IN_MID_UPLOAD = Fault(stall_after=20_000)
MANY_BYTES = "".join(f"x{number} = {number * number}\n" for number in range(20_000))
SECONDS_ALLOWED = 60
ATTEMPTS = 10


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", "/dev/null")
    for name, value in variables(PUBLISHER).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("through", [0, 1])
def test_a_publisher_that_is_killed_in_mid_upload(server: Server, module: str, tmp_path: Path, through: int) -> None:
    files = drawn(tmp_path, module, "0.1.0", MANY_BYTES)
    with (
        faulty(server.port, at_upload(IN_MID_UPLOAD, after=through)) as proxy,
        publishers(1, {}) as (publisher,),
    ):
        publisher.order(server.registry(port=proxy.port), files)
        assert proxy.struck.wait(SECONDS_ALLOWED)
        left_over = descendants(publisher.process.pid)
        assert left_over, "no uv was running"
        publisher.process.kill()
        try:
            if through:
                assert server.page(module) == digests(files[:1])
            else:
                assert server.page_status(module) == 404

            # What it left behind is still at it: `commons` would end that first.
            assert RemoteIndex(registry=server.registry()).publish(files) == files[through:]
        finally:
            for each in left_over:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
    assert server.page(module) == digests(files)


def test_ctrl_c_in_mid_upload_ends_it(pypiserver_registry: Server, module: str, tmp_path: Path) -> None:
    files = drawn(tmp_path, module, "0.1.0", MANY_BYTES)
    with (
        faulty(pypiserver_registry.port, at_upload(IN_MID_UPLOAD)) as proxy,
        publishers(1, {}) as (publisher,),
    ):
        publisher.order(pypiserver_registry.registry(port=proxy.port), files)
        assert proxy.struck.wait(SECONDS_ALLOWED)
        children = descendants(publisher.process.pid)
        assert children
        began = time.monotonic()
        publisher.process.send_signal(signal.SIGINT)

        assert publisher.answer()["code"] == INTERRUPTED
        assert time.monotonic() - began < 5
        assert not any(is_running(each) for each in children)
    assert pypiserver_registry.page_status(module) == 404
    assert RemoteIndex(registry=pypiserver_registry.registry()).publish(files) == files


@pytest.mark.parametrize("server", ["pypiserver", pytest.param("devpi", marks=pytest.mark.matrix)], indirect=True)
def test_a_server_that_is_killed_in_mid_upload(server: Server, module: str, tmp_path: Path) -> None:
    files = drawn(tmp_path, module, "0.1.0", MANY_BYTES)
    with faulty(server.port, at_upload(IN_MID_UPLOAD)) as proxy, publishers(1, {}) as (publisher,):
        publisher.order(server.registry(port=proxy.port), files)
        assert proxy.struck.wait(SECONDS_ALLOWED)
        server.kill()
        answer = publisher.answer()
        server.start()

        assert answer["code"] == ToolError.exit_code
        assert "was sent to registry corp, and nobody knows whether it arrived: connection" in answer["said"].lower()
        assert "cannot be reached" in answer["said"]
        assert answer["hint"].startswith("run the command again")
        assert server.page_status(module) == 404

    assert RemoteIndex(registry=server.registry()).publish(files) == files
    assert server.page(module) == digests(files)


def test_a_truncated_file_is_told_from_other_bytes(module: str, tmp_path: Path) -> None:
    wheel, sdist = drawn(tmp_path / "built", module, "0.1.0", MANY_BYTES)
    with plain_pypiserver(tmp_path / "releases") as server:
        index = RemoteIndex(registry=server.registry())
        for size in (0, 65_536):
            broken = server.directory / wheel.name
            broken.write_bytes(wheel.read_bytes()[:size])
            with pytest.raises(VersionPolicyError, match=rf"cut off: the first {size} of its \d{{6}} bytes") as refused:
                index.publish((wheel, sdist))
            assert f"have {wheel.name} removed on the server, then run the command again" in (refused.value.hint or "")
            assert list(server.page(module)) == [wheel.name]

        broken.unlink()
        assert index.publish((wheel, sdist)) == (wheel, sdist)


def test_the_launcher_of_the_page_never_lists_a_part_of_a_file(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "shared", "0.1.0", source="x = 1\n" * 400_000)
    with safe_pypiserver(tmp_path / "releases") as server:
        killed_while_writing(server, wheel, lambda: any(server.directory.iterdir()))
        assert [each.name for each in server.directory.iterdir() if each.suffix != ".part"] in ([], [wheel.name])

        server.start()
        assert not list(server.directory.glob(".*"))
        if server.page_status("shared") == 200:
            assert server.page("shared") == digests((wheel,))
        assert uploaded(server, wheel) in (200, 409)
        assert server.page("shared") == digests((wheel,))


@pytest.mark.matrix
def test_pypiserver_as_it_comes_does_list_one(tmp_path: Path) -> None:
    """As the page says: this is why it has a launcher."""
    wheel = write_wheel(tmp_path, "shared", "0.1.0", source="x = 1\n" * 3_000_000)
    with plain_pypiserver(tmp_path / "releases") as server:
        target = server.directory / wheel.name
        for _ in range(ATTEMPTS):
            killed_while_writing(server, wheel, lambda: target.exists() and target.stat().st_size > 0)
            size = target.stat().st_size
            server.start()
            if size < wheel.stat().st_size:
                break
            target.unlink()  # it was quicker than the kill
        assert list(server.page("shared")) == [wheel.name]
        with pytest.raises(VersionPolicyError, match=f"cut off: the first {size} of its"):
            RemoteIndex(registry=server.registry()).publish((wheel,))


@pytest.mark.matrix
def test_pypiserver_as_it_comes_takes_several_uploads_of_one_version(tmp_path: Path) -> None:
    """As the page says; the launcher takes one."""
    several = {plain_pypiserver: 0, safe_pypiserver: 0}
    for serving in several:
        directory = tmp_path / serving.__name__
        for number in range(2_000):
            write_wheel(directory, "other", f"0.{number}.0")
        with serving(directory) as server, ThreadPoolExecutor(8) as pool:
            for number in range(20):
                wheels = [
                    write_wheel(
                        tmp_path / f"{number}-{each}", "shared", f"0.{number}.0", source=f"x = {each}\n" * 9_000
                    )
                    for each in range(8)
                ]
                statuses = list(pool.map(lambda wheel, server=server: uploaded(server, wheel), wheels))
                assert set(statuses) <= {200, 409}
                several[serving] += statuses.count(200) > 1
    assert several[safe_pypiserver] == 0
    assert several[plain_pypiserver] > 0


def test_the_launcher_of_the_page_does_not_start_on_a_damaged_file(tmp_path: Path) -> None:
    with safe_pypiserver(tmp_path / "releases") as server:
        wheel, sdist = drawn(tmp_path, "shared", "0.1.0", MANY_BYTES)
        assert (uploaded(server, wheel), uploaded(server, sdist)) == (200, 200)
        server.kill()
        for file in (wheel, sdist):
            target = server.directory / file.name
            target.write_bytes(file.read_bytes()[:-1000])
            ended = subprocess.run(server.command, capture_output=True, text=True, check=False, timeout=60)
            assert ended.returncode == 1
            assert f"damaged, or no release: {target}" in ended.stderr
            target.write_bytes(file.read_bytes())
        server.start()
        assert server.page("shared") == digests((wheel, sdist))


def killed_while_writing(server: Server, wheel: Path, is_writing: Callable[[], bool]) -> None:
    """Upload `wheel`, and kill the server when it writes it."""

    def upload() -> None:
        with contextlib.suppress(OSError, HTTPException):
            uploaded(server, wheel)

    uploading = threading.Thread(target=upload)
    uploading.start()
    deadline = time.monotonic() + SECONDS_ALLOWED
    while not is_writing():
        assert time.monotonic() < deadline
    server.kill()
    uploading.join()
