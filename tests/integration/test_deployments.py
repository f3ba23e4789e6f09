"""`commons status --deployed` against servers on loopback that do what servers do."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from builders import workspace
from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.deployment import DeployedLocation, Deployment, Library
from dagster_commons.tools.deployments import (
    LONGEST_ANSWER,
    QUERY,
    TOKEN_HEADER,
    TOKEN_VARIABLE,
    deployment_at,
    endpoint_of,
)

COMMONS = Path(sys.executable).with_name("commons")
TOKEN = "user:s3cret-t0ken"  # noqa: S105 - nobody's


@dataclass(slots=True, kw_only=True)
class Server:
    """What a server on loopback answers to every question, and what it was asked."""

    port: int = 0
    status: int = 200
    headers: dict = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = b""
    seconds: float = 0.0  # before the answer, and between its bytes
    asked: list = field(default_factory=list)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def say(self, document, status=200):
        self.status, self.body = status, json.dumps(document).encode()

    def serve(self, *entries):
        self.say({"data": {"workspaceOrError": {"__typename": "Workspace", "locationEntries": list(entries)}}})


@pytest.fixture
def server():
    answers = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            answers.asked.append((self.path, dict(self.headers), json.loads(self.rfile.read(length))))
            with contextlib.suppress(OSError):  # who asked may have gone
                time.sleep(answers.seconds)
                self.send_response(answers.status)
                for name, value in answers.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for number in range(0, len(answers.body), 65536):
                    self.wfile.write(answers.body[number : number + 65536])

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        answers.port = listening.server_port
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        yield answers
        listening.shutdown()
        thread.join()


def entry(name, loaded, status="LOADED"):
    return {"name": name, "loadStatus": status, "locationOrLoadError": loaded}


def telling(*libraries):
    versions = [{"name": name, "version": version} for name, version in libraries]
    return {"__typename": "RepositoryLocation", "dagsterLibraryVersions": versions}


def asked(url, *, token="", seconds=10.0):
    return deployment_at(endpoint_of(url), environment={TOKEN_VARIABLE: token}, timeout_seconds=seconds)


def failure(url, **options):
    with pytest.raises(ToolError) as caught:
        asked(url, **options)
    assert TOKEN not in caught.value.message + caught.value.hint
    return f"{caught.value.message} | {caught.value.hint}"


@contextlib.contextmanager
def listening(answer):
    """A port that `answer` serves once, with a bare socket."""
    with socket.socket() as bare:
        bare.bind(("127.0.0.1", 0))
        bare.listen()

        def serve():
            connection, _ = bare.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield bare.getsockname()[1]
        thread.join()


def test_each_location_says_what_it_runs(server):
    server.serve(
        entry("sales", telling(("dagster", "1.13.27"), ("Acme_Shared", "0.1.3"))),
        entry("finance", {"__typename": "PythonError", "message": "ImportError: no\n", "errorChain": []}),
        entry("hr", None, "LOADING"),
        entry("ops", {"__typename": "RepositoryLocation", "dagsterLibraryVersions": None}),
    )
    assert asked(server.url) == Deployment(
        url=server.url,
        locations=(
            DeployedLocation(name="finance", error="ImportError: no"),
            DeployedLocation(name="hr", is_loading=True),
            DeployedLocation(name="ops"),
            DeployedLocation(
                name="sales",
                libraries=(Library(name="acme-shared", version="0.1.3"), Library(name="dagster", version="1.13.27")),
            ),
        ),
    )
    [(path, headers, body)] = server.asked
    assert (path, body) == ("/graphql", {"query": QUERY})
    assert TOKEN_HEADER not in headers


def test_the_innermost_error_is_told_but_not_that_of_grpc(server):
    inner = [{"error": {"message": "outer"}}, {"error": {"message": "KeyError: 'DSN'\n"}}]
    load = {"__typename": "PythonError", "message": "could not load", "errorChain": inner}
    server.serve(
        entry("a", {**load, "className": "DagsterUserCodeLoadError"}),
        entry("b", {**load, "className": "DagsterUserCodeUnreachableError"}),
    )
    assert [each.error for each in asked(server.url).locations] == ["KeyError: 'DSN'", "could not load"]


def test_a_deployment_of_dagster_plus_is_asked_with_the_token(server):
    server.serve(entry("sales", telling(("shared", "0.1.3"))))
    assert asked(f"{server.url}/prod/", token=f" {TOKEN}\n").url == f"{server.url}/prod"
    [(path, headers, _)] = server.asked
    assert (path, headers[TOKEN_HEADER]) == ("/prod/graphql", TOKEN)


def test_another_host_is_asked_without_the_token_and_its_refusal_says_so(server):
    elsewhere = f"http://0.0.0.0:{server.port}"  # leads here, but is no loopback address
    server.status = 401
    said = failure(elsewhere, token=TOKEN)
    assert f"{TOKEN_VARIABLE} is sent to Dagster+ by https and to this machine only" in said
    [(_, headers, _)] = server.asked
    assert TOKEN_HEADER not in headers


@pytest.mark.parametrize(("token", "said"), [("", "needs a token"), ("t\x00ken", "no token"), ("tökén", "no token")])
def test_dagster_plus_is_not_asked_without_a_token(token, said):
    with pytest.raises(UsageError) as caught:
        asked("https://acme.dagster.cloud/prod", token=token)
    assert said in caught.value.message
    assert TOKEN_VARIABLE in caught.value.message + caught.value.hint


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_learns_which_variable_to_set(server, status):
    server.status, server.body = status, f"who is {TOKEN}?".encode()
    assert failure(server.url, token=TOKEN) == (
        f"{server.url}/graphql refuses (HTTP {status}) | set {TOKEN_VARIABLE} to a token that it takes"
    )


@pytest.mark.parametrize("status", [404, 405])
def test_where_there_is_no_graphql_the_path_is_named(server, status):
    server.status = status
    said = failure(f"{server.url}/overview")
    assert said.startswith(f"there is no GraphQL at {server.url}/overview/graphql (HTTP {status}) | ")


def test_a_server_in_trouble(server):
    server.status, server.body = 503, b"<html>later</html>"
    assert failure(server.url) == (
        f"{server.url}/graphql answers HTTP 503 | see the webserver's log, or try again later"
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_gets_no_token(server, status):
    server.status = status
    server.headers = {"Location": f"{server.url}/login?state=s3cret"}
    said = failure(f"{server.url}/prod", token=TOKEN)
    assert f"sends on to {server.url}/login, which is not followed" in said
    assert "s3cret" not in said
    assert [path for path, _, _ in server.asked] == ["/prod/graphql"]


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"", b"\xff\xfe", b"[" * 100_000, b'{"data":'])
def test_what_is_no_json(server, body):
    server.body = body
    assert failure(server.url).startswith(f"{server.url}/graphql answers, but not with JSON | ")


@pytest.mark.parametrize(
    "document",
    [
        [],
        "text",
        {},
        {"data": None},
        {"data": {"workspaceOrError": {}}},
        {"data": {"workspaceOrError": {"locationEntries": {}}}},
        {"data": {"workspaceOrError": {"locationEntries": [None]}}},
        {"data": {"workspaceOrError": {"locationEntries": [{"name": 1}]}}},
        {"data": {"workspaceOrError": {"locationEntries": [entry("x", telling((1, "2")))]}}},
        {"data": {"workspaceOrError": {"locationEntries": [entry("x", {"__typename": "PythonError"})]}}},
        {"errors": "no"},
    ],
)
def test_json_of_another_shape(server, document):
    server.say(document)
    assert failure(server.url).startswith(f"{server.url}/graphql answers, but not as Dagster does: ")


@pytest.mark.parametrize("status", [200, 400, 500])
def test_graphql_s_own_errors_are_told(server, status):
    server.say({"data": None, "errors": [{"message": "out of order"}, {"message": f"token {TOKEN}"}]}, status)
    said = failure(server.url, token=TOKEN)
    assert said.startswith(f"{server.url} refuses the question: out of order; token *** | ")


def test_an_old_dagster_is_recognised(server):
    message = 'Cannot query field "dagsterLibraryVersions" on type "RepositoryLocation".'
    server.say({"errors": [{"message": message}]}, 400)
    assert failure(server.url) == (
        f"{server.url} runs a Dagster that is too old to tell the versions of libraries: {message}"
        " | upgrade the webserver"
    )


def test_a_workspace_that_is_an_error(server):
    server.say({"data": {"workspaceOrError": {"__typename": "PythonError", "message": "no workspace\n"}}})
    assert failure(server.url).startswith(f"{server.url} cannot say what it runs: no workspace | ")


def test_a_server_that_takes_too_long(server):
    server.seconds = 2.0
    assert failure(server.url, seconds=0.2).startswith(f"{server.url} did not answer within 0.2 s | ")


def test_a_server_that_never_ends_its_answer():
    def drip(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.05)

    with listening(drip) as port:
        began = time.monotonic()
        assert "did not answer within 0.5 s" in failure(f"http://127.0.0.1:{port}", seconds=0.5)
        assert time.monotonic() - began < 3


def test_an_answer_without_end_is_cut(server):
    server.body = b" " * (LONGEST_ANSWER + 1)
    assert failure(server.url).startswith("the answer is longer than 16 MiB | ")


def test_nobody_listens():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound, not listening
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert failure(url).startswith(f"nothing listens at {url} | ")


def test_a_host_that_is_not_there():
    assert failure("http://nowhere.invalid").startswith("there is no host of the name in http://nowhere.invalid | ")


def test_a_server_without_tls(server):
    url = f"https://127.0.0.1:{server.port}"
    said = failure(url)
    assert said.startswith(f"no secure connection to {url}: ")
    assert "http://" in said.partition("|")[2]


@pytest.mark.parametrize(("said", "what"), [(b"SSH-2.0-x\r\n", "does not answer in HTTP"), (b"", "cannot be reached")])
def test_another_protocol(said, what):
    def answer(connection):
        connection.recv(65536)
        connection.sendall(said)

    with listening(answer) as port:
        assert what in failure(f"http://127.0.0.1:{port}")


def test_a_proxy_is_not_asked_about_this_machine(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.serve()
    assert asked(server.url, token=TOKEN).locations == ()


@pytest.fixture
def drawn(tmp_path):
    """Locations `sales` and `hr` that use `shared` by path."""
    uses = {"shared": '{ path = "../shared", editable = true }'}
    drawing = workspace(tmp_path / "repository").module("shared", version="0.2.0")
    return drawing.location("sales", uses=uses).location("hr", uses=uses).repository().root


def status(drawn, *words, **environment):
    ended = subprocess.run(
        [COMMONS, "status", *words],
        cwd=drawn,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    assert TOKEN not in ended.stdout + ended.stderr
    return ended


def test_the_command_shows_what_runs_and_writes_nothing(server, drawn):
    server.serve(entry("sales", telling(("shared", "0.1.3"))), entry("legacy", telling()))
    before = {file: file.read_bytes() for file in drawn.rglob("*") if file.is_file()}
    said = status(drawn, "--deployed", f"{server.url}/prod", DAGSTER_CLOUD_API_TOKEN=TOKEN)
    assert (said.returncode, said.stderr) == (0, "")
    assert "runs 0.1.3, behind 0.2.0" in said.stdout
    assert said.stdout.endswith(f"{server.url}/prod: 2 code locations\nnot declared here: legacy\nnot deployed: hr\n")
    assert {file: file.read_bytes() for file in drawn.rglob("*") if file.is_file()} == before


def test_a_chosen_location_alone_is_compared(server, drawn):
    server.serve(entry("sales", telling(("shared", "0.1.3"))), entry("legacy", telling()))
    said = json.loads(status(drawn, "-l", "sales", "--deployed", server.url, "--format", "json").stdout)
    assert [each["name"] for each in said["deployment"]["locations"]] == ["sales"]
    assert said["deployment"]["not_deployed"] == []
    assert [(each["running"], each["running_state"]) for each in said["uses"]] == [("0.1.3", "behind")]


def test_exact_locks_do_not_hide_locations_that_are_not_declared(server, drawn):
    server.serve(entry("legacy", telling()))
    said = json.loads(status(drawn, "--exact", "--deployed", server.url, "--format", "json").stdout)
    assert [each["name"] for each in said["deployment"]["locations"]] == ["legacy"]


def test_a_server_that_refuses_is_a_failed_tool(server, drawn):
    server.status = 401
    said = status(drawn, "--deployed", server.url, DAGSTER_CLOUD_API_TOKEN=TOKEN)
    assert (said.returncode, said.stdout) == (4, "")
    assert said.stderr == (
        f"error: {server.url}/graphql refuses (HTTP 401)\n  hint: set DAGSTER_CLOUD_API_TOKEN to a token that it takes\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--deployed", "localhost:3000"], "`localhost:3000` is no URL of a Dagster webserver"),
        (["--deployed", "http://127.0.0.1:1", "--offline"], "--deployed asks a server, and --offline asks for none"),
        (["--deployed", "https://acme.dagster.cloud/prod"], "https://acme.dagster.cloud/prod needs a token"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(drawn, words, message):
    said = status(drawn, *words)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith(f"error: {message}\n  hint: ")
