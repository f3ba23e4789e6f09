"""A code location's server is booted until it is healthy, and a failure to come up says why."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.probe.booting import booted, clean
from dagster_commons.tools.process import Command
from dagster_environments import NEWEST_DAGSTER, OLDEST_DAGSTER, dagster_of
from drawn_locations import ONE_ASSET, draw_location

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from environments import Environment

pytestmark = pytest.mark.network


@pytest.fixture(scope="module", params=[NEWEST_DAGSTER, pytest.param(OLDEST_DAGSTER, marks=pytest.mark.matrix)])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return dagster_of(tmp_path_factory, request.param)


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return dagster_of(tmp_path_factory, NEWEST_DAGSTER)


def serving(environment: Environment, location: Path, **variables: str) -> Callable[[str, int], Command]:
    given, without = clean(variables, home=location, programs=environment.directory / "bin")

    def command(host: str, port: int) -> Command:
        module = ("-m", "shop.definitions")
        argv = (str(environment.program("dagster")), "api", "grpc", "-h", host, "-p", str(port), *module)
        return Command(argv=argv, cwd=location / "src", environment=given, without=without)

    return command


def test_a_server_is_healthy_while_the_context_is_open_and_gone_after_it(environment: Environment, tmp_path: Path):
    serve = serving(environment, draw_location(tmp_path))
    with booted(serve, environment.python, timeout_seconds=60) as port, socket.create_connection(("127.0.0.1", port)):
        pass
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass


def test_megabytes_on_stdout_hold_nothing_up(newest: Environment, tmp_path: Path):
    loud = f"print('x' * 3_000_000, flush=True)\n{ONE_ASSET.replace(chr(10) + '    ', chr(10))}"
    with booted(serving(newest, draw_location(tmp_path, loud)), newest.python, timeout_seconds=60):
        pass


def test_a_server_that_ends_says_why_at_once(newest: Environment, tmp_path: Path):
    broken = "import nothing_of_that_name\n"
    with (
        pytest.raises(ToolError, match=r"ended with exit code 1: .*nothing_of_that_name"),
        booted(serving(newest, draw_location(tmp_path, broken)), newest.python, timeout_seconds=60),
    ):
        pass


def test_of_one_that_runs_inside_another_program_the_exceptions_are_told(newest: Environment, tmp_path: Path):
    serve = serving(newest, draw_location(tmp_path, "raise RuntimeError('no such user')\n"))

    def wrapped(host: str, port: int) -> Command:
        inner = serve(host, port)
        return replace(inner, argv=("sh", "-c", '"$@" || { echo "exit status 1" >&2; exit 1; }', "sh", *inner.argv))

    with (
        pytest.raises(ToolError, match="no such user") as caught,
        booted(wrapped, newest.python, timeout_seconds=60, last_words=10),
    ):
        pass
    said = caught.value.message.splitlines()
    assert said[0] == "the server ended with exit code 1: RuntimeError: no such user"
    assert said[1].startswith("dagster._core.errors.")
    assert said[-1] == "exit status 1"


def test_a_server_that_never_serves_is_given_up(newest: Environment, tmp_path: Path):
    slow = "import time\ntime.sleep(600)\n"
    with (
        pytest.raises(ToolError, match="not healthy within 8 seconds"),
        booted(serving(newest, draw_location(tmp_path, slow)), newest.python, timeout_seconds=8),
    ):
        pass


def test_a_taken_port_is_given_up_for_another(newest: Environment, tmp_path: Path):
    serve, asked = serving(newest, draw_location(tmp_path)), []

    def first_taken(host: str, port: int) -> Command:
        asked.append(port)
        return serve(host, other.getsockname()[1] if len(asked) == 1 else port)

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with booted(first_taken, newest.python, timeout_seconds=60) as port:
            assert asked[-1] == port
    assert len(asked) == 2


def test_the_server_sees_only_what_it_is_given(newest: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "1")
    curious = """
        import os
        import sys

        import dagster as dg

        sys.exit(f"{sorted(os.environ)} {os.environ['GIVEN']}")
    """
    with (
        pytest.raises(ToolError) as raised,
        booted(serving(newest, draw_location(tmp_path, curious), GIVEN="this"), newest.python, timeout_seconds=60),
    ):
        pass
    assert "this" in raised.value.message
    assert "SECRET_OF_THE_SHELL" not in raised.value.message
