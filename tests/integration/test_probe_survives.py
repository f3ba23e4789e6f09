"""Whatever a location does while it is loaded, there is an answer: in time, true, and without what must stay secret."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import pytest

from builders import draw
from dagster_commons.errors import ToolError
from dagster_commons.model.verdicts import LoadFailure
from dagster_commons.probe.snapshot_file import to_json
from dagster_commons.probe.snapshots import ProbeServer, snapshot
from dagster_commons.tools.uv import uv
from dagster_environments import NEWEST_DAGSTER, dagster_of
from drawn_locations import ONE_ASSET, draw_location, find, loaded, names, request_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.definitions import Snapshot
    from dagster_commons.probe.snapshots import SnapshotRequest
    from environments import Environment

pytestmark = pytest.mark.network


class Taking(Protocol):
    def __call__(self, request: SnapshotRequest, *, timeout_seconds: float = 60) -> Snapshot | LoadFailure: ...


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return dagster_of(tmp_path_factory, NEWEST_DAGSTER)


@pytest.fixture(scope="module")
def server(environment: Environment) -> Iterator[ProbeServer]:
    with ProbeServer(environment.python) as server:
        yield server


@pytest.fixture(params=["fork", "fresh"])
def take(request: pytest.FixtureRequest, environment: Environment, server: ProbeServer) -> Taking:
    if request.param == "fork":
        return server.snapshot
    return lambda asked, *, timeout_seconds=60: snapshot(environment.python, asked, timeout_seconds=timeout_seconds)


HARMLESS = {
    "megabytes on stdout and stderr": """
        import sys
        for _ in range(50_000):
            print("x" * 80)
            print("y" * 80, file=sys.stderr)
    """,
    "a working directory that it deletes": """
        import os, shutil
        os.makedirs("gone")
        os.chdir("gone")
        shutil.rmtree(os.getcwd())
    """,
    "a thread that never ends": """
        import threading, time
        threading.Thread(target=time.sleep, args=(1000,)).start()
    """,
    "a thread that never stops printing": """
        import sys, threading
        def shout():
            while True:
                sys.stderr.write("x" * 1000)
        threading.Thread(target=shout, daemon=True).start()
    """,
    "closed files": """
        import os
        os.closerange(0, 256)
    """,
    "signal handlers": """
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    """,
    "exit handlers": """
        import atexit, os
        atexit.register(os._exit, 3)
    """,
}
FAILURES = {
    "import nothing_like_it": ("ModuleNotFoundError", "nothing_like_it", 1),
    "x = 1\ndef f(:\n    pass": ("SyntaxError", "invalid syntax", 2),
    "import sys\nsys.exit(3)": ("SystemExit", "sys.exit(3)", 2),
    "def f():\n    return 1 / 0\nf()": ("ZeroDivisionError", "division by zero", 2),
    "import os\nos.environ['SHOP_DSN']": ("MissingVariable", "SHOP_DSN is not set", 2),
    "raise KeyboardInterrupt": ("KeyboardInterrupt", "it gave no message", 1),
    "def f():\n    f()\nf()": ("RecursionError", "recursion", 2),
    "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e": (
        "ValueError",
        "b (KeyError: 'a')",
        2,
    ),
    "raise ValueError('\\udcff')": ("ValueError", "\\udcff", 1),
    "x = 1": ("NothingFound", "shop.definitions holds no definitions", None),
}
CRASHES = {
    "import ctypes\nctypes.string_at(0)": "SIGSEGV",
    "import os\nos._exit(0)": "exit code 0",
    "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)": "SIGKILL",
    "import os, sys\nsys.stderr.write('out of luck\\n')\nsys.stderr.flush()\nos._exit(7)": "exit code 7 while it loaded the definitions: out of luck",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_the_definitions_are_had_all_the_same(take: Taking, tmp_path: Path, what: str):
    location = draw_location(tmp_path)
    text = (location / "src/shop/definitions.py").read_text()
    draw(location, {"src/shop/definitions.py": HARMLESS[what]})
    with (location / "src/shop/definitions.py").open("a") as file:
        file.write(text)
    assert names(loaded(take(request_for(location)))) == ["orders"]


@pytest.mark.parametrize("text", FAILURES)
def test_a_failure_says_what_and_where(server: ProbeServer, tmp_path: Path, text: str):
    kind, message, line = FAILURES[text]
    failure = server.snapshot(request_for(draw_location(tmp_path, text)))
    assert isinstance(failure, LoadFailure)
    assert failure.type == kind
    assert message in failure.message
    assert (failure.file, failure.line) == (None if line is None else "shop/src/shop/definitions.py", line)


@pytest.mark.parametrize("text", CRASHES)
def test_a_crash_says_how(take: Taking, tmp_path: Path, text: str):
    failure = take(request_for(draw_location(tmp_path, text)))
    assert isinstance(failure, LoadFailure)
    assert failure.type == "Crashed"
    assert CRASHES[text] in failure.message


@pytest.mark.parametrize(
    "text",
    [
        "while True:\n    pass",
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True:\n    pass",
        "while True:\n    print('x' * 10_000)",
        "import time\ntime.sleep(1000)",
    ],
)
def test_what_hangs_is_ended_in_time(take: Taking, tmp_path: Path, text: str):
    started = time.monotonic()
    failure = take(request_for(draw_location(tmp_path, text)), timeout_seconds=3)
    assert failure == LoadFailure(type="Timeout", message="loading did not end within 3 seconds")
    assert time.monotonic() - started < 20


def test_programs_that_a_location_starts_end_with_it(take: Taking, tmp_path: Path):
    location = draw_location(
        tmp_path,
        f"""
        import subprocess
        from pathlib import Path

        child = subprocess.Popen(["sleep", "1000"])
        (Path(__file__).parent / "child").write_text(str(child.pid))
        {ONE_ASSET.replace(chr(10) + "    ", chr(10) + "        ")}
        """,
    )
    assert loaded(take(request_for(location))).inputs.has_run_programs
    child = int((location / "src/shop/child").read_text())
    deadline = time.monotonic() + 10
    while _is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(child)


def _is_running(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stream:  # noqa: PTH123 - no file of ours
            return stream.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nothing_of_one_location_reaches_the_next(server: ProbeServer, tmp_path: Path):
    first = draw_location(
        tmp_path / "first", "import os, sys\nos.environ['LEFT'] = 'x'\nsys.modules['left'] = sys\n" + "raise SystemExit"
    )
    second = draw_location(
        tmp_path / "second",
        """
        import os, sys
        import dagster as dg

        @dg.asset(metadata={"left": "LEFT" in os.environ or "left" in sys.modules})
        def orders():
            return 1

        defs = dg.Definitions(assets=[orders])
        """,
    )
    server.snapshot(request_for(first))
    orders = find(loaded(server.snapshot(request_for(second))), "asset", "orders")
    assert ("metadata.left", False) in orders.fields


def test_many_snapshots_are_taken_at_a_time(server: ProbeServer, tmp_path: Path):
    wait = "import time\ntime.sleep(1)\n"
    locations = [draw_location(tmp_path / str(number), wait) for number in range(8)]
    for number, location in enumerate(locations):
        text = ONE_ASSET.replace("orders", f"orders_{number}").replace("\n    ", "\n")
        with (location / "src/shop/definitions.py").open("a") as file:
            file.write(text)
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda location: loaded(server.snapshot(request_for(location))), locations))
    assert [names(each) for each in found] == [[f"orders_{number}"] for number in range(8)]
    assert time.monotonic() - started < 7.5


def test_the_next_snapshot_starts_while_a_location_that_closed_its_stderr_is_loaded(
    server: ProbeServer, tmp_path: Path
):
    began = tmp_path / "began"
    closing = draw_location(
        tmp_path / "closing",
        f"import os, pathlib, time\nos.close(2)\npathlib.Path({str(began)!r}).touch()\ntime.sleep(3)\n",
    )
    other = draw_location(tmp_path / "other", ONE_ASSET)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(server.snapshot, request_for(closing))
        while not began.exists():
            time.sleep(0.05)
        time.sleep(0.2)
        assert names(loaded(server.snapshot(request_for(other)))) == ["orders"]
        assert not first.done()


def test_a_server_that_is_killed_says_so_and_leaves_nothing_behind(environment: Environment, tmp_path: Path):
    location = draw_location(
        tmp_path, "import os, time\nopen('started', 'w').write(str(os.getpid()))\ntime.sleep(1000)"
    )
    mark = location / "src/started"
    with ProbeServer(environment.python) as server:

        def kill() -> None:
            while not mark.exists() or not mark.read_text():
                time.sleep(0.05)
            os.kill(_parent_of(int(mark.read_text())), signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(ToolError, match="has ended"):
            server.snapshot(request_for(location))
        killer.join()
        with pytest.raises(ToolError, match="has ended"):
            server.snapshot(request_for(location))
    deadline = time.monotonic() + 10
    while _is_running(int(mark.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(int(mark.read_text()))


def _parent_of(process: int) -> int:
    with open(f"/proc/{process}/stat") as stream:  # noqa: PTH123 - no file of ours
        return int(stream.read().rpartition(")")[2].split()[1])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "dagster cannot be imported"),
        ({"dagster/__init__.py": "__version__ = '1.8.13'\n"}, "dagster 1.8.13 is too old"),
    ],
)
def test_an_environment_without_a_usable_dagster_is_named(tmp_path: Path, files: dict[str, str], message: str):
    uv(tmp_path, "venv", "--quiet", "environment")
    environment = tmp_path / "environment"
    draw(next(environment.glob("lib/python*/site-packages")), files)
    failure = snapshot(environment / "bin/python", request_for(draw_location(tmp_path)))
    assert isinstance(failure, LoadFailure)
    assert failure.type == "UnsupportedDagster"
    assert message in failure.message


SECRETS = """
    import os
    import dagster as dg

    TOKEN = os.environ["SHOP_TOKEN"]

    class Store(dg.ConfigurableResource):
        url: str
        password: str
        region: str = os.environ["SHOP_REGION"]

    @dg.asset(metadata={"url": f"https://{TOKEN}@host", "region": os.environ["SHOP_REGION"]}, description=TOKEN)
    def orders(store: Store):
        return TOKEN

    defs = dg.Definitions(
        assets=[orders],
        resources={"store": Store(url=dg.EnvVar("SHOP_DSN"), password=os.environ["SHOP_TOKEN"]),
                   "other": Store(url="x", password="written-in-code")},
    )
"""


def test_secrets_never_stand_in_a_snapshot(take: Taking, tmp_path: Path):
    environment = {
        "SHOP_TOKEN": "s3cr3t",
        "SHOP_REGION": "eu-central-secret",
        "SHOP_DSN": "postgresql://user:hunter2@db",
    }
    asked = request_for(draw_location(tmp_path, SECRETS), environment=environment)
    taken = loaded(take(asked))
    for value in (*environment.values(), "hunter2", "written-in-code"):
        assert value not in to_json(taken)
    fields = dict(find(taken, "asset", "orders").fields)
    assert fields["description"] == "${SHOP_TOKEN}"
    assert fields["metadata.url"] == "https://${SHOP_TOKEN}@host"
    assert ("config.url.value", "EnvVar(SHOP_DSN)") in find(taken, "resource", "store").fields
    assert {"SHOP_TOKEN", "SHOP_REGION"} <= set(taken.inputs.variables)


def test_a_secret_in_an_error_is_hidden(take: Taking, tmp_path: Path):
    text = "import os\nraise ValueError('cannot connect to ' + os.environ['SHOP_DSN'])"
    asked = request_for(draw_location(tmp_path, text), environment={"SHOP_DSN": "postgresql://user:hunter2@db"})
    failure = take(asked)
    assert isinstance(failure, LoadFailure)
    assert failure.message == "cannot connect to ${SHOP_DSN}"
    assert "hunter2" not in str(failure)


def test_a_changed_secret_in_code_shows_without_being_told(server: ProbeServer, tmp_path: Path):
    environment = {"SHOP_TOKEN": "s3cr3t", "SHOP_REGION": "eu-central-secret", "SHOP_DSN": "postgresql://db"}
    location = draw_location(tmp_path, SECRETS)
    before = loaded(server.snapshot(request_for(location, environment=environment)))
    draw(location, {"src/shop/definitions.py": SECRETS.replace("written-in-code", "rewritten-in-code")})
    after = loaded(server.snapshot(request_for(location, environment=environment)))
    old, new = (dict(find(each, "resource", "other").fields)["config.password.value"] for each in (before, after))
    assert old != new
    assert str(old).startswith("hidden:")


def test_what_a_load_read_is_recorded(take: Taking, tmp_path: Path):
    outside = draw(tmp_path / "outside", {"profile.yaml": "a: 1\n"})
    location = draw_location(
        tmp_path / "location",
        f"""
        import os
        from pathlib import Path
        import dagster as dg

        os.getenv("SHOP_UNSET")
        Path({str(outside / "profile.yaml")!r}).read_text()
        (Path(__file__).parent / "data.sql").read_text()
        sorted((Path(__file__).parent / "queries").iterdir())
        defs = dg.Definitions()
        """,
    )
    draw(location, {"src/shop/data.sql": "select 1\n", "src/shop/queries/a.sql": ""})
    inputs = loaded(take(request_for(location))).inputs
    assert {
        outside / "profile.yaml",
        location / "src/shop/data.sql",
        location / "src/shop/definitions.py",
        location / "src/shop/__init__.py",
    } <= set(inputs.files)
    assert location / "src/shop/queries" in inputs.directories
    assert "SHOP_UNSET" in inputs.variables
    assert not any("site-packages" in str(file) for file in inputs.files)
    assert (inputs.has_used_network, inputs.has_run_programs) == (False, False)


def test_a_socket_is_noticed(take: Taking, tmp_path: Path):
    text = "import socket\nimport dagster as dg\ntry:\n    socket.create_connection(('127.0.0.1', 9), 0.1)\nexcept OSError:\n    pass\ndefs = dg.Definitions()"
    assert loaded(take(request_for(draw_location(tmp_path, text)))).inputs.has_used_network


def test_no_compiled_file_of_the_users_is_read_or_written(take: Taking, tmp_path: Path):
    location = draw_location(tmp_path)
    file = location / "src/shop/definitions.py"
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert names(loaded(take(request_for(location)))) == ["orders"]
    file.write_text(file.read_text().replace("orders", "others"))
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert names(loaded(take(request_for(location)))) == ["others"]
    assert not list(location.rglob("__pycache__"))


def test_both_ways_and_another_directory_give_the_same_snapshot(
    environment: Environment, server: ProbeServer, tmp_path: Path
):
    text = """
        from pathlib import Path
        import dagster as dg

        HERE = Path(__file__).parent

        @dg.asset(metadata={"file": str(HERE / "a.sql"), "kinds": {"a", "b", "c"}}, tags={"b": "1", "a": "2"})
        def orders():
            return HERE

        defs = dg.Definitions(assets=[orders])
    """
    one = draw_location(tmp_path / "one", text)
    other = draw_location(tmp_path / "somewhere" / "else", text)
    first = loaded(server.snapshot(request_for(one)))
    for again in (server.snapshot(request_for(other)), snapshot(environment.python, request_for(one))):
        assert loaded(again).objects == first.objects
        assert loaded(again).code == first.code
    assert ("metadata.file", "shop/src/shop/a.sql") in find(first, "asset", "orders").fields
